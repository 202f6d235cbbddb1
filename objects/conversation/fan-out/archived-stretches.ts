/**
 * Owns what fan-out needs of the archive, for an inbox that lacks more than the object holds: a stretch of changes, and the last message before a membership. The
 * segments are fetched first. Then the stretch is made from them and from the rows that lie over them, as things are at that moment.
 */
import type { Segment } from "../../../core/archive/segment.ts";
import type { MessageRow } from "../../../core/stored-message.ts";
import type { Rev, Seq } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import type { SegmentName } from "../../contract/archive.ts";
import { readFromBucket } from "../../shared/archive/segment-store.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { withDeadline } from "../../shared/platform/calls.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import { type Stretch, stretchBounds, stretchOf } from "./stretches.ts";
import type { Journal } from "../messages/journal.ts";
import type { ArchivedLast } from "../messages/membership-bounds.ts";
import type { Messages } from "../messages/messages.ts";
import { type ArchivedPart, changedPage } from "../reads/pages.ts";
import type { State } from "../store.ts";
import { Across } from "../reads/across.ts";
import { type Manifest, nameOf } from "../archive/manifest.ts";

export class ArchivedStretches {
  readonly #env: Env;
  readonly #awake: Awake;
  readonly #messages: Messages;
  readonly #journal: Journal;
  readonly #manifest: Manifest;
  readonly #across: Across;
  /** Those of the last stretch, by key; undefined where the segment is missing or damaged. */
  #segments: ReadonlyMap<string, Segment | undefined> = new Map();
  /** That of the last single message. */
  #single: ReadonlyMap<string, Segment | undefined> = new Map();
  #isFetching = false;

  constructor(parts: { env: Env; awake: Awake; messages: Messages; journal: Journal; manifest: Manifest }) {
    this.#env = parts.env;
    this.#awake = parts.awake;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
    this.#manifest = parts.manifest;
    this.#across = new Across(parts);
  }

  /** The items of `(since, upTo]`, perhaps not all of them. Undefined where segments have to be fetched first: `fetched` is called when they are there. */
  stretch(state: State, since: Rev, upTo: Rev, fetched: () => void): Stretch | undefined {
    const plan = this.#across.changes(state, { rev: since, limit: batches.deliveryItemsMax }, since, 0, (row) => row);
    if (plan.segments.some(({ key }) => !this.#segments.has(key))) {
      this.#fetch(plan.segments, (segments) => (this.#segments = segments), fetched);
      return undefined;
    }
    const segments = plan.segments.flatMap(({ key }) => this.#segments.get(key) ?? []);
    const part = this.#partOf(segments, Math.min(plan.upTo, plan.journal.known));
    const parts = { messages: this.#messages, journal: this.#journal };
    return stretchOf(state, changedPage(parts, state.facts.id, state.head, since, stretchBounds, part), upTo);
  }

  /** What the archive answers of the last message before a membership. `fetched` is called when the segment is there that an answer has to wait for. */
  lastIn(state: State, fetched: () => void): ArchivedLast {
    return {
      row: (seq) => this.#row(state, seq, fetched),
      lastMadeBy: (rev) => this.#lastMadeBy(state, rev, fetched),
    };
  }

  #row(state: State, seq: Seq, fetched: () => void): MessageRow | null | undefined {
    const name = this.#across.message(state, seq)?.segment;
    if (name === undefined) return null;
    const segment = this.#segment(name, fetched);
    return segment === undefined ? undefined : (segment?.row(seq) ?? null);
  }

  #lastMadeBy(state: State, rev: Rev, fetched: () => void): Seq | null | undefined {
    const after = this.#manifest.firstAfter(rev);
    const there = this.#manifest.segmentOf(after);
    if (there === undefined || there.firstRev > rev) return after - 1;
    const segment = this.#segment(nameOf(state.facts.id, there), fetched);
    if (segment === undefined || segment === null) return segment;
    let seq = segment.first;
    while (seq < segment.last && segment.createdRevOf(seq + 1) <= rev) seq++;
    return seq;
  }

  /** A segment; null where it cannot be read. Undefined where it has to be fetched first: `fetched` is called when it is there. */
  #segment(name: SegmentName, fetched: () => void): Segment | null | undefined {
    if (this.#single.has(name.key)) return this.#single.get(name.key) ?? null;
    this.#fetch([name], (segments) => (this.#single = segments), fetched);
    return undefined;
  }

  /** What could not be fetched is tried again when fan-out next looks who is behind. One fetch is under way at a time: what else is wanted comes after it. */
  #fetch(
    names: readonly SegmentName[],
    keep: (segments: ReadonlyMap<string, Segment | undefined>) => void,
    fetched: () => void,
  ): void {
    if (this.#isFetching) return;
    this.#isFetching = true;
    const read = async (name: SegmentName) => {
      const found = await withDeadline(readFromBucket(this.#env, name), timeouts.objectCallMs);
      return [name.key, found.ok ? found.segment : undefined] as const;
    };
    const reads = Promise.all(names.map(read)).then(
      (segments) => {
        this.#isFetching = false;
        keep(new Map(segments));
        fetched();
      },
      (error: unknown) => {
        this.#isFetching = false;
        logFault("archive", error, {});
      },
    );
    void this.#awake.during(reads);
  }

  #partOf(segments: readonly Segment[], upTo: Rev): ArchivedPart {
    return {
      upTo,
      row: (seq) => segments.find((segment) => segment.has(seq))?.row(seq),
      fresh: (after, last, take) => {
        for (const segment of segments) {
          const own = new Set(this.#messages.seqsBetween(segment.first, segment.last));
          for (let seq = segment.first; seq <= segment.last; seq++) {
            const made = segment.createdRevOf(seq);
            if (made > last) return;
            if (made <= after) continue;
            const row = own.has(seq) ? this.#messages.short(seq) : freshRow(segment, seq);
            if (row !== undefined && row.rev === row.createdRev && !take(row)) return;
          }
        }
      },
    };
  }
}

function freshRow(segment: Segment, seq: Seq): MessageRow | undefined {
  return segment.revOf(seq) === segment.createdRevOf(seq) ? segment.row(seq) : undefined;
}
