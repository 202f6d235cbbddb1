/**
 * Owns how many messages each member of a large group has not read. A member's own messages are at or below their read watermark, so only two things have to
 * be kept: which messages were unsent, as bits, and who is mentioned where, as rows that go when the member reads on.
 */
import { everyone, type Seq, type UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import type { Database, Reader, Transactor } from "../../shared/platform/database.ts";

/** Seqs of one stretch. */
const stretchSeqs = 2_048;

type Stretch = { stretch: number; count: number; bits: ArrayBuffer };

export type Unread = { unread: number; mentionsUnread: number };

export class UnreadCounts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** These messages were unsent. */
  noteUnsent(tx: Transactor, seqs: readonly Seq[]): void {
    for (const [stretch, own] of Map.groupBy(seqs, (seq) => Math.floor(seq / stretchSeqs))) {
      const row = tx.first<Stretch>("SELECT stretch, count, bits FROM large_unsent WHERE stretch = ?", stretch);
      const bits = new Uint8Array(row?.bits ?? new ArrayBuffer(stretchSeqs / 8));
      for (const seq of own) setBit(bits, seq % stretchSeqs);
      tx.run(
        "INSERT OR REPLACE INTO large_unsent (stretch, count, bits) VALUES (?, ?, ?)",
        stretch,
        bitsAfter(bits, -1),
        bits.buffer,
      );
    }
  }

  /** These members are mentioned in a message that they have not read. If all members are, that is one row, which stays until the message is unsent. */
  mention(tx: Transactor, seq: Seq, userIds: readonly UserId[]): void {
    for (const userId of userIds.includes(everyone) ? [everyone] : userIds)
      tx.run("INSERT OR IGNORE INTO large_mentions (user_id, seq) VALUES (?, ?)", userId, seq);
  }

  /** The message mentions these no more. */
  unmention(tx: Transactor, seq: Seq, userIds: readonly UserId[]): void {
    for (const userId of userIds) tx.run("DELETE FROM large_mentions WHERE user_id = ? AND seq = ?", userId, seq);
  }

  /** A member has read up to here, or is gone: then up to the end. */
  read(tx: Transactor, userId: UserId, upTo: Seq = Number.MAX_SAFE_INTEGER): void {
    tx.run("DELETE FROM large_mentions WHERE user_id = ? AND seq <= ?", userId, upTo);
  }

  /** What a member has not read. Both numbers are exact up to `unreadMax`, and stand still there. */
  of(userId: UserId, read: Seq, headSeq: Seq): Unread {
    const max = limits.unreadMax;
    // Each half has a bound of its own: a bound behind the union alone is looked at when both halves were read whole.
    const mentions = this.#db.first<{ n: number }>(
      `SELECT COUNT(*) AS n FROM (
         SELECT seq FROM (SELECT seq FROM large_mentions WHERE user_id = ? AND seq > ? LIMIT ?)
         UNION SELECT seq FROM (SELECT seq FROM large_mentions WHERE user_id = ? AND seq > ? LIMIT ?) LIMIT ?)`,
      userId,
      read,
      max,
      everyone,
      read,
      max,
      max,
    );
    return { unread: unreadOf(this.#db, read, headSeq, max), mentionsUnread: mentions?.n ?? 0 };
  }
}

/** Reads from the newest stretch down, until so many messages are found that were not unsent. */
function unreadOf(db: Reader, read: Seq, headSeq: Seq, max: number): number {
  const first = Math.floor((read + 1) / stretchSeqs);
  let unsent = 0;
  db.each<Stretch>(
    "SELECT stretch, count, bits FROM large_unsent WHERE stretch >= ? ORDER BY stretch DESC",
    [first],
    ({ stretch, count, bits }) => {
      const start = stretch * stretchSeqs;
      const end = Math.min(headSeq, start + stretchSeqs - 1);
      if (headSeq - end - unsent >= max) return false;
      unsent += start > read ? count : bitsAfter(new Uint8Array(bits), read - start);
      return true;
    },
  );
  return Math.max(0, Math.min(max, headSeq - read - unsent));
}

function hasBit(bits: Uint8Array, at: number): boolean {
  return ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

function setBit(bits: Uint8Array, at: number): void {
  bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
}

/** How many bits are set behind this one. */
function bitsAfter(bits: Uint8Array, after: number): number {
  let count = 0;
  for (let at = after + 1; at < stretchSeqs; at++) if (hasBit(bits, at)) count++;
  return count;
}
