/** What the compact record of sends promises: every entry is on one of the pages that a look-up reads, and a look-up reads few pages. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FingerprintFilter } from "../../core/sent/fingerprint-filter.ts";
import { bytesOfFingerprint, entriesOf, pagesOf, type SentEntry } from "../../core/sent/sent-pages.ts";
import {
  filterBitsOf,
  longRunLevel,
  pageId,
  pagesOfShortRuns,
  pagesWith,
  shortFilterBits,
  stepsOf,
} from "../../core/sent/sent-runs.ts";
import { fingerprintOf, fingerprints, halfSipHash } from "../../core/sent/sip-hash.ts";

/** A record of so many segments of `size` entries each, as the conversation writes it. */
class SentRecord {
  readonly pages = new Map<number, ArrayBuffer>();
  segments = 0;
  /** The long runs that have a filter. */
  readonly filtered = new Set<number>();
  /** Pages written or taken out. */
  rows = 0;
  largestPage = 0;

  add(entries: readonly SentEntry[]): void {
    let own = entries;
    for (const step of stepsOf(this.#size)) {
      const all = [...own];
      own = [];
      for (const id of step.merged) {
        const page = this.pages.get(id);
        if (page === undefined) throw new Error("a page is not there");
        all.push(...entriesOf(page));
        this.pages.delete(id);
      }
      const pages = pagesOf(step, all);
      for (const { id, page } of pages) {
        if (this.pages.has(id)) throw new Error("a page is there already");
        this.pages.set(id, page);
        this.largestPage = Math.max(this.largestPage, page.byteLength);
      }
      this.rows += pages.length + step.merged.length;
      if (filterBitsOf(step.run) !== undefined) this.filtered.add(pageId(step.run, 0));
      for (const run of step.gone) this.filtered.delete(pageId(run, 0));
    }
    this.segments++;
  }

  find(fingerprint: number): number[] {
    return pagesWith(fingerprint, this.#size).flatMap(({ id }) =>
      entriesOf(this.pages.get(id) ?? new ArrayBuffer(0))
        .filter((entry) => entry.fingerprint === fingerprint)
        .map(({ seq }) => seq),
    );
  }

  /** Of a record that was there before longer runs were made. */
  mergedFrom = 0;

  get #size(): { segments: number; mergedFrom: number } {
    return { segments: this.segments, mergedFrom: this.mergedFrom };
  }
}

test("HalfSipHash gives the published values", () => {
  const key: [number, number] = [0x03020100, 0x07060504];
  const hexOf = (bytes: number): string => {
    const text = Array.from({ length: bytes }, (_, i) => String.fromCharCode(i)).join("");
    const digest = Buffer.alloc(8);
    for (const [i, word] of halfSipHash(key, text).entries()) digest.writeUInt32LE(word, 4 * i);
    return digest.toString("hex");
  };
  expect([0, 1, 4, 7, 8].map(hexOf)).toEqual([
    "218d1f59b9b83cc8",
    "be552412f8387315",
    "d5e78a175be52ea1",
    "ff202728b07bc684",
    "edfee820bce4858c",
  ]);
});

test("[S2] every entry of the record is found among the pages that may hold it, whatever was merged", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.oneof(fc.nat(9), fc.integer({ min: 0, max: fingerprints - 1 })), { maxLength: 6 }), {
        maxLength: 600,
        size: "max",
      }),
      (segments) => {
        const record = new SentRecord();
        const expected = new Map<number, number[]>();
        let seq = 0;
        for (const segment of segments) {
          const entries = segment.map((fingerprint) => ({ fingerprint, seq: ++seq }));
          for (const entry of entries)
            expected.set(entry.fingerprint, [...(expected.get(entry.fingerprint) ?? []), entry.seq]);
          record.add(entries);
        }
        for (const [fingerprint, seqs] of expected)
          expect(record.find(fingerprint).sort((a, b) => a - b)).toEqual(seqs);
        expect([...record.pages.values()].reduce((sum, page) => sum + entriesOf(page).length, 0)).toBe(seq);
      },
    ),
    { numRuns: 30 },
  );
});

/** In how many pages a clientId may be at most, in a record of up to so many segments: of those with the most runs, and of those in which much is being merged. */
function mostPages(segmentsMax: number): number {
  let most = 0;
  const look = (segments: number): void => {
    for (const fingerprint of [0, 2 ** 47, fingerprints - 1])
      most = Math.max(most, pagesWith(fingerprint, { segments, mergedFrom: 0 }).length);
  };
  const step = Math.max(1, Math.floor(segmentsMax / 4_096));
  for (let segments = 0; segments <= segmentsMax; segments += step) look(segments - (segments % 64) + 63);
  return most;
}

