/**
 * Owns the marks of unread messages: which of others' messages after the read watermark were unsent, and which mention the user. The row
 * holds their numbers. A delivery asks only for the marks that it touches and answers with those that change, so the stored marks are never copied.
 */
import { isMentioned, type Seq, type UserId } from "../../schema/ids.ts";

export type Mark = { readonly isUnsent: boolean; readonly isMention: boolean };
export const noMark: Mark = { isUnsent: false, isMention: false };

export type MarkCounts = { readonly unsent: number; readonly mentions: number };

/** The marks of one row as they are stored. Nobody asks for marks at or below the read watermark. */
export type Marks = {
  of(seq: Seq): Mark;
  /** How many marks there are in `(after, upTo]`. */
  count(after: Seq, upTo: Seq): MarkCounts;
};
export const noMarks: Marks = { of: () => noMark, count: () => ({ unsent: 0, mentions: 0 }) };

/** The marks after the new read watermark that a delivery changed. */
export type MarkChanges = ReadonlyMap<Seq, Mark>;
const noChanges: MarkChanges = new Map();

/** Marks while they change, with their exact numbers after each item. */
export class MarksDraft {
  readonly #stored: Marks;
  /** After the read watermark only. Made with the first mark, because hardly any delivery has one. */
  #changed: Map<Seq, { stored: Mark; mark: Mark }> | undefined;
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

  /** `isKnown`: the message may have a mark already. An unsent message stays unsent and mentions nobody. */
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
    const changed = this.#changed?.get(seq);
    const stored = changed?.stored ?? (isKnown && this.unsent + this.mentions > 0 ? this.#stored.of(seq) : noMark);
    const before = changed?.mark ?? stored;
    const mark = {
      isUnsent: before.isUnsent || isUnsent,
      isMention: !before.isUnsent && !isUnsent && isMentioned(mentions, me),
    };
    if (mark.isUnsent === before.isUnsent && mark.isMention === before.isMention) return;
    this.#changed ??= new Map();
    this.#changed.set(seq, { stored, mark });
    this.#count(before, mark);
  }

  /** Takes the marks up to the read watermark out of the counts. */
  settle(read: Seq): void {
    if (read <= this.#read) return;
    if (this.unsent + this.mentions > 0) {
      const { unsent, mentions } = this.#stored.count(this.#read, read);
      this.unsent -= unsent;
      this.mentions -= mentions;
      for (const [seq, { stored, mark }] of this.#changed ?? []) if (seq <= read) this.#count(mark, stored);
    }
    for (const seq of this.#changed?.keys() ?? []) if (seq <= read) this.#changed?.delete(seq);
    this.#read = read;
  }

  clear(): void {
    this.#changed = undefined;
    this.unsent = 0;
    this.mentions = 0;
  }

  result(): MarkChanges {
    if (this.#changed === undefined) return noChanges;
    return new Map([...this.#changed].map(([seq, { mark }]) => [seq, mark]));
  }

  #count(before: Mark, after: Mark): void {
    this.unsent += Number(after.isUnsent) - Number(before.isUnsent);
    this.mentions += Number(after.isMention) - Number(before.isMention);
  }
}
