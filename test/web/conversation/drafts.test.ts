import type { Account } from "parley-sdk";
import { afterEach, expect, test, vi } from "vitest";
import { DraftKeeper } from "../../../web/conversation/composer/drafts.ts";

/** The browser's storage as two tabs have it: what one tab has written, the other one may see a moment later. */
function storageOfTabs() {
  const texts = new Map<string, string>();
  let late: ReadonlyMap<string, string> | undefined;
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => (late ?? texts).get(key) ?? null,
    setItem: (key: string, text: string) => void texts.set(key, text),
    removeItem: (key: string) => void texts.delete(key),
  });
  return {
    copy: () => new Map(texts),
    /** Reads find this copy until the next call. */
    read: (copy?: ReadonlyMap<string, string>) => {
      late = copy;
    },
  };
}

/** An account whose inbox has this draft. `answer` lets the server answer what was synced. */
function accountWith(draft: string) {
  const answers: (() => void)[] = [];
  const inbox = { row: () => ({ draft }), patch: () => new Promise<void>((resolve) => answers.push(resolve)) };
  const account: unknown = { userId: "ana", inbox };
  const answer = async () => {
    for (const each of answers.splice(0)) each();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { account: account as Account, answer };
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("[W13] an offered draft outlives a reload, though the tab that wrote it synced it in the same moment", async () => {
  vi.useFakeTimers();
  const storage = storageOfTabs();
  const [one, two] = [accountWith("written on"), accountWith("written on")];
  const here = new DraftKeeper(one.account, "c");
  const there = new DraftKeeper(two.account, "c");
  there.change("written there");
  await vi.advanceTimersByTimeAsync(1_000);
  const before = storage.copy();
  expect(here.receive("written there", true)).toBeNull();
  // The other tab does not see yet what this one has written.
  storage.read(before);
  await two.answer();
  storage.read();
  const again = new DraftKeeper(accountWith("written there").account, "c");
  expect(again.draft).toMatchObject({ text: "written on", other: "written there" });
});

test("[W13] a draft whose offer was refused is kept until it is synced, and then removed", async () => {
  vi.useFakeTimers();
  const storage = storageOfTabs();
  const one = accountWith("written on");
  const here = new DraftKeeper(one.account, "c");
  here.receive("written there", true);
  here.keep({ other: null });
  expect(new DraftKeeper(one.account, "c").draft).toMatchObject({ text: "written on", other: null });
  here.change("written on and on");
  await vi.advanceTimersByTimeAsync(1_000);
  await one.answer();
  expect(storage.copy().size).toBe(0);
});

test("[W13] a draft that another device has sent is gone from the field, also where the field has the focus; what was written on is not", () => {
  vi.useFakeTimers();
  storageOfTabs();
  const { account } = accountWith("written there");
  const untouched = new DraftKeeper(account, "c");
  expect(untouched.receive("", true)).toBe("");
  expect(untouched.draft.text).toBe("");
  const writing = new DraftKeeper(account, "c");
  writing.change("written there, and here");
  expect(writing.receive("", true)).toBeNull();
  expect(writing.draft.text).toBe("written there, and here");
});
