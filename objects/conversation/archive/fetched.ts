/**
 * Owns the few segments that the object has fetched to decide about archived messages, for a change of one or a repeat of a send. They are fetched before the
 * turn that needs them, because a turn awaits nothing. Members' reads do not need them here: the gateway fetches for them.
 */
import { remember } from "../../../core/memory.ts";
import type { Segment } from "../../../core/archive/segment.ts";
import type { StoredMessage } from "../../../core/stored-message.ts";
import { archive } from "../../../schema/archive-limits.ts";
import { type Refusal, refuse } from "../../../schema/errors.ts";
import type { ConversationId, Seq, TimeMs } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { SegmentName } from "../../contract/archive.ts";
import { readFromBucket } from "../../shared/archive/segment-store.ts";
import { withDeadline } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import { logFault } from "../../shared/platform/log.ts";
import { type Manifest, nameOf } from "./manifest.ts";

/** An archived message, or the segment that has to be fetched first. */
export type Lookup = { is: "row"; row: StoredMessage } | { is: "away"; away: SegmentName };

type Tried = "fetched" | "lost" | "late";

export const unreadable: Refusal = refuse("unavailable", "old messages cannot be read now", 5_000).refusal;

export class Fetched {
  readonly #env: Env;
  readonly #manifest: Manifest;
  readonly #segments = new Map<string, Segment>();
  /** Segments that could not be fetched lately. */
  readonly #failed = new Map<string, TimeMs>();
  readonly #underWay = new Map<string, Promise<Tried>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(parts: { env: Env; manifest: Manifest }) {
    this.#env = parts.env;
    this.#manifest = parts.manifest;
  }

  /** Undefined if the message is not in the archive. A row in the object replaces the archived state, so look for the row first. */
  lookup(id: ConversationId, seq: Seq): Lookup | undefined {
    const segment = this.#manifest.segmentOf(seq);
    if (segment === undefined) return undefined;
    const name = nameOf(id, segment);
    const fetched = this.#segments.get(name.key);
    if (fetched === undefined) return { is: "away", away: name };
    remember(this.#segments, name.key, fetched, archive.unpackedInObjectMax);
    return { is: "row", row: fetched.row(seq) };
  }

  /** Whether a segment could not be fetched a moment ago. */
  hasFailed({ key }: SegmentName): boolean {
    return now() - (this.#failed.get(key) ?? -Infinity) < timeouts.alarmRetryMaxMs;
  }

  /** Fetches a segment. It never throws; false means that the segment cannot be read. */
  async fetch(name: SegmentName): Promise<boolean> {
    const isThere = (await this.tryFetch(name)) === "fetched";
    if (!isThere) remember(this.#failed, name.key, now(), archive.unpackedInObjectMax);
    return isThere;
  }

  /** Fetches a segment. It never throws. `lost`: R2 has no such object, or its bytes are damaged. `late`: R2 did not answer. */
  async tryFetch(name: SegmentName): Promise<Tried> {
    const underWay = this.#underWay.get(name.key);
    if (underWay !== undefined) return await underWay;
    const tried = this.#inTurn(async () => await this.#read(name)).finally(() => this.#underWay.delete(name.key));
    this.#underWay.set(name.key, tried);
    return await tried;
  }

  /** As many at the same time as are kept: more would be forgotten before the turn that needs them, and fill the memory. */
  async #inTurn(read: () => Promise<Tried>): Promise<Tried> {
    if (this.#running >= archive.unpackedInObjectMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #read(name: SegmentName): Promise<Tried> {
    try {
      const read = await withDeadline(readFromBucket(this.#env, name), timeouts.objectCallMs);
      if (!read.ok) return "lost";
      remember(this.#segments, name.key, read.segment, archive.unpackedInObjectMax);
      return "fetched";
    } catch (error) {
      logFault("archive", error, { key: name.key });
      return "late";
    }
  }
}
