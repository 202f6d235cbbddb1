/**
 * Owns the sealing of old messages into segments, and in which order the work for the archive is done. The queue's consumer writes to R2, the object decides:
 * what is to be done now, and whether what was written counts. The hint that wakes the consumer may be lost, so an alarm repeats it as long as something is to be done.
 */
import { growingWaitMs } from "../../../core/retry.ts";
import type { Seq } from "../../../schema/ids.ts";
import { archive } from "../../../schema/archive-limits.ts";
import type { ArchiveDone, ArchiveWork, WrittenSegment } from "../../contract/archive.ts";
import type { Alarm, Alarms } from "../../shared/platform/alarms.ts";
import { reachNow } from "../../shared/archive/fault-points.ts";
import { now } from "../../shared/platform/clock.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { ConversationDatabase as Database, ConversationTransactor as Transactor } from "../effects.ts";
import type { Messages } from "../messages/messages.ts";
import type { State, Store } from "../store.ts";
import type { Groups } from "../archive/groups.ts";
import { keyOf, type Manifest } from "../archive/manifest.ts";
import { archiveMarks } from "./marks.ts";
import type { Puts, Stretch } from "../archive/puts.ts";
import { Rewrites } from "./rewrites.ts";
import { Sealable, type SealableParts } from "./sealable.ts";
import type { RowsOut } from "../archive/rows-out.ts";

/** Its number: how often the hint was sent again. None: no work waits, and objects are to be deleted later. */
export const archiveAlarm = "archive";

export class Sealing {
  readonly #db: Database;
  readonly #alarms: Alarms;
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #manifest: Manifest;
  readonly #puts: Puts;
  readonly #groups: Groups;
  readonly #rewrites: Rewrites;
  readonly #rowsOut: RowsOut;
  readonly #storage: Pick<SqlStorage, "databaseSize">;
  readonly #sealable: Sealable;

  constructor(
    parts: SealableParts & { db: Database; alarms: Alarms; store: Store; puts: Puts; groups: Groups; rowsOut: RowsOut },
  ) {
    this.#db = parts.db;
    this.#alarms = parts.alarms;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#manifest = parts.manifest;
    this.#puts = parts.puts;
    this.#groups = parts.groups;
    this.#rewrites = new Rewrites(parts);
    this.#rowsOut = parts.rowsOut;
    this.#storage = parts.storage;
    this.#sealable = new Sealable(parts);
  }

