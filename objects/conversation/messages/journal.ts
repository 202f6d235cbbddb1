/** Owns the journal: every rev that is not a new message. All SQL on it. */
import type { MessageRow } from "../../../core/stored-message.ts";
import type { NoticePiece } from "../../../core/reads/pages.ts";
import type { Rev, Seq, TimeMs } from "../../../schema/ids.ts";
import { presentNoticeText } from "../../../schema/older-forms.ts";
import type { Notice } from "../../../schema/wire/message.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import { type MessageColumns, rowOf, shortColumns } from "./message-row.ts";

/** One rev that is not a new message. Both null: the conversation's details changed without a notice. */
export type ChangeRow = { rev: Rev; at: TimeMs; seq: Seq | null; notice: Notice | null };

/** What a rev changed: a message in its present state, a notice, or with neither the conversation's details. */
export type Changed = {
  rev: Rev;
  row: MessageRow | null;
  notice: Notice | null;
  /** Set if the message is in the archive. A later change may cover this one. */
  archived?: Seq;
};

export class Journal {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  note(tx: Transactor, change: ChangeRow): void {
    const notice = change.notice === null ? null : JSON.stringify(change.notice);
    tx.run("INSERT INTO changes (rev, at, seq, notice) VALUES (?, ?, ?, ?)", change.rev, change.at, change.seq, notice);
  }

  /** The change at a rev, if it was not a new message. */
  at(rev: Rev): ChangeRow | undefined {
    const row = this.#db.first<{ rev: number; at: number; seq: number | null; notice: string | null }>(
      "SELECT rev, at, seq, notice FROM changes WHERE rev = ?",
      rev,
    );
    return row === undefined ? undefined : { ...row, notice: row.notice === null ? null : noticeOf(row.notice) };
  }

  /** The notices of those who came and who left by themselves. */
  moves(): Extract<Notice, { kind: "member_added" | "member_left" }>[] {
    return this.#db
      .all<{ notice: string }>(
        "SELECT notice FROM changes WHERE notice IS NOT NULL AND json_extract(notice, '$.kind') IN ('member_added', 'member_left')",
      )
      .map(({ notice }) => noticeOf(notice) as Extract<Notice, { kind: "member_added" | "member_left" }>);
  }

  /** The title as of a rev. */
  titleAt(rev: Rev): string | null {
    const row = this.#db.first<{ title: string | null }>(
      `SELECT json_extract(notice, '$.title') AS title FROM changes
       WHERE notice IS NOT NULL AND rev <= ? AND json_extract(notice, '$.kind') IN ('title_changed', 'conversation_created')
       ORDER BY rev DESC LIMIT 1`,
      rev,
    );
    return row?.title ?? null;
  }

  /** The address of the group's picture as of a rev. It leads to nothing if the picture was replaced since. */
  avatarAt(rev: Rev): string | null {
    const row = this.#db.first<{ url: string | null }>(
      `SELECT json_extract(notice, '$.avatarUrl') AS url FROM changes
       WHERE notice IS NOT NULL AND rev <= ? AND json_extract(notice, '$.kind') = 'avatar_changed'
       ORDER BY rev DESC LIMIT 1`,
      rev,
    );
    return row?.url ?? null;
  }

  /** The notices that belong after seqs `from` to `to`, newest first, as long as `take` wants more. */
  notices(from: Seq, to: Seq, take: (notice: NoticePiece) => boolean): void {
    // The order of the index: `afterSeq` never falls as `rev` rises.
    this.#db.each<{ rev: number; after_seq: number; notice: string }>(
      `SELECT rev, json_extract(notice, '$.afterSeq') AS after_seq, notice FROM changes
       WHERE notice IS NOT NULL AND json_extract(notice, '$.afterSeq') BETWEEN ? AND ?
       ORDER BY json_extract(notice, '$.afterSeq') DESC, rev DESC`,
      [from, to],
      (row) => take({ rev: row.rev, afterSeq: row.after_seq, json: presentNoticeText(row.notice) }),
    );
  }

  /** The notices behind a place, up to a head, ascending, as JSON, as long as `take` wants more. */
  noticesAfter(
    place: { seq: Seq; rev: Rev },
    head: { seq: Seq; rev: Rev },
    take: (rev: Rev, afterSeq: Seq, json: string) => boolean,
  ): void {
    const afterSeq = "json_extract(notice, '$.afterSeq')";
    let isWanted = true;
    const each = (where: string, values: number[]): void =>
      this.#db.each<{ rev: number; after_seq: number; notice: string }>(
        `SELECT rev, ${afterSeq} AS after_seq, notice FROM changes
         WHERE notice IS NOT NULL AND ${where} AND rev <= ? ORDER BY ${afterSeq}, rev`,
        [...values, head.rev],
        (row) => (isWanted = take(row.rev, row.after_seq, presentNoticeText(row.notice))),
      );
    // Two statements, so that each begins at its place in the index however many notices stand behind one message.
    each(`${afterSeq} = ? AND rev > ?`, [place.seq, place.rev]);
    if (isWanted) each(`${afterSeq} > ? AND ${afterSeq} <= ?`, [place.seq, head.seq]);
  }

  /** The newest notices, oldest first. */
  lastNotices(limit: number): Notice[] {
    const rows = this.#db.all<{ notice: string }>(
      "SELECT notice FROM changes WHERE notice IS NOT NULL ORDER BY json_extract(notice, '$.afterSeq') DESC, rev DESC LIMIT ?",
      limit,
    );
    return rows.map((row) => noticeOf(row.notice)).toReversed();
  }

  /**
   * The changes of `(after, upTo]`, ascending, as long as `take` wants more. Left out are changes that a later change of the same message
   * covers, messages up to `afterSeq`, and messages made after `madeBy`. For an archived message only the archive knows whether this applies.
   */
  changed(
    { after, upTo, afterSeq, madeBy }: { after: Rev; upTo: Rev; afterSeq: Seq; madeBy: Rev },
    take: (changed: Changed) => boolean,
  ): void {
    this.#db.each<MessageColumns & { change_rev: number; change_seq: number | null; notice: string | null }>(
      `SELECT c.rev AS change_rev, c.seq AS change_seq, c.notice, ${shortColumns}
       FROM changes c LEFT JOIN messages m ON m.seq = c.seq
       WHERE c.rev > ? AND c.rev <= ?
         AND (c.seq IS NULL OR (c.seq > ? AND (m.seq IS NULL OR (m.rev = c.rev AND m.created_rev <= ?)))) ORDER BY c.rev`,
      [after, upTo, afterSeq, madeBy],
      (row) => {
        const { change_rev: rev, change_seq: seq } = row;
        const notice = row.notice === null ? null : noticeOf(row.notice);
        // The columns of a message that has no row are null.
        const isArchived = seq !== null && (row.seq as number | null) === null;
        if (isArchived) return take({ rev, row: null, notice, archived: seq });
        return take({ rev, row: seq === null ? null : rowOf(row), notice });
      },
    );
  }
}

function noticeOf(stored: string): Notice {
  return JSON.parse(presentNoticeText(stored)) as Notice;
}
