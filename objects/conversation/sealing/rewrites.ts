/** Owns which segments are written anew because their messages have changed, what such a segment is made of, and what becomes of one that cannot be read. */
import type { Rev, Seq } from "../../../schema/ids.ts";
import type { StoredMessage } from "../../../core/stored-message.ts";
import type { ArchiveDone, ArchiveWork, LostIndex, WrittenIndex } from "../../contract/archive.ts";
import { now } from "../../shared/platform/clock.ts";
import type { ConversationTransactor as Transactor } from "../effects.ts";
import type { Messages } from "../messages/messages.ts";
import type { State } from "../store.ts";
import type { Groups } from "../archive/groups.ts";
import { keyOf, type Manifest, nameOf, type SegmentRow } from "../archive/manifest.ts";
import { archiveMarks } from "./marks.ts";
import type { Puts, Stretch } from "../archive/puts.ts";

type Lost = Extract<ArchiveDone, { did: "lose" }>;

export class Rewrites {
  readonly #messages: Messages;
  readonly #manifest: Manifest;
  readonly #puts: Puts;
  readonly #groups: Groups;

  constructor(parts: { messages: Messages; manifest: Manifest; puts: Puts; groups: Groups }) {
    this.#messages = parts.messages;
    this.#manifest = parts.manifest;
    this.#puts = parts.puts;
    this.#groups = parts.groups;
  }

  /** A message that may be in the archive was changed, in this transaction. Answers whether its segment is now to be written anew. */
  changed(tx: Transactor, seq: Seq, isErased: boolean): boolean {
    const segment = this.#manifest.segmentOf(seq);
    if (segment === undefined) return false;
    if (!isErased && this.#messages.changedSince(segment.rev, segment) <= archiveMarks.changedRowsMax) return false;
    this.#manifest.setDue(tx, segment.firstSeq, isErased);
    return true;
  }

  /** A segment was written. It is to be written anew if its messages have changed meanwhile. */
  written(tx: Transactor, segment: SegmentRow): void {
    const isErased = this.#messages.hasErasedSince(segment.rev, segment);
    if (isErased || this.#messages.changedSince(segment.rev, segment) > archiveMarks.changedRowsMax)
      this.#manifest.setDue(tx, segment.firstSeq, isErased);
  }

  /** A segment that is to be written anew, with the rows of its messages that changed since. */
  next({ facts, head }: State, takePut: (stretch: Stretch) => number): ArchiveWork | undefined {
    const due = this.#manifest.due();
    if (due === undefined) return undefined;
    const { segment, isErased, hasWords } = due;
    const changed: StoredMessage[] = [];
    this.#messages.stored(segment.firstSeq, segment.lastSeq, (row) => changed.push(row) > 0);
    const old = nameOf(facts.id, segment);
    const generation = takePut(old);
    const hashBefore = this.#hashBefore(segment);
    return {
      do: "rewrite",
      conversationId: facts.id,
      generation,
      key: keyOf(facts.id, old, generation),
      rev: head.rev,
      index: this.#groups.placeFor(facts.id, segment, takePut),
      old,
      replaces: segment.generation,
      changed,
      isErased,
      hasWords,
      ...(hashBefore === undefined ? {} : { hashBefore }),
    };
  }

  /** Deletes the rows that are in a segment that was written anew, except those that changed lately. */
  fold(tx: Transactor, { first, last }: Stretch, rev: Rev, headRev: Rev): void {
    const recentRev = headRev - archiveMarks.recentRevs;
    this.#messages.writer.forget(tx, first, Math.min(last, this.#manifest.through), Math.min(rev, recentRev));
    const segment = this.#manifest.segmentOf(first);
    if (segment !== undefined) this.written(tx, segment);
  }

  /**
   * The segment cannot be read, and a message in it was erased. What is left of it goes: its object, and its words in the index. If another consumer has
   * written the index meanwhile, the segment stays due.
   */
  lost(tx: Transactor, { first, generation, replaces, index }: Lost): void {
    this.#puts.forget(tx, generation);
    const segment = this.#manifest.writtenAt(first);
    if (segment?.generation !== replaces || !this.putIndex(tx, index)) return;
    this.#manifest.setLost(tx, first);
    this.#puts.remove(tx, replaces, { first, last: segment.lastSeq }, now());
  }

  /** Notes an index; where the present one cannot be read, gives that up. False if another consumer has written the index meanwhile. */
  putIndex(tx: Transactor, index: WrittenIndex | LostIndex | undefined): boolean {
    if (index === undefined) return true;
    if ("isLost" in index) this.#groups.drop(tx, index, now());
    else if (this.#groups.isInPlace(index)) this.#groups.put(tx, index, now());
    else {
      this.#puts.abandon(tx, index.generation, now());
      return false;
    }
    return true;
  }

  /** The hash before a segment whose messages still have all their rows: it is written anew without being read. */
  #hashBefore({ firstSeq }: SegmentRow): string | undefined {
    const { through, end } = this.#manifest;
    if (firstSeq <= through) return undefined;
    return firstSeq - 1 === through ? end.hash : this.#messages.short(firstSeq - 1)?.hash;
  }
}
