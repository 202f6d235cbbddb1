/** What the check of an export promises: a complete export is called complete, and each kind of change in the file is found and named. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyDigest, bodyOf } from "../../../core/body.ts";
import { chainHash, hashOfNothing } from "../../../core/chain.ts";
import { bytesListedIn, ExportCheck, type ExportVerdict } from "../../../core/export-check.ts";
import type { UserId } from "../../../schema/ids.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** An export of so many messages, a notice before the first and one after the second. */
function exported(
  count: number,
  from = 1,
  startHash = hashOfNothing,
  attachmentsOf: (seq: number) => { id: string; sha256: string }[] = () => [],
): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [
    { type: "conversation", id: "g_1", from, startHash },
    { type: "notice", kind: "conversation_created", rev: from, afterSeq: from - 1 },
  ];
  let hash = startHash;
  for (let seq = from; seq < from + count; seq++) {
    const text = `text ${seq}`;
    const salt = sha256(String(seq)).slice(0, 32);
    const link = {
      seq,
      senderId: "u_1" as UserId,
      sentAt: 1_000 + seq,
      contentHash: bodyDigest(sha256, salt, bodyOf(text, attachmentsOf(seq))),
    };
    hash = chainHash(sha256, hash, link);
    const rest = { type: "message", conversationId: "g_1", text, salt, editedAt: null, unsentAt: null, hash };
    const attachments = attachmentsOf(seq);
    lines.push({ ...link, ...rest, ...(attachments.length === 0 ? {} : { attachments }) });
    if (seq === from + 1) lines.push({ type: "notice", kind: "title_changed", rev: from + 50, afterSeq: seq });
  }
  lines.push({ type: "end", head: { seq: from + count - 1, rev: 99, hash } });
  return lines;
}

function check(lines: readonly (object | string)[]): ExportVerdict {
  const checker = new ExportCheck(sha256);
  for (const line of lines) checker.take(typeof line === "string" ? line : JSON.stringify(line));
  return checker.verdict();
}

const at = (lines: Record<string, unknown>[], seq: number): Record<string, unknown> =>
  lines.find((line) => line["seq"] === seq) ?? {};

test("[X5] a whole export is whole: from the first message or a later one, of none, with edited and erased texts", () => {
  expect(check(exported(5))).toMatchObject({ isWhole: true, from: 1, to: 5, notices: 2, texts: { intact: 5 } });
  expect(check(exported(3, 8, sha256("before")))).toMatchObject({ isWhole: true, from: 8, to: 10 });
  expect(check(exported(0))).toMatchObject({ isWhole: true, to: 0, hash: hashOfNothing });
  const changed = exported(4);
  Object.assign(at(changed, 2), { text: "edited", editedAt: 2_000 });
  Object.assign(at(changed, 3), { text: "", salt: null, unsentAt: 2_000 });
  expect(check(changed)).toMatchObject({ isWhole: true, texts: { intact: 2, edited: 1, erased: 1 } });
});

const tampered: [string, (lines: Record<string, unknown>[]) => (object | string)[], RegExp][] = [
  ["cut off", (lines) => lines.slice(0, -2), /cut off after message 4/],
  ["empty", () => [], /no conversation/],
  ["without its beginning", (lines) => lines.slice(1), /line 1: should begin the conversation/],
  [
    "a message taken out",
    (lines) => lines.filter((line) => line["seq"] !== 3),
    /message 3 is missing before message 4/,
  ],
  [
    "a message twice",
    (lines) => lines.flatMap((line) => (line["seq"] === 3 ? [line, line] : [line])),
    /message 3 comes twice/,
  ],
  [
    "two messages changed places",
    (lines) => swap(lines, 2, 3),
    /message 2 is missing before message 3|comes twice or too late/,
  ],
  [
    "a letter altered",
    (lines) => (Object.assign(at(lines, 3), { text: "tezt 3" }), lines),
    /message 3 has another text than was sent/,
  ],
  [
    "a sender altered",
    (lines) => (Object.assign(at(lines, 3), { senderId: "u_2" }), lines),
    /message 3 breaks the chain/,
  ],
  ["a time altered", (lines) => (Object.assign(at(lines, 3), { sentAt: 1 }), lines), /message 3 breaks the chain/],
  [
    "a hash altered",
    (lines) => (Object.assign(at(lines, 3), { hash: sha256("x") }), lines),
    /message 3 breaks the chain/,
  ],
  [
    "a text hidden as unsent",
    (lines) => (Object.assign(at(lines, 3), { unsentAt: 5 }), lines),
    /was unsent and has content/,
  ],
  ["a salt taken away", (lines) => (Object.assign(at(lines, 3), { salt: null }), lines), /no salt/],
  [
    "a message of another chat",
    (lines) => (Object.assign(at(lines, 3), { conversationId: "g_2" }), lines),
    /another conversation/,
  ],
  [
    "a notice elsewhere",
    (lines) => [...lines.slice(0, 3), { type: "notice", rev: 1, afterSeq: 4 }, ...lines.slice(3)],
    /belongs after message 4/,
  ],
  ["a line that is no JSON", (lines) => [...lines.slice(0, 3), "{", ...lines.slice(3)], /line 4: is not a JSON object/],
  [
    "a line that is an array",
    (lines) => [...lines.slice(0, 3), "[]", ...lines.slice(3)],
    /line 4: is not a JSON object/,
  ],
  ["lines after the end", (lines) => [...lines, lines[2] ?? {}], /comes after the end/],
  ["two exports in one", (lines) => [...lines.slice(0, 4), ...lines], /a second time/],
  [
    "another head",
    (lines) => [...lines.slice(0, -1), { type: "end", head: { seq: 9, hash: "" } }],
    /ends at message 9/,
  ],
  ["an end without a head", (lines) => [...lines.slice(0, -1), { type: "end" }], /ends at message undefined/],
];