test("[S23] in a conversation of a million messages 27 pages at most may hold a clientId, of a hundred million 45, and a page fits into one of SQLite's", () => {
  expect(mostPages(1_000_000 / 256)).toBe(27);
  expect(mostPages(100_000_000 / 256)).toBeLessThanOrEqual(45);
  const record = new SentRecord();
  const key: [number, number] = [7, 11];
  for (let segment = 0; segment < 512; segment++) {
    record.add(
      Array.from({ length: 256 }, (_, i) => ({
        fingerprint: fingerprintOf(key, `u_ana ${segment}-${i}`),
        seq: 256 * segment + i + 1,
      })),
    );
  }
  expect(record.largestPage).toBeLessThan(4_000);
  expect(record.rows / (512 * 256)).toBeLessThan(0.03);
  expect(record.find(fingerprintOf(key, "u_ana 300-17"))).toEqual([256 * 300 + 18]);
});

test.each([
  // A run of 32,768 segments is merged, while one of 4,096 is.
  [0, 38_500],
  [4_500, 13_000],
])(
  "[S2] [S23] long runs are merged page by page, and every entry is found meanwhile (longer runs from segment %i on)",
  (mergedFrom, count) => {
    const record = new SentRecord();
    record.mergedFrom = mergedFrom;
    const key: [number, number] = [3, 17];
    const fingerprintAt = (segment: number): number => fingerprintOf(key, `u_ana ${segment}`);
    const lost: number[] = [];
    const look = (segment: number): void => {
      if (String(record.find(fingerprintAt(segment))) !== String(segment + 1)) lost.push(segment);
    };
    for (let segment = 0; segment < count; segment++) {
      record.add([{ fingerprint: fingerprintAt(segment), seq: segment + 1 }]);
      if (segment % 97 !== 0 && segment % 4_096 > 2) continue;
      for (let of = segment % 31; of <= segment; of += 1_511) look(of);
    }
    for (let segment = 0; segment < count; segment += 5) look(segment);
    expect(lost).toEqual([]);
    expect([...record.pages.values()].reduce((sum, page) => sum + entriesOf(page).length, 0)).toBe(count);
    expect(pagesWith(1, { segments: count, mergedFrom }).length).toBeLessThan(40);
    // For each segment two rows of each of the levels.
    expect(record.rows / count).toBeLessThan(12);
    // Filters are those of runs that are there.
    for (const run of record.filtered) expect(record.pages.has(run) || record.pages.has(run + 511)).toBe(true);
    expect(record.filtered.size).toBeLessThan(mergedFrom === 0 ? 23 : 32);
  },
);

test("[S23] the filter holds all that was added, and of the rest it lets one in a hundred through", () => {
  const filter = new FingerprintFilter(shortFilterBits);
  const key: [number, number] = [5, 9];
  const count = 63 * 256;
  for (let i = 0; i < count; i++) filter.add(fingerprintOf(key, `u_ana ${i}`));
  for (let i = 0; i < count; i++) expect(filter.mayHold(fingerprintOf(key, `u_ana ${i}`))).toBe(true);
  const wrong = Array.from({ length: 10_000 }, (_, i) => filter.mayHold(fingerprintOf(key, `u_bo ${i}`)));
  expect(wrong.filter(Boolean).length).toBeLessThan(100);
});

test("[S23] the pages of the short runs are those that the long ones leave", () => {
  for (let segments = 0; segments < 1_100; segments++) {
    const short = new Set(pagesOfShortRuns(segments));
    expect(short.size).toBe(segments % 64);
    const size = { segments, mergedFrom: 0 };
    const long = new Set(pagesWith(7, size, longRunLevel).map(({ id }) => id));
    for (const { id } of pagesWith(7, size)) expect(short.has(id)).toBe(!long.has(id));
  }
});

test("a fingerprint stands on its page as SQLite is asked for it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: fingerprints - 1 }), (fingerprint) => {
      const [page] = pagesOf(stepsOf({ segments: 0, mergedFrom: 0 })[0], [{ fingerprint, seq: 5 }]);
      expect(new Uint8Array(page?.page.slice(0, 6) ?? [])).toEqual(new Uint8Array(bytesOfFingerprint(fingerprint)));
      expect(entriesOf(page?.page ?? new ArrayBuffer(0))).toEqual([{ fingerprint, seq: 5 }]);
    }),
  );
});
