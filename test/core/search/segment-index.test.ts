import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, entriesFrom, entriesOf, type Entry } from "../../../core/search/dictionary.ts";
import { PackedDictionary, packedBytesOf } from "../../../core/search/packed-dictionary.ts";
import { isAnswer, searchQuery } from "../../../core/search/search-query.ts";
import { indexWith, type Indexed, isIndexFull, slotsWith } from "../../../core/search/segment-index.ts";
import { indexHolds } from "../../../schema/search-limits.ts";

const seed = Number(process.env["SEED"] ?? 20_261_128);

const piece = fc.constantFrom(
  "the",
  "then",
  "quick",
  "brówn",
  "fox",
  "東",
  "京",
  "都",
  "京東",
  "한국",
  " ",
  " ",
  ", ",
  "3.14",
  "🎉",
  "รัก",
  "don't",
);
const anyText = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(""));
const message = fc.record({
  senderId: fc.constantFrom("u_ana", "u_bo", "u_cy"),
  text: anyText,
  mentions: fc.uniqueArray(fc.constantFrom("u_ana", "u_bo"), { maxLength: 2 }),
});
const segments = fc.array(fc.array(message, { maxLength: 4 }), { minLength: 1, maxLength: 10 });

const pack = (bytes: Uint8Array) => deflateRawSync(bytes);
let unpacked = 0;
const unpack = (bytes: Uint8Array) => {
  unpacked++;
  return new Uint8Array(inflateRawSync(bytes));
};
const opened = (bytes: Uint8Array<ArrayBuffer>) => new PackedDictionary(bytes, unpack);

function indexedIn(before: PackedDictionary | null, slot: number, messages: Iterable<Indexed>): PackedDictionary {
  return opened(indexWith(before, slot, messages, pack).bytes);
}

function indexOf(all: readonly (readonly Indexed[])[]): PackedDictionary {
  let index: PackedDictionary | null = null;
  for (const [slot, messages] of all.entries()) index = indexedIn(index, slot, messages);
  return index ?? indexedIn(null, 0, []);
}

test("[E4] the index names each segment that holds an answer, and of a single word no other", () => {
  fc.assert(
    fc.property(segments, anyText, (all, typed) => {
      const query = searchQuery(typed);
      fc.pre(query !== undefined);
      const named = slotsWith(indexOf(all), all.length, { query });
      const holding = [...all.entries()].flatMap(([slot, messages]) =>
        messages.some(({ text }) => query !== undefined && isAnswer(query, text)) ? [slot] : [],
      );
      expect(named).toEqual(expect.arrayContaining(holding));
      if (/^[a-z]+$/.test(typed)) expect(named).toEqual(holding);
    }),
    { seed, numRuns: 1_000 },
  );
});

test("[E4] the index names the segments of a sender, and those that mention somebody", () => {
  fc.assert(
    fc.property(segments, fc.constantFrom("u_ana", "u_bo", "u_cy"), (all, userId) => {
      const index = indexOf(all);
      const slotsWhere = (is: (message: Indexed) => boolean) =>
        [...all.entries()].flatMap(([slot, messages]) => (messages.some(is) ? [slot] : []));
      expect(slotsWith(index, all.length, { senderId: userId })).toEqual(slotsWhere((one) => one.senderId === userId));
      expect(slotsWith(index, all.length, { mentioned: userId })).toEqual(
        slotsWhere((one) => one.mentions.includes(userId)),
      );
      expect(slotsWith(index, all.length, {})).toEqual(all.map((_, slot) => slot));
    }),
    { seed, numRuns: 500 },
  );
});

test("[E5] a segment that is written anew leaves nothing of its former words, in whatever order segments are written", () => {
  fc.assert(
    fc.property(segments, segments, (before, after) => {
      let index = indexOf(before);
      const all = before.map((messages, slot) => after[slot] ?? messages);
      for (const slot of [...all.keys()].toReversed()) index = indexedIn(index, slot, all[slot] ?? []);
      expect([...index.entries()]).toEqual([...indexOf(all).entries()]);
    }),
    { seed, numRuns: 500 },
  );
});

test("[E5] the bytes of an index hold no word of an erased message", () => {
  const secret = { senderId: "u_ana", text: "xyzzyplugh 東京", mentions: [] };
  const { bytes } = indexWith(indexedIn(null, 0, [secret]), 0, [{ ...secret, text: "" }], (page) => page);
  expect(Buffer.from(bytes).toString("latin1")).not.toContain("xyzzy");
  const index = new PackedDictionary(bytes, (page) => new Uint8Array(page));
  expect([...index.entries()].map(({ token }) => token)).toEqual(["\u0002u_ana"]);
});

