/**
 * Owns the form of the compact record of sends: of each message a fingerprint of who sent it under which clientId, and its seq, in pages of about
 * `sentSegmentMessages` entries. Messages come in segments of that number. Runs of segments are merged eight into one, so that there are few of them:
 * the record of n segments has as many runs of each length as the octal number n has of each digit. A run of k segments has k pages, and the leading bits
 * of a fingerprint say on which of them it stands. So the pages that may hold a fingerprint follow from n alone: one of each run.
 */
import type { Seq } from "../../schema/ids.ts";
import { fingerprints } from "./sip-hash.ts";

export type SentEntry = { readonly fingerprint: number; readonly seq: Seq };
/** A run: segments `start` to `start + 8 ** level`. */
type Run = { readonly level: number; readonly start: number };

const runsMerged = 8;
/** Longer runs are not made, for merging them would hold up the conversation: a run of this level has 131,072 messages. */
const levelMax = 3;
/** Pages of one level have ids from here on, times the level. */
const levelIds = 2 ** 40;
const entryBytes = 10;

/** The runs of a record of so many segments, the longest and oldest first. */
function runsOf(segments: number): Run[] {
  const runs: Run[] = [];
  let start = 0;
  for (let level = levelMax; level >= 0; level--) {
    const length = runsMerged ** level;
    for (; start + length <= segments; start += length) runs.push({ level, start });
  }
  return runs;
}

function pageId({ level, start }: Run, page: number): number {
  return level * levelIds + start + page;
}

/** The ids of the pages that may hold a fingerprint, in a record of so many segments. `levelMin`: shorter runs are left out. */
export function pagesWith(fingerprint: number, segments: number, levelMin = 0): number[] {
  return runsOf(segments)
    .filter(({ level }) => level >= levelMin)
    .map((run) => pageId(run, pageWithin(run, fingerprint)));
}

/** Runs below this level have at most 63 segments together: what is on them is cheap to know by heart. */
export const longRunLevel = 2;

/** The ids of all pages of runs below that level. */
export function pagesOfShortRuns(segments: number): number[] {
  return runsOf(segments)
    .filter(({ level }) => level < longRunLevel)
    .flatMap((run) => Array.from({ length: runsMerged ** run.level }, (_, page) => pageId(run, page)));
}

function pageWithin({ level }: Run, fingerprint: number): number {
  return Math.floor((fingerprint / fingerprints) * runsMerged ** level);
}

/** What has to be done when a segment is added to a record of `segments` segments: the pages that go, and the run, of `level`, that takes their place. */
export function planOf(segments: number): {
  readonly merged: readonly number[];
  readonly level: number;
  /** The pages of the new run, made of the entries of the new segment and of the merged pages. */
  readonly build: (entries: readonly SentEntry[]) => { id: number; page: ArrayBuffer }[];
} {
  const after = segments + 1;
  let level = 0;
  while (level < levelMax && after % runsMerged ** (level + 1) === 0) level++;
  const run: Run = { level, start: after - runsMerged ** level };
  const merged = runsOf(segments)
    .filter(({ start }) => start >= run.start)
    .flatMap((old) => Array.from({ length: runsMerged ** old.level }, (_, page) => pageId(old, page)));
  return {
    merged,
    level,
    build: (entries) => {
      const pages: SentEntry[][] = Array.from({ length: runsMerged ** level }, () => []);
      for (const entry of entries) pages[pageWithin(run, entry.fingerprint)]?.push(entry);
      return pages.map((page, index) => ({ id: pageId(run, index), page: encodePage(page) }));
    },
  };
}

function encodePage(entries: readonly SentEntry[]): ArrayBuffer {
  const bytes = new ArrayBuffer(entries.length * entryBytes);
  const view = new DataView(bytes);
  for (const [index, { fingerprint, seq }] of entries.entries()) {
    writeFingerprint(view, index * entryBytes, fingerprint);
    view.setUint32(index * entryBytes + 6, seq);
  }
  return bytes;
}

export function entriesOf(page: ArrayBuffer): SentEntry[] {
  const view = new DataView(page);
  const entries: SentEntry[] = [];
  for (let at = 0; at < page.byteLength; at += entryBytes) {
    entries.push({
      fingerprint: view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2),
      seq: view.getUint32(at + 6),
    });
  }
  return entries;
}

/** A fingerprint as it stands on a page, for SQLite to search. */
export function bytesOfFingerprint(fingerprint: number): ArrayBuffer {
  const bytes = new ArrayBuffer(6);
  writeFingerprint(new DataView(bytes), 0, fingerprint);
  return bytes;
}

function writeFingerprint(view: DataView, at: number, fingerprint: number): void {
  view.setUint16(at, Math.floor(fingerprint / 2 ** 32));
  view.setUint32(at + 2, fingerprint % 2 ** 32);
}
