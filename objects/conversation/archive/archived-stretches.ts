/**
 * Owns what fan-out needs of the archive, for an inbox that lacks more than the object holds. The segments are fetched first. Then the stretch is made from them and
 * from the rows that lie over them, as things are at that moment.
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
import { type Stretch, stretchBounds, stretchOf } from "../fan-out/items.ts";
import type { Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";
import { type ArchivedPart, changedPage } from "../messages/pages.ts";
import type { State } from "../store.ts";
import { Across } from "./across.ts";
import type { Manifest } from "./manifest.ts";

export class ArchivedStretches {
  readonly #env: Env;
  readonly #awake: Awake;
  readonly #messages: Messages;
  readonly #journal: Journal;
  readonly #across: Across;
  /** By key; undefined where the segment is missing or damaged. */
  readonly #segments = new Map<string, Segment | undefined>();
  #isFetching = false;

  constructor(parts: { env: Env; awake: Awake; messages: Messages; journal: Journal; manifest: Manifest }) {
    this.#env = parts.env;
    this.#awake = parts.awake;
    this.#messages = parts.messages;
    this.#journal = parts.journal;
    this.#across = new Across(parts);
  }

  /** The items of `(since, upTo]`, perhaps not all of them. Undefined where segments have to be fetched first: `fetched` is called when they are there. */
  stretch(state: State, since: Rev, upTo: Rev, fetched: () => void): Stretch | undefined {
    const plan = this.#across.changes(state, { rev: since, limit: batches.deliveryItemsMax }, since, 0);
    if (plan.segments.some(({ key }) => !this.#segments.has(key))) {
      if (!this.#isFetching) void this.#awake.during(this.#fetch(plan.segments, fetched));
      return undefined;
    }
    const segments = plan.segments.flatMap(({ key }) => this.#segments.get(key) ?? []);
    const part = this.#partOf(segments, Math.min(plan.upTo, plan.journal.known));
    const parts = { messages: this.#messages, journal: this.#journal };
    return stretchOf(state, changedPage(parts, state.facts.id, state.head, since, stretchBounds, part), upTo);
  }

  /** Never throws. What could not be fetched is tried again when fan-out next looks who is behind. */
  async #fetch(names: readonly SegmentName[], fetched: () => void): Promise<void> {
    this.#isFetching = true;
    try {
      const reads = await Promise.all(
        names.map(async (name) => await withDeadline(readFromBucket(this.#env, name), timeouts.objectCallMs)),
      );
      this.#segments.clear();
      for (const [at, { key }] of names.entries()) {
        const read = reads[at];
        this.#segments.set(key, read?.ok === true ? read.segment : undefined);
      }
    } catch (error) {
      logFault("archive", error, {});
      return;
    } finally {
      this.#isFetching = false;
    }
    fetched();
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
