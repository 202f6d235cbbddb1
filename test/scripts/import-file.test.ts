/** What an import's program says of a file before any server sees it: every bad line by its number, with a sentence that names the field and nothing of what stands in it. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { FileCheck } from "../../scripts/import/file-check.ts";
import { PlaceFile } from "../../scripts/import/place.ts";
import { corpusLines } from "../../scripts/import/corpus.ts";
import { lineBytesMax } from "../../scripts/export/lines.ts";
import { limits } from "../../schema/limits.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-import-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = Date.UTC(2020, 0, 1);
const person = { type: "person", id: "a", handle: "file.ax", name: "A" };
const group = { type: "conversation", kind: "group", id: "g", title: "G", createdAt: at, members: ["a", "b"] };
const dm = { type: "conversation", kind: "dm", id: "d", createdAt: at, members: ["a", "b"] };
const message = { type: "message", conversation: "g", id: "m1", sender: "a", at: at + 1_000, text: "secretword" };
const more = { ...message, id: "m2", at: at + 2_000 };
/** Everything here is good. */
const good = [person, { ...person, id: "b", handle: "file.bx" }, group, dm, message];

const faults: [line: unknown, why: string][] = [
  ["{", "is not valid JSON"],
  ["secretword", "is not valid JSON"],
  ["[1]", "is not a JSON object"],
  ["null", "is not a JSON object"],
  ["[".repeat(5_000), "is not valid JSON"],
  [{}, "type: must be one of person, conversation, message, join, leave"],
  [{ ...more, type: "msg" }, "type: must be one of"],
  [{ ...more, replyto: "m1" }, '"replyto": is no field of a message'],
  [{ ...more, attachments: ["a.png"] }, '"attachments": is no field of a message'],
  [{ ...person, id: "c", handle: "file.cx", email: "x" }, '"email": is no field of a person'],
  [{ ...person, handle: "file.dx" }, "id: a person of this id stands above"],
  [{ ...person, id: "c" }, "handle: a person above has it"],
  [{ ...person, id: "c", handle: "Not A Handle" }, "handle: "],
  [{ ...person, id: "c", handle: "file.cx", password: "short" }, "password: "],
  [{ ...person, id: "", handle: "file.cx" }, "id: must be 1 to 200 characters"],
  [{ ...person, id: "\ud800", handle: "file.cx" }, "id: must be 1 to 200 characters"],
  [{ ...person, id: "c", handle: "file.cx", name: "\u0007" }, "name: "],
  [{ ...group, id: "h", members: ["a", "nobody"] }, "members.1: nobody of this id stands above"],
  [{ ...group, id: "h", members: [] }, "members: "],
  [{ ...group, id: "h", title: undefined }, "title: "],
  [{ ...group, id: "h", kind: "channel" }, "kind: "],
  [{ ...group, id: "h", createdAt: Date.now() + 86_400_000 }, "createdAt: is in the future"],
  [group, "id: a conversation of this id stands above"],
  [{ ...dm, id: "e", members: ["b", "a"] }, "members: the two have a direct chat above"],
  [{ ...dm, id: "e", members: ["a", "b", "c"] }, "members: "],
  [{ ...more, conversation: "nowhere" }, "conversation: none of this id stands above"],
  [{ ...more, sender: "nobody" }, "sender: nobody of this id stands above"],
  [message, "id: a message of this conversation above has it"],
  [{ ...more, at }, "at: is before the line above it"],
  [{ ...more, at: Date.now() + 86_400_000 }, "at: is in the future"],
  [{ ...more, at: "2020-01-01" }, "at: "],
  [{ ...more, at: at / 1_000 }, "at: is before the line above it"],
  [{ ...more, text: "" }, "text: must not be blank"],
  [{ ...more, text: undefined }, "text: is missing"],
  [{ ...more, text: "a\ud800b" }, "text: must be well-formed Unicode"],
  [{ ...more, text: "a\u0000b" }, "text: must not hold control characters"],
  [{ ...more, text: "x".repeat(limits.textCodePointsMax + 1) }, `text: must be at most ${limits.textCodePointsMax}`],
  [{ ...more, replyTo: "m3" }, "replyTo: no message of this id stands above"],
  [{ ...more, mentions: ["nobody"] }, "mentions: nobody of such an id stands above"],
  [{ ...more, reactions: [{ emoji: "👍", by: ["nobody"] }] }, "reactions: nobody of such an id"],
  [{ ...more, reactions: [{ emoji: ":+1:", by: ["a"] }] }, "reactions.0.emoji: must be one emoji"],
  [{ ...more, editedAt: at }, "editedAt: is before the message"],
  [{ ...more, unsentAt: at + 3_000 }, "unsentAt: a message that was unsent has no text"],
  [{ type: "join", conversation: "g", person: "a", at: at + 2_000 }, "person: is a member already"],
  [{ type: "leave", conversation: "g", person: "nobody", at: at + 2_000 }, "person: nobody of this id stands above"],
  [{ type: "leave", conversation: "d", person: "a", at: at + 2_000 }, "type: nobody leaves a direct chat"],
  [{ ...more, conversation: "d", sender: "c" }, "sender: nobody of this id"],
];

