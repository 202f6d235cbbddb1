/** The demo's story is a good import file, and its pictures are pictures. */
import { expect, test } from "vitest";
import { pictureSize } from "../../../core/media/picture-size.ts";
import { sniff } from "../../../core/media/sniff.ts";
import { historyFile } from "../../../examples/demo/history.ts";
import { paint } from "../../../examples/demo/paint.ts";
import { chats, live, people } from "../../../examples/demo/story.ts";
import { FileCheck } from "../../../scripts/import/file-check.ts";

const lines = (now: number) => historyFile(now).trimEnd().split("\n");

test.each(["2026-10-29T00:00:30Z", "2026-10-29T09:00:00Z", "2026-03-01T23:59:59Z"])(
  "an importer takes each line, whatever the time of day: %s",
  (time) => {
    const now = Date.parse(time);
    const checking = new FileCheck();
    for (const line of lines(now)) expect(checking.take(line)).toMatchObject({ ok: true });
    const times = lines(now).flatMap((line) => JSON.parse(line).at ?? []);
    expect(Math.max(...times)).toBeLessThanOrEqual(now);
    expect(times.length).toBe(chats.reduce((count, chat) => count + chat.lines.length, 0));
  },
);

test("who writes while it runs is a person of the demo and a member of that chat", () => {
  for (const [id, who] of live) {
    expect(people.map((person) => person.id)).toContain(who);
    expect(chats.find((chat) => chat.id === id)?.members).toContain(who);
  }
});

test("a painted picture is a PNG of its size, the same each time", async () => {
  const { file, width, height } = paint(3, 96, 64);
  const bytes = new Uint8Array(await file.arrayBuffer());
  expect(sniff(bytes, "").type).toBe("image/png");
  expect(pictureSize("image/png", bytes)).toEqual({ width, height });
  expect(new Uint8Array(await paint(3, 96, 64).file.arrayBuffer())).toEqual(bytes);
});