  /** Called after each turn of commands: begins to seal if the object holds too much. */
  look(): void {
    const { state } = this.#store;
    const alarm = this.#alarms.get(archiveAlarm);
    const isAtWork = alarm !== undefined && alarm.data !== null;
    if (state === undefined || isAtWork || !this.#sealable.holdsTooMuch(state)) return;
    try {
      this.#db.transact((tx) => this.#begin(tx));
    } catch (error) {
      logFault("archive", error, {});
    }
  }

  /** A message that may be in the archive was changed, in this transaction. */
  changed(tx: Transactor, seq: Seq, isErased: boolean): void {
    if (this.#rewrites.changed(tx, seq, isErased)) this.#begin(tx);
  }

  /** Receives what the consumer has done, and answers what it does next. */
  serve(done: ArchiveDone | null): ArchiveWork {
    if (done !== null) this.#done(done);
    return this.#work();
  }

  #work(): ArchiveWork {
    const { state } = this.#store;
    if (state === undefined) return { do: "nothing" };
    this.#rowsOut.dropOld();
    return (
      this.#rewrites.next(state, (stretch) => this.#takePut(stretch)) ??
      this.#deleting(state) ??
      this.#sealing(state) ??
      this.#heldBack(state) ??
      this.#afterBatch(state) ??
      this.#rest()
    );
  }

  /** The alarm: sends the hint again while there is work, less and less often. */
  rung(alarm: Alarm): void {
    this.#rowsOut.dropOld();
    this.#db.transact((tx) => {
      if (!this.#hasWork()) {
        this.#settle(tx);
        return;
      }
      const times = alarm.data ?? 0;
      this.#hint(tx);
      const waitMs = growingWaitMs(times + 1, { firstMs: archive.hintAgainMs, maxMs: archive.hintAgainMaxMs });
      this.#alarms.set(tx, archiveAlarm, now() + waitMs, times + 1);
    });
  }

  #begin(tx: Transactor): void {
    if (this.#alarms.get(archiveAlarm)?.data === 0) return;
    this.#alarms.set(tx, archiveAlarm, now() + archive.hintAgainMs, 0);
    this.#hint(tx);
  }

  #hint(tx: Transactor): void {
    const { state } = this.#store;
    if (state !== undefined) tx.afterCommit({ do: "hint archive", conversationId: state.facts.id });
  }

  #hasWork(): boolean {
    const { state } = this.#store;
    if (state === undefined) return false;
    return (
      this.#rowsOut.hasOld ||
      this.#manifest.due() !== undefined ||
      this.#puts.abandoned(now(), 1).length > 0 ||
      this.#manifest.written > this.#manifest.through ||
      this.#sealable.holdsTooMuch(state)
    );
  }

  #deleting({ facts }: State): ArchiveWork | undefined {
    const puts = this.#puts.abandoned(now(), archive.deletedPerCallMax);
    if (puts.length === 0) return undefined;
    return {
      do: "delete",
      puts: puts.map(({ generation, first, last }) => ({
        generation,
        key: keyOf(facts.id, { first, last }, generation),
      })),
    };
  }

  /** The oldest messages that fill a segment and are in none yet. */
  #sealing(state: State): ArchiveWork | undefined {
    const { facts, head } = state;
    const ahead = this.#manifest.writtenAhead().length;
    if (ahead === 0 ? !this.#sealable.holdsTooMuch(state) : ahead >= archive.segmentsPerBatchMax) return undefined;
    const { from } = this.#sealable;
    const messages = this.#sealable.next(state);
    const [first, last] = [messages[0], messages.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const stretch = { first: first.seq, last: last.seq };
    const generation = this.#takePut(stretch);
    const before = from - 1 === this.#manifest.through ? this.#manifest.end : this.#messages.short(from - 1);
    return {
      do: "seal",
      conversationId: facts.id,
      generation,
      key: keyOf(facts.id, stretch, generation),
      rev: head.rev,
      index: this.#groups.placeFor(facts.id, undefined, (stretch) => this.#takePut(stretch)),
      hashBefore: before?.hash ?? this.#manifest.end.hash,
      messages,
    };
  }

  /** Inboxes are a little behind. The batch waits for them a few times, because each batch, small or large, copies the rows that stay. */
  #heldBack(state: State): ArchiveWork | undefined {
    const ahead = this.#manifest.writtenAhead().length;
    if (ahead === 0 || ahead >= archive.segmentsPerBatchMax || !this.#sealable.isHeldBack(state)) return undefined;
    const times = this.#alarms.get(archiveAlarm)?.data ?? 0;
    if (times > archive.heldBackTimesMax) return undefined;
    this.#db.transact((tx) => this.#alarms.set(tx, archiveAlarm, now() + archive.heldBackMs, times));
    return { do: "nothing" };
  }

  /** The segments of the batch are written. From now on reads take these messages from the segments. */
  #afterBatch(state: State): ArchiveWork | undefined {
    const ahead = this.#manifest.writtenAhead();
    const last = ahead.at(-1);
    if (last === undefined) return undefined;
    const row = this.#messages.short(last.lastSeq);
    if (row === undefined) throw new Error("the last message of a segment has no row");
    const recentRev = state.head.rev - archiveMarks.recentRevs;
    this.#db.transact((tx) => {
      this.#manifest.moveEnd(tx, { seq: row.seq, rev: row.createdRev, hash: row.hash, at: row.sentAt });
      this.#rowsOut.take(tx, row.seq, recentRev);
      for (const segment of ahead) this.#rewrites.written(tx, segment);
      reachNow("archive: rows out");
    });
    this.#rowsOut.dropOld();
    this.#db.transact((tx) => this.#manifest.noteBytes(tx, this.#storage.databaseSize));
    this.#sealable.left(state);
    return this.#work();
  }

  /** A written segment counts if it is still awaited. If it came too late, its object in R2 is deleted. */
  #done(done: ArchiveDone): void {
    this.#db.transact((tx) => {
      if (done.did === "write") this.#written(tx, done.segment);
      else if (done.did === "lose") this.#rewrites.lost(tx, done);
      else if (done.did === "fail") {
        this.#manifest.setAside(tx, done.first);
        this.#puts.forget(tx, done.generation);
      } else for (const generation of done.generations) this.#puts.forget(tx, generation);
    });
  }

  #written(tx: Transactor, segment: WrittenSegment): void {
    const { first, last, generation, replaces, rev, index } = segment;
    const old = this.#manifest.writtenAt(first);
    const isInPlace =
      replaces === null
        ? old === undefined && first === Math.max(this.#manifest.written, this.#manifest.through) + 1
        : old?.generation === replaces && old.lastSeq === last;
    const words = index === undefined || "isLost" in index ? undefined : index;
    if (!isInPlace || !this.#puts.awaits(generation, segment) || !this.#rewrites.putIndex(tx, index)) {
      this.#puts.abandon(tx, generation, now());
      if (words !== undefined) this.#puts.abandon(tx, words.generation, now());
      return;
    }
    this.#manifest.put(tx, segment, words);
    this.#puts.forget(tx, generation);
    if (old !== undefined) this.#puts.remove(tx, old.generation, segment, now());
    // Its words stand in no index, because that was lost: they get into another one.
    if (index !== undefined && words === undefined) this.#manifest.setDue(tx, first, false);
    if (replaces !== null) this.#rewrites.fold(tx, segment, rev, this.#store.state?.head.rev ?? 0);
    reachNow("archive: noted");
  }

  /** There is no work now. The alarm stays if there is work that waits, and is set if objects are to be deleted later. */
  #rest(): ArchiveWork {
    if (this.#alarms.get(archiveAlarm) !== undefined && !this.#hasWork()) this.#db.transact((tx) => this.#settle(tx));
    return { do: "nothing" };
  }

  #settle(tx: Transactor): void {
    const next = this.#rowsOut.hasOld ? now() + archive.hintAgainMs : this.#puts.nextDeletion();
    if (next === undefined) this.#alarms.clear(tx, archiveAlarm);
    else this.#alarms.set(tx, archiveAlarm, next, null);
  }

  #takePut(stretch: Stretch): number {
    return this.#db.transact((tx) => this.#puts.take(tx, stretch, now() + archive.putMs));
  }
}
