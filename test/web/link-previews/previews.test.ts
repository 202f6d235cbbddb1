import { expect, test } from "vitest";
import type { LinkPreview, Settings } from "parley-sdk";
import { State } from "../../../web/browser/state.ts";
import { LinkPreviews } from "../../../web/link-previews/previews.ts";

const preview: LinkPreview = { title: "A page", description: "", site: "example.org", imageUrl: null } as LinkPreview;
const settings = (linkPreviews: boolean) => ({ linkPreviews }) as Settings;
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

function made() {
  const own = new State<Settings | undefined>(undefined);
  const links = new State(0);
  const asked: string[] = [];
  const trouble = { isOn: false };
  const linkPreview = async (url: string) => {
    asked.push(url);
    await Promise.resolve();
    if (trouble.isOn) throw new Error("offline");
    return preview;
  };
  return { own, links, asked, trouble, previews: new LinkPreviews({ settings: own, linkPreview }, links) };
}

test("[K5] nothing is asked before the settings are known to allow it, and a change of them elsewhere is in force at once", async () => {
  const { own, asked, previews } = made();
  const shown = previews.of("https://example.org/");
  await turn();
  expect(asked).toEqual([]);
  own.set(settings(true));
  await turn();
  expect(shown.getSnapshot()).toBe(preview);
  own.set(settings(false));
  expect(shown.getSnapshot()).toBeNull();
  expect(previews.of("https://example.org/2").getSnapshot()).toBeNull();
  await turn();
  expect(asked).toEqual(["https://example.org/"]);
  own.set(settings(true));
  await turn();
  expect(shown.getSnapshot()).toBe(preview);
  expect(asked).toEqual(["https://example.org/", "https://example.org/2"]);
});

test("[K5] what could not be asked is asked again with the next link, and not without end", async () => {
  const { own, links, asked, trouble, previews } = made();
  own.set(settings(true));
  trouble.isOn = true;
  const shown = previews.of("https://example.org/");
  await turn();
  expect([asked.length, shown.getSnapshot()]).toEqual([1, null]);
  trouble.isOn = false;
  links.set(1);
  await turn();
  expect([asked.length, shown.getSnapshot()]).toEqual([2, preview]);
  links.set(2);
  await turn();
  expect(asked.length).toBe(2);
});

test("[K5] no more than three are asked for at once", async () => {
  const { own, asked, previews } = made();
  own.set(settings(true));
  for (let n = 0; n < 9; n++) previews.of(`https://example.org/${n}`);
  expect(asked.length).toBe(3);
  await turn();
  expect(asked.length).toBe(9);
});
