/**
 * Owns the marks of unread messages: which of others' messages after the read watermark were unsent, and which mention the user. The row
 * holds their numbers; a delivery asks only for the marks that it touches and answers with those that change, so what is kept is never copied.
 */
import type { Seq, UserId } from "../../schema/ids.ts";

export type Mark = { readonly isUnsent: boolean; readonly isMention: boolean };
export const noMark: Mark = { isUnsent: false, isMention: false };

export type MarkCounts = { readonly unsent: number; readonly mentions: number };

/** The marks of one row as they are kept. Below the read watermark nothing is asked. */
export type Marks = {
  of(seq: Seq): Mark;
  /** Those of `(after, upTo]`. */
  count(after: Seq, upTo: Seq): MarkCounts;
};
export const noMarks: Marks = { of: () => noMark, count: () => ({ unsent: 0, mentions: 0 }) };

/** What a delivery makes of the marks after the new read watermark. */
export type MarkChanges = ReadonlyMap<Seq, Mark>;

/** Marks while they change, with their exact numbers after each item. */
export class MarksDraft {
  readonly #stored: Marks;
  /** After the read watermark only. */
  readonly #changed = new Map<Seq, { stored: Mark; mark: Mark }>();
  #read: Seq;
  unsent: number;
  mentions: number;

  constructor(
    stored: Marks,
    row: { readonly read: Seq; readonly unsentUnread: number; readonly mentionsUnread: number },
  ) {
    this.#stored = stored;
    this.#read = row.read;
    this.unsent = row.unsentUnread;
    this.mentions = row.mentionsUnread;
  }

  /** `isKnown`: it may have a mark already. What was unsent stays so, and mentions nobody. */
  note(
    {
      seq,
      isUnsent,
      mentions,
    }: { readonly seq: Seq; readonly isUnsent: boolean; readonly mentions: readonly UserId[] },
    me: UserId,
    isKnown: boolean,
  ): void {
    if (seq <= this.#read) return;
    const changed = this.#changed.get(seq);
    const stored = changed?.stored ?? (isKnown && this.unsent + this.mentions > 0 ? this.#stored.of(seq) : noMark);
    const before = changed?.mark ?? stored;
    const mark = {
      isUnsent: before.isUnsent || isUnsent,
      isMention: !before.isUnsent && !isUnsent && mentions.includes(me),
    };
    if (mark.isUnsent === before.isUnsent && mark.isMention === before.isMention) return;
    this.#changed.set(seq, { stored, mark });
    this.#count(before, mark);
  }

  /** What is read has no mark any more. */
  settle(read: Seq): void {
    if (read <= this.#read) return;
    if (this.unsent + this.mentions > 0) {
      const { unsent, mentions } = this.#stored.count(this.#read, read);
      this.unsent -= unsent;
      this.mentions -= mentions;
      for (const [seq, { stored, mark }] of this.#changed) if (seq <= read) this.#count(mark, stored);
    }
    for (const seq of this.#changed.keys()) if (seq <= read) this.#changed.delete(seq);
    this.#read = read;
  }

  clear(): void {
    this.#changed.clear();
    this.unsent = 0;
    this.mentions = 0;
  }

  result(): MarkChanges {
    return new Map([...this.#changed].map(([seq, { mark }]) => [seq, mark]));
  }

  #count(before: Mark, after: Mark): void {
    this.unsent += Number(after.isUnsent) - Number(before.isUnsent);
    this.mentions += Number(after.isMention) - Number(before.isMention);
  }
}
