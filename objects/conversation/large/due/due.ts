/**
 * Owns what members of a large group are to receive one by one, and have not received yet: their membership began, ended or changed, or a message concerns them
 * (it mentions them, or answers one of theirs). Whoever delivers asks for a page, calls each inbox, and reports which have it; what is due until then stays.
 */
import { visibleFrom } from "../../../../core/visibility.ts";
import type { Rev, Seq, UserId } from "../../../../schema/ids.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { DeliveryItem } from "../../../contract/delivery/delivery.ts";
import type { DeliveredRow } from "../../../contract/delivery/pulled-row.ts";
import type { Reader, Transactor } from "../../../shared/platform/database.ts";
import { changeItem, messageItem } from "../../messages/items.ts";
import type { MemberRow } from "../../members/member-row.ts";
import type { Messages } from "../../messages/messages.ts";
import type { State } from "../../store.ts";

export type DueParts = { db: Reader; messages: Messages };

export class Due {
  readonly #parts: DueParts;

  constructor(parts: DueParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#parts.db.first("SELECT 1 FROM large_due LIMIT 1") === undefined;
  }

  has(userId: UserId): boolean {
    return this.#parts.db.first("SELECT 1 FROM large_due WHERE user_id = ? LIMIT 1", userId) !== undefined;
  }

  /** A message concerns the member; with seq 0 only their row is due. At `rev` it became so. */
  note(tx: Transactor, { userId, membership }: MemberRow, seq: Seq, rev: Rev): void {
    tx.run(
      "INSERT OR REPLACE INTO large_due (user_id, seq, membership, rev) VALUES (?, ?, ?, ?)",
      userId,
      seq,
      membership,
      rev,
    );
  }

  /** The next members behind this one to whom something is due, at most so many of them. */
  after(after: UserId | null, limit: number): UserId[] {
    return this.#parts.db
      .all<{ user_id: string }>(
        "SELECT DISTINCT user_id FROM large_due WHERE user_id > ? ORDER BY user_id LIMIT ?",
        after ?? "",
        limit,
      )
      .map((row) => row.user_id as UserId);
  }

  /** Nothing is due to this user any more, whatever it was. */
  forget(tx: Transactor, userId: UserId): void {
    tx.run("DELETE FROM large_due WHERE user_id = ?", userId);
  }

  /** An inbox has a state of its row. What became due later stays. */
  delivered(tx: Transactor, { userId, membership, rev }: DeliveredRow): void {
    tx.run("DELETE FROM large_due WHERE user_id = ? AND membership <= ? AND rev <= ?", userId, membership, rev);
  }

  /**
   * The newest messages that concern a member, in order, each in its present state, with these of their own. Of others only the numbers are in the row, and
   * `changes` brings them. What the member may not see is left out.
   */
  items(state: State, userId: UserId, own: readonly Seq[] = []): DeliveryItem[] {
    const { facts, members } = state;
    const member = members.get(userId);
    if (member === undefined) return [];
    const rows = this.#parts.db.all<{ seq: number }>(
      "SELECT seq FROM large_due WHERE user_id = ? AND seq > 0 ORDER BY rev DESC LIMIT ?",
      userId,
      largeGroups.dueMessagesMax,
    );
    const { after } = visibleFrom(state, member);
    const seqs = new Set([...own, ...rows.map(({ seq }) => seq)]);
    const items = [...seqs].flatMap((seq) => {
      const row = seq <= after ? undefined : this.#parts.messages.short(seq);
      if (row === undefined) return [];
      return [row.rev === row.createdRev ? messageItem(facts.id, row) : changeItem(facts.id, row.rev, { row })];
    });
    return items.sort((a, b) => a.rev - b.rev).slice(-largeGroups.dueMessagesMax);
  }
}