const entries = fc
  .uniqueArray(
    fc.record({
      token: fc.string({ unit: "binary", maxLength: 12 }),
      slots: fc.uniqueArray(fc.nat(63), { minLength: 1 }),
    }),
    {
      selector: (entry) => entry.token,
      maxLength: 60,
    },
  )
  .map((all) =>
    all
      .map(({ token, slots }) => ({ token, slots: slots.sort((a, b) => a - b) }))
      .sort((a, b) => (a.token < b.token ? -1 : 1)),
  );

test("a dictionary gives back what was put in, and from each place on what stands there", () => {
  fc.assert(
    fc.property(entries, fc.string({ unit: "binary", maxLength: 4 }), (all: Entry[], from) => {
      const bytes = bytesOf(all);
      expect(entriesOf(bytes)).toEqual(all);
      expect([...entriesFrom(bytes, from)]).toEqual(all.filter(({ token }) => token >= from));
    }),
    { seed, numRuns: 1_000 },
  );
});

const many = fc.nat({ max: 5_000 }).chain((count) =>
  fc.record({
    all: fc.constant(
      Array.from({ length: count }, (_, n): Entry => ({ token: (1_000_000 + 3 * n).toString(36), slots: [n % 64] })),
    ),
    from: fc.nat({ max: 3 * count + 3 }).map((n) => (1_000_000 + n).toString(36)),
  }),
);

test("a packed dictionary gives back what was put in, and for a token unpacks one page", () => {
  fc.assert(
    fc.property(many, ({ all, from }) => {
      const { bytes, unpackedBytes } = packedBytesOf(all, pack);
      const dictionary = opened(bytes);
      expect([...dictionary.entries()]).toEqual(all);
      expect(unpackedBytes).toBeGreaterThanOrEqual(bytesOf(all).length - 5);
      unpacked = 0;
      const [first] = dictionary.entriesFrom(from);
      expect(first).toEqual(all.find(({ token }) => token >= from));
      // Two if the token would come after all of its page.
      expect(unpacked).toBeLessThanOrEqual(2);
      expect([...dictionary.entriesFrom(from)]).toEqual(all.filter(({ token }) => token >= from));
    }),
    { seed, numRuns: 30 },
  );
});

test("a dictionary that was written before there were pages is read as one page", () => {
  const all: Entry[] = ["alpha", "beta"].map((token, slot) => ({ token, slots: [slot] }));
  const dictionary = opened(new Uint8Array(pack(bytesOf(all))));
  expect([...dictionary.entries()]).toEqual(all);
  expect([...dictionary.entriesFrom("b")]).toEqual(all.slice(1));
});

test.each([[], [0xfe], [0xfe, 0, 0, 0, 0, 0, 0, 0, 0], [0xfe, 255, 255, 255, 255, 0, 0, 0, 9]])(
  "bytes that are no packed dictionary throw: %j",
  (...bytes) => {
    expect(() => opened(new Uint8Array(bytes))).toThrow();
  },
);

test.each([new Uint8Array(0), new Uint8Array([2, 0, 0, 0, 0]), new Uint8Array([1, 255, 255, 255, 255])])(
  "bytes that are no dictionary throw: %j",
  (bytes) => {
    expect(() => entriesOf(bytes)).toThrow();
  },
);

test("[E4] a group takes 64 segments, or fewer where its index is large; its last one may be large too", () => {
  expect(isIndexFull(0, indexHolds.slotsMax - 1)).toBe(false);
  expect(isIndexFull(0, indexHolds.slotsMax)).toBe(true);
  const hostile = Array.from({ length: 10 }, (_, n) => ({
    senderId: "u_ana",
    text: Array.from({ length: 30_000 }, (__, m) => (n * 30_000 + m).toString(36)).join(" "),
    mentions: [],
  }));
  const { bytes, unpackedBytes } = indexWith(null, 0, hostile, pack);
  expect(isIndexFull(unpackedBytes, 1)).toBe(false);
  expect(unpackedBytes).toBeLessThan(3_000_000);
  const others = hostile.map((one) => ({ ...one, text: one.text.replaceAll(" ", " q") }));
  expect(isIndexFull(indexWith(opened(bytes), 1, others, pack).unpackedBytes, 2)).toBe(true);
});
