/**
 * Owns the watermarks of members that are not where they belong yet: raised by a member's own message and not written, or brought by a receipt that the member's inbox has
 * not received.
 */
import type { Seq, UserId } from "../../../schema/ids.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { MemberRow } from "./member-row.ts";
import type { Members } from "./members.ts";

export class Watermarks {
  readonly #db: Database;
  readonly #members: () => Members | undefined;
  /** Members whose watermarks were raised by their own message and are not written yet. */
  readonly #unwritten = new Set<UserId>();
  /** Members whose read receipt raised no watermark, and whose inboxes have not received it yet. */
  readonly #owedReceipts = new Set<UserId>();
  #isRaised = false;

  /** `members`: those of the conversation as they are then; undefined before it is founded. */
  constructor(db: Database, members: () => Members | undefined) {
    this.#db = db;
    this.#members = members;
    this.#readOwed();
  }

  /** After a rollback: what was noted meanwhile may not have happened. */
  reload(): void {
    this.#unwritten.clear();
    this.#isRaised = false;
    this.#readOwed();
  }

  get owedReceipts(): ReadonlySet<UserId> {
    return this.#owedReceipts;
  }

  /** Writes the watermarks of a member. */
  set(tx: Transactor, member: MemberRow, marks: { delivered: Seq; read: Seq }): void {
    this.#isRaised = true;
    this.#unwritten.delete(member.userId);
    this.#members()?.setWatermarks(tx, member, marks);
  }

  /** Whether watermarks rose since the last call. Then inboxes are behind, although no rev was taken. */
  takeRaised(): boolean {
    const isRaised = this.#isRaised;
    this.#isRaised = false;
    return isRaised;
  }

  /**
   * A sender has read their own message. This is not written with every send, because it also follows from the newest messages (`recoverOwn`). `writeOwn`
   * writes it before the sender's message is no longer among those that are read after waking.
   */
  raiseToOwn(member: MemberRow, seq: Seq): void {
    this.#members()?.raise(member, seq);
    this.#unwritten.add(member.userId);
  }

  writeOwn(tx: Transactor): void {
    for (const userId of this.#unwritten) {
      const member = this.#members()?.get(userId);
      if (member !== undefined) this.set(tx, member, member);
    }
    this.#unwritten.clear();
  }

  /** After waking or a rollback: raises the watermarks of members to their own messages after `fromSeq`. */
  recoverOwn(fromSeq: Seq): void {
    const rows = this.#db.all<{ sender_id: string; seq: number }>(
      "SELECT sender_id, MAX(seq) AS seq FROM messages WHERE seq >= ? GROUP BY sender_id",
      fromSeq,
    );
    for (const row of rows) {
      const member = this.#members()?.get(row.sender_id as UserId);
      if (member !== undefined) this.raiseToOwn(member, row.seq);
    }
  }

  /** Notes a receipt that raised no watermark. After an eviction only this row shows that the member's inbox must still receive it. */
  oweReceipt(tx: Transactor, userId: UserId): void {
    this.#isRaised = true;
    if (this.#owedReceipts.has(userId)) return;
    this.#owedReceipts.add(userId);
    tx.run("INSERT OR REPLACE INTO owed_receipts (user_id) VALUES (?)", userId);
  }

  settleReceipt(tx: Transactor, userId: UserId): void {
    this.#owedReceipts.delete(userId);
    tx.run("DELETE FROM owed_receipts WHERE user_id = ?", userId);
  }

  /** The member has left, and their inbox knows it. */
  forget(tx: Transactor, userId: UserId): void {
    this.#unwritten.delete(userId);
    if (this.#owedReceipts.has(userId)) this.settleReceipt(tx, userId);
  }

  #readOwed(): void {
    this.#owedReceipts.clear();
    for (const { user_id } of this.#db.all<{ user_id: string }>("SELECT user_id FROM owed_receipts"))
      this.#owedReceipts.add(user_id as UserId);
  }
}
