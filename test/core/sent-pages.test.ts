/** What the compact record of sends promises: every entry is on one of the pages that a look-up reads, and a look-up reads few pages. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FingerprintFilter } from "../../core/sent/fingerprint-filter.ts";
import {
  bytesOfFingerprint,
  entriesOf,
  longRunLevel,
  pagesOfShortRuns,
  pagesWith,
  planOf,
  type SentEntry,
} from "../../core/sent/sent-pages.ts";
import { fingerprintOf, fingerprints, halfSipHash } from "../../core/sent/sip-hash.ts";

/** A record of so many segments of `size` entries each, as the conversation writes it. */
class SentRecord {
  readonly pages = new Map<number, ArrayBuffer>();
  segments = 0;
  /** Pages written or taken out. */
  rows = 0;
  largestPage = 0;

  add(entries: readonly SentEntry[]): void {
    const { merged, build } = planOf(this.segments);
    const all = [...entries];
    for (const id of merged) {
      all.push(...entriesOf(this.pages.get(id) ?? new ArrayBuffer(0)));
      this.pages.delete(id);
    }
    for (const { id, page } of build(all)) {
      expect(this.pages.has(id)).toBe(false);
      this.pages.set(id, page);
      this.largestPage = Math.max(this.largestPage, page.byteLength);
      this.rows++;
    }
    this.rows += merged.length;
    this.segments++;
  }

  find(fingerprint: number): number[] {
    return pagesWith(fingerprint, this.segments).flatMap((id) =>
      entriesOf(this.pages.get(id) ?? new ArrayBuffer(0))
        .filter((entry) => entry.fingerprint === fingerprint)
        .map(({ seq }) => seq),
    );
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

test("[S23] in a conversation of a million messages 27 pages at most may hold a clientId, and a page fits into one of SQLite's", () => {
  const most = Math.max(...Array.from({ length: 3_907 }, (_, segments) => pagesWith(1, segments).length));
  expect(most).toBe(27);
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

test("[S23] the filter holds all that was added, and of the rest it lets one in a hundred through", () => {
  const filter = new FingerprintFilter();
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
    const long = new Set(pagesWith(7, segments, longRunLevel));
    for (const id of pagesWith(7, segments)) expect(short.has(id)).toBe(!long.has(id));
  }
});

test("a fingerprint stands on its page as SQLite is asked for it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: fingerprints - 1 }), (fingerprint) => {
      const [page] = planOf(0).build([{ fingerprint, seq: 5 }]);
      expect(new Uint8Array(page?.page.slice(0, 6) ?? [])).toEqual(new Uint8Array(bytesOfFingerprint(fingerprint)));
      expect(entriesOf(page?.page ?? new ArrayBuffer(0))).toEqual([{ fingerprint, seq: 5 }]);
    }),
  );
});