function swap(lines: Record<string, unknown>[], a: number, b: number): Record<string, unknown>[] {
  const [one, two] = [at(lines, a), at(lines, b)];
  return lines.map((line) => (line === one ? two : line === two ? one : line));
}

test.each(tampered)("[X5] %s is found", (_, tamper, told) => {
  const verdict = check(tamper(exported(5)));
  expect(verdict.isWhole).toBe(false);
  expect(verdict.faults.join("\n")).toMatch(told);
  expect(verdict.faults.length).toBeLessThanOrEqual(20);
});

test("[X5] any single change of a message's letters, of the order, or of the lines there are, is found", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 12 }),
      fc.integer(),
      fc.constantFrom("drop", "twice", "letter"),
      (count, n, how) => {
        const lines = exported(count);
        const seq = (Math.abs(n) % count) + 1;
        const index = lines.indexOf(at(lines, seq));
        if (how === "drop") lines.splice(index, 1);
        else if (how === "twice") lines.splice(index, 0, { ...lines[index] });
        else Object.assign(at(lines, seq), { text: `text ${seq} ` });
        expect(check(lines).isWhole).toBe(false);
      },
    ),
  );
});

test("[X5] whatever the lines are, there is an answer and no throw", () => {
  const odd = fc.oneof(
    fc.json(),
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify({ type: "message", seq: value, head: value })),
  );
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 40 }), (lines) => {
      expect(check([exported(0)[0] ?? {}, ...lines]).isWhole).toBe(false);
    }),
  );
});

const some = (seq: number) =>
  Array.from({ length: seq % 3 }, (_, at) => ({
    id: `g_1.${seq}${at}`,
    sha256: sha256(`${seq} ${at}`),
    bytes: 9,
    url: "https://a/b",
  }));

test("[S24] the check covers which attachments a message has: another, one more, one less or another order is found", () => {
  const fresh = () => exported(6, 1, hashOfNothing, some);
  expect(check(fresh())).toMatchObject({ isWhole: true, texts: { intact: 6 }, attachments: 6 });
  const two = some(2);
  const others: unknown[] = [
    [],
    two.slice(1),
    two.toReversed(),
    [...two, ...some(1)],
    [two[0], { ...two[1], sha256: sha256("x") }],
    [two[0], { ...two[1], id: "g_1.x" }],
    "none",
    [{}],
  ];
  for (const attachments of others) {
    const lines = fresh();
    Object.assign(at(lines, 2), { attachments });
    expect(check(lines).faults.join(), JSON.stringify(attachments)).toMatch(/message 2 has/);
  }
  const erased = fresh();
  Object.assign(at(erased, 2), { text: "", salt: null, unsentAt: 2_000 });
  expect(check(erased).faults.join()).toMatch(/message 2 was unsent and has content/);
  Object.assign(at(erased, 2), { attachments: [] });
  expect(check(erased)).toMatchObject({ isWhole: true, attachments: 4 });
});

test("[X5] the bytes that a line names are listed, and nothing of a line that is none", () => {
  expect(
    bytesListedIn(JSON.stringify({ type: "message", attachments: [...some(1), {}, 7, { ...some(1)[0], url: 5 }] })),
  ).toEqual([some(1)[0], { ...some(1)[0], url: null }]);
  for (const line of ["", "[]", "{", JSON.stringify({ type: "notice", attachments: some(2) }), `{"type":"message"}`])
    expect(bytesListedIn(line)).toEqual([]);
});