const textOf = (line: unknown): string => (typeof line === "string" ? line : JSON.stringify(line));

function afterGood(): FileCheck {
  const check = new FileCheck();
  for (const line of good) expect(check.take(textOf(line))).toMatchObject({ ok: true });
  return check;
}

test.each(faults.map(([line, why]) => [why, line] as const))("[X16] a line is bad: %s", (why, line) => {
  const check = afterGood();
  const judged = check.take(textOf(line));
  expect(judged).toEqual({ ok: false, fault: expect.stringContaining(why) as string });
  expect("fault" in judged ? judged.fault : "").not.toMatch(/secretword|nobody\b.*nobody|\n/);
  // A bad line changes nothing: the good one behind it is good.
  expect(check.take(textOf(more))).toMatchObject({ ok: true });
});

test("[X16] people who left and come again, replies and other conversations' ids are good", () => {
  const check = afterGood();
  const lines = [
    { ...more, replyTo: "m1", mentions: ["b"], reactions: [{ emoji: "👍", by: ["a", "b"] }], editedAt: at + 5_000 },
    { type: "leave", conversation: "g", person: "b", at: at + 3_000 },
    { ...more, id: "m3", sender: "b", at: at + 4_000 },
    { type: "join", conversation: "g", person: "b", at: at + 5_000 },
    { ...message, conversation: "d", text: undefined, unsentAt: at + 9_000 },
  ];
  expect(lines.map((line) => check.take(textOf(line)).ok)).toEqual([true, true, true, true, true]);
  expect(check.take(textOf({ ...more, id: "m4", at: at + 6_000, replyTo: "m2" }))).toMatchObject({
    repliedSender: "a",
  });
});

test("[X16] --check reads a whole file, names its bad lines, and says whether it is good", async () => {
  const program = join(import.meta.dirname, "../../scripts/import/import.ts");
  const run = async (...args: string[]) => {
    try {
      const done = await promisify(execFile)(process.execPath, [program, ...args]);
      return { code: 0, ...done };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };
  const file = join(folder, "file.ndjson");
  const huge = JSON.stringify({ ...more, text: "x".repeat(lineBytesMax) });
  const bytes = Buffer.concat([Buffer.from('{"type":"message","text":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  writeFileSync(
    file,
    Buffer.concat([
      Buffer.from(`${[...good.map(textOf), "", huge].join("\n")}\n`),
      bytes,
      Buffer.from(`\n${textOf(more)}`),
    ]),
  );
  const checked = await run(file, "--check");
  expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining("9 lines, 2 of them bad") as string });
  expect(checked.stderr).toBe(`line 7: is longer than ${lineBytesMax} bytes\nline 8: is not UTF-8\n`);
  expect(readFileSync(`${file}.bad-lines.txt`, "utf8")).toBe(checked.stderr);
  writeFileSync(file, [...corpusLines(200)].join(""));
  expect(await run(file, "--check")).toMatchObject({
    code: 0,
    stdout: "211 lines, 0 of them bad. Good: 10 person, 1 conversation, 200 message.\n",
  });
  expect((await run(join(folder, "nothing"), "--check")).code).toBe(2);
  expect((await run(file)).code).toBe(2);
});

test("[X16] the place counts for its file, server and source alone, and a file that is cut off is none", () => {
  const file = join(folder, "placed");
  writeFileSync(file, "one\ntwo\n");
  const place = () => new PlaceFile(file, "http://server", "source");
  expect(place().read()).toEqual({ offset: 0, line: 1 });
  place().write({ offset: 4, line: 2 });
  expect(place().read()).toEqual({ offset: 4, line: 2 });
  expect(new PlaceFile(file, "http://other", "source").read().offset).toBe(0);
  expect(new PlaceFile(file, "http://server", "other").read().offset).toBe(0);
  // The next one was being written when the program was killed.
  writeFileSync(`${file}.place.json.next`, '{"server":');
  expect(place().read().offset).toBe(4);
  utimesSync(file, 1, 1);
  expect(place().read().offset).toBe(0);
  place().write({ offset: 4, line: 2 });
  writeFileSync(`${file}.place.json`, '{"server":');
  expect(place().read().offset).toBe(0);
});
