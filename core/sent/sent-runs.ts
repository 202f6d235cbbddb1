/**
 * Owns which pages the compact record of sends has. The record grows by a segment with each `sentSegmentMessages` messages. Segments stand in runs. Eight runs of one
 * level are merged into one run of the next level, so that there are few runs. A run of k segments has k pages, and the leading bits of a fingerprint say on which of
 * them it stands. So the number of segments alone says which pages may hold a fingerprint: one page of each run. Of a run that is being merged it is one page of each
 * of its eight parts.
 *
 * Up to `eagerLevelMax` a run is merged at once, when its last segment comes. A longer one would hold up the conversation, so it is merged page by page: each
 * segment that comes merges one page of each of the eight parts, from the first page on.
 */
import { fingerprints } from "./sip-hash.ts";

/** Segments `start` to `start + 8 ** level`. */
export type Run = { readonly level: number; readonly start: number };
/** `segments`: how many the record has. `mergedFrom`: segments before it stay in runs of `eagerLevelMax`, because they were there before longer ones were made. */
export type RecordSize = { readonly segments: number; readonly mergedFrom: number };
/** Pages of runs become pages of one run: the ids that go, and the run. `gone`: the runs of which no page is left. */
export type Step = {
  readonly merged: readonly number[];
  readonly gone: readonly Run[];
  readonly run: Run;
  readonly firstPage: number;
  readonly pages: number;
};
/** A page that may hold a fingerprint, and its run. */
export type PlacedPage = { readonly id: number; readonly run: Run };

const runsMerged = 8;
/** A run of this level has 131,072 messages. */
const eagerLevelMax = 3;
/** A run of this level has more messages than a seq on a page can number. */
const levelMax = 8;
/** Pages of one level have ids from here on, times the level. */
const levelIds = 2 ** 40;
/** Runs below this level have at most 63 segments together: one filter has all that is on them, and is made anew after waking. */
export const longRunLevel = 2;
/** The bits of that filter: of each entry 16. */
export const shortFilterBits = 2 ** 18;

/** The bits of the filter that is stored with a run; undefined for a run without one. There are some 20 of them at most, two MiB together. */
export function filterBitsOf({ level }: Run): number | undefined {
  return level === longRunLevel ? 2 ** 18 : level === eagerLevelMax ? 2 ** 20 : undefined;
}

/** The pages that may hold a fingerprint. `levelMin`: shorter runs are left out. */
export function pagesWith(fingerprint: number, size: RecordSize, levelMin = 0): PlacedPage[] {
  return runsOf(size.segments)
    .filter(({ level }) => level >= levelMin)
    .flatMap((run) => pagesIn(run, fingerprint, size));
}

/** The ids of all pages of runs below `longRunLevel`. */
export function pagesOfShortRuns(segments: number): number[] {
  return runsOf(segments)
    .filter(({ level }) => level < longRunLevel)
    .flatMap(idsOf);
}

/** On which page of a run a fingerprint stands. */
export function pageWithin({ level }: Pick<Run, "level">, fingerprint: number): number {
  return Math.floor((fingerprint / fingerprints) * runsMerged ** level);
}

/** The id of a page; that of the first page stands for the run, too. */
export function pageId({ level, start }: Run, page: number): number {
  return level * levelIds + start + page;
}

/** What is to be done when a segment is added: the first step makes a run of it and of what it is merged with at once; each other one takes a longer run further. */
export function stepsOf(size: RecordSize): [Step, ...Step[]] {
  const { segments } = size;
  const after = segments + 1;
  let level = 0;
  while (level < eagerLevelMax && after % lengthOf(level + 1) === 0) level++;
  const run: Run = { level, start: after - lengthOf(level) };
  const gone = runsOf(segments, eagerLevelMax).filter(({ start }) => start >= run.start);
  const steps: [Step, ...Step[]] = [{ merged: gone.flatMap(idsOf), gone, run, firstPage: 0, pages: lengthOf(level) }];
  for (let long = eagerLevelMax + 1; long <= levelMax; long++) {
    // The last run of this level whose parts are all there.
    const longer = { level: long, start: Math.floor((segments - delayOf(long)) / lengthOf(long) - 1) * lengthOf(long) };
    const page = longer.start < 0 ? -1 : segments - begunAt(longer);
    if (page < 0 || page >= lengthOf(long - 1) || !isMerged(longer, size)) continue;
    const parts = partsOf(longer);
    steps.push({
      merged: parts.map((part) => pageId(part, page)),
      gone: page === lengthOf(long - 1) - 1 ? parts : [],
      run: longer,
      firstPage: page * runsMerged,
      pages: runsMerged,
    });
  }
  return steps;
}

function pagesIn(run: Run, fingerprint: number, size: RecordSize): PlacedPage[] {
  const mergedPages = run.level <= eagerLevelMax ? Infinity : isMerged(run, size) ? size.segments - begunAt(run) : 0;
  if (pageWithin({ level: run.level - 1 }, fingerprint) < mergedPages)
    return [{ id: pageId(run, pageWithin(run, fingerprint)), run }];
  return partsOf(run).flatMap((part) => pagesIn(part, fingerprint, size));
}

/** The runs of a record of so many segments, whether they are merged yet or not; the longest and oldest first. */
function runsOf(segments: number, highest = levelMax): Run[] {
  const runs: Run[] = [];
  let start = 0;
  for (let level = highest; level >= 0; level--) {
    const length = lengthOf(level);
    for (; start + length <= segments; start += length) runs.push({ level, start });
  }
  return runs;
}

function partsOf({ level, start }: Run): Run[] {
  return Array.from({ length: runsMerged }, (_, at) => ({ level: level - 1, start: start + at * lengthOf(level - 1) }));
}

function idsOf(run: Run): number[] {
  return Array.from({ length: lengthOf(run.level) }, (_, page) => pageId(run, page));
}

function lengthOf(level: number): number {
  return runsMerged ** level;
}

/** How many segments the record has when the parts of a longer run are all there, and its merging begins. */
function begunAt({ level, start }: Run): number {
  return start + lengthOf(level) + delayOf(level);
}

/** How many segments come after the last one of a run until its parts are merged themselves. */
function delayOf(level: number): number {
  let delay = 0;
  for (let below = eagerLevelMax; below < level - 1; below++) delay += lengthOf(below);
  return delay;
}

/** Whether a longer run is merged, or will be. */
function isMerged({ start }: Run, { mergedFrom }: RecordSize): boolean {
  return start + lengthOf(eagerLevelMax + 1) >= mergedFrom;
}
