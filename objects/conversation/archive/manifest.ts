/** Owns the manifest of the archive: up to where messages lie in segments, and which segments there are. All SQL on segments. */
import { hashOfNothing } from "../../../core/chain.ts";
import type { ConversationId, Rev, Seq, TimeMs } from "../../../schema/ids.ts";
import type { SegmentName, WrittenSegment } from "../../contract/archive.ts";
import type { Database, Row, Transactor } from "../../shared/platform/database.ts";

export const archiveTables = `
  -- One row, from the first segment on: the last message that lies in the archive. bytes: the size of the store when that was last moved.
  CREATE TABLE archive (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    next_generation INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  );

  -- group_no, slot: where its words stand in the index for search; null where they stand in none.
  -- first_rev, last_rev: when the first and the last message were made. rev: all changes up to it are in the segment. is_due: 1 means that it is to be written anew, 2 that this failed.
  -- A segment behind archive.seq is written, but its messages still have their rows.
  CREATE TABLE segments (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    first_rev INTEGER NOT NULL,
    last_rev INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    is_due INTEGER NOT NULL DEFAULT 0,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    group_no INTEGER,
    slot INTEGER
  );
  CREATE INDEX segments_due ON segments (first_seq) WHERE is_due = 1;

  -- Objects that may be in R2 and are no segment: put and not noted yet, or replaced.
  CREATE TABLE archive_puts (
    generation INTEGER PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    delete_at INTEGER NOT NULL
  );
`;

/** A later step. is_erased: a message in the segment was erased since it was written. With is_due 2 that means that nothing is left of the segment. */
export const erasedSegments = `
  ALTER TABLE segments ADD COLUMN is_erased INTEGER NOT NULL DEFAULT 0;
`;

/** The end of the archive: the last message that lies in it, and its rev when it was made. Seq 0: the archive is empty. */
export type ArchiveEnd = { seq: Seq; rev: Rev; hash: string; at: TimeMs };

export type SegmentRow = {
  firstSeq: Seq;
  lastSeq: Seq;
  firstRev: Rev;
  lastRev: Rev;
  /** All changes up to this rev are in the segment. */
  rev: Rev;
  generation: number;
  digest: string;
};

export type SegmentColumns = Row & {
  first_seq: number;
  last_seq: number;
  first_rev: number;
  last_rev: number;
  rev: number;
  generation: number;
  digest: ArrayBuffer;
};

export const segmentColumns = "first_seq, last_seq, first_rev, last_rev, rev, generation, digest";
const noEnd: ArchiveEnd = { seq: 0, rev: 0, hash: hashOfNothing, at: 0 };

export class Manifest {
  readonly #db: Database;
  #end: ArchiveEnd = noEnd;
  #nextGeneration = 1;
  #bytes = 0;
  /** The last message of the last segment, whether or not its messages still have their rows. */
  #written: Seq = 0;

  constructor(db: Database) {
    this.#db = db;
    this.#read();
    db.onRollback(() => this.#read());
  }

  get end(): ArchiveEnd {
    return this.#end;
  }

  /** The last seq in the archive. Newer messages have rows, and so have archived messages that changed since. */
  get through(): Seq {
    return this.#end.seq;
  }

  /** The last seq of which a segment is written. */
  get written(): Seq {
    return this.#written;
  }

  /** The size of the store when the end of the archive was last moved. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The segment that holds an archived message. */
  segmentOf(seq: Seq): SegmentRow | undefined {
    if (seq > this.through) return undefined;
    const row = this.#db.first<SegmentColumns>(
      `SELECT ${segmentColumns} FROM segments WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1`,
      seq,
    );
    return row === undefined ? undefined : segmentRowOf(row);
  }

  /** The segments that hold archived messages of `from` to `to`, ascending. */
  segmentsBetween(from: Seq, to: Seq, take: (segment: SegmentRow) => boolean): void {
    const end = Math.min(to, this.through);
    const first = from > end ? undefined : this.segmentOf(from);
    if (first === undefined) return;
    this.#db.each<SegmentColumns>(
      `SELECT ${segmentColumns} FROM segments WHERE first_seq BETWEEN ? AND ? ORDER BY first_seq`,
      [first.firstSeq, end],
      (row) => take(segmentRowOf(row)),
    );
  }

  /** The first message of the first segment with a message made after a rev, by bisection; behind the archive where there is none. */
  firstAfter(rev: Rev): Seq {
    if (rev >= this.#end.rev) return this.through + 1;
    let low = 1;
    let high = this.through;
    while (low < high) {
      const segment = this.segmentOf((low + high) >>> 1);
      if (segment === undefined) break;
      if (segment.lastRev > rev) high = segment.firstSeq;
      else low = segment.lastSeq + 1;
    }
    return low;
  }

  /** Segments that are written and whose messages still have their rows, ascending. */
  writtenAhead(): SegmentRow[] {
    return this.#db
      .all<SegmentColumns>(
        `SELECT ${segmentColumns} FROM segments WHERE first_seq > ? ORDER BY first_seq`,
        this.through,
      )
      .map(segmentRowOf);
  }

  /** The segment that begins at this message, whether or not its messages still have their rows. */
  writtenAt(first: Seq): SegmentRow | undefined {
    const row = this.#db.first<SegmentColumns>(`SELECT ${segmentColumns} FROM segments WHERE first_seq = ?`, first);
    return row === undefined ? undefined : segmentRowOf(row);
  }

  /** The oldest segment that is to be written anew. `isErased`: a message in it was erased. `hasWords`: its words stand in an index. */
  due(): { segment: SegmentRow; isErased: boolean; hasWords: boolean } | undefined {
    const row = this.#db.first<SegmentColumns & { is_erased: number; has_words: number }>(
      `SELECT ${segmentColumns}, is_erased, group_no IS NOT NULL AS has_words FROM segments WHERE is_due = 1 ORDER BY first_seq LIMIT 1`,
    );
    if (row === undefined) return undefined;
    return { segment: segmentRowOf(row), isErased: row.is_erased === 1, hasWords: row.has_words === 1 };
  }

  /** The segment is to be written anew, unless nothing is left of it. `isErased`: a message in it was erased. */
  setDue(tx: Transactor, firstSeq: Seq, isErased: boolean): void {
    tx.run(
      `UPDATE segments SET is_due = 1, is_erased = MAX(is_erased, ?1)
       WHERE first_seq = ?2 AND (is_due = 0 OR (is_due = 1 AND is_erased < ?1) OR (is_due = 2 AND is_erased = 0))`,
      isErased ? 1 : 0,
      firstSeq,
    );
  }

  /** The segment cannot be read, so it cannot be written anew. Others come first, until a message in it changes again. */
  setAside(tx: Transactor, firstSeq: Seq): void {
    tx.run("UPDATE segments SET is_due = 2 WHERE first_seq = ?", firstSeq);
  }

  /** The segment cannot be read, and a message in it was erased. Nothing is left of it: it stays as a hole, and a search says so, because it stands in no index. */
  setLost(tx: Transactor, firstSeq: Seq): void {
    tx.run("UPDATE segments SET is_due = 2, is_erased = 1, group_no = NULL, slot = NULL WHERE first_seq = ?", firstSeq);
  }

  /** The next number for an object in R2. */
  takeGeneration(tx: Transactor): number {
    const generation = this.#nextGeneration++;
    this.#write(tx);
    return generation;
  }

  /** Notes a segment, in place of an older one that begins at the same message. Its words stand at a place of an index, or in none. */
  put(tx: Transactor, segment: WrittenSegment, words: { group: number; slot: number } | undefined): void {
    tx.run(
      `INSERT OR REPLACE INTO segments (first_seq, last_seq, first_rev, last_rev, rev, generation, digest, bytes, is_due, first_at, last_at, group_no, slot)
       VALUES (?, ?, ?, ?, ?, ?, unhex(?), ?, 0, ?, ?, ?, ?)`,
      segment.first,
      segment.last,
      segment.firstRev,
      segment.lastRev,
      segment.rev,
      segment.generation,
      segment.digest,
      segment.bytes,
      segment.firstAt,
      segment.lastAt,
      words?.group ?? null,
      words?.slot ?? null,
    );
    this.#written = Math.max(this.#written, segment.last);
  }

  moveEnd(tx: Transactor, end: ArchiveEnd): void {
    this.#end = end;
    this.#write(tx);
  }

  noteBytes(tx: Transactor, bytes: number): void {
    this.#bytes = bytes;
    this.#write(tx);
  }

  #write(tx: Transactor): void {
    const { seq, rev, hash, at } = this.#end;
    tx.run(
      "INSERT OR REPLACE INTO archive (id, seq, rev, hash, at, next_generation, bytes) VALUES (1, ?, ?, ?, ?, ?, ?)",
      seq,
      rev,
      hash,
      at,
      this.#nextGeneration,
      this.#bytes,
    );
  }

  #read(): void {
    const row = this.#db.first<{
      seq: number;
      rev: number;
      hash: string;
      at: number;
      next_generation: number;
      bytes: number;
    }>("SELECT seq, rev, hash, at, next_generation, bytes FROM archive WHERE id = 1");
    this.#end = row === undefined ? noEnd : { seq: row.seq, rev: row.rev, hash: row.hash, at: row.at };
    this.#nextGeneration = row?.next_generation ?? 1;
    this.#bytes = row?.bytes ?? 0;
    this.#written =
      row === undefined
        ? 0
        : (this.#db.first<{ last_seq: number }>("SELECT last_seq FROM segments ORDER BY first_seq DESC LIMIT 1")
            ?.last_seq ?? 0);
  }
}

/** The name of an object in R2: of a segment, or with a number below 0 of an index. */
export function keyOf(
  conversationId: ConversationId,
  { first, last }: { first: Seq; last: Seq },
  generation: number,
): string {
  const name = first < 0 ? `words-${-1 - first}` : `${first}-${last}`;
  return `archive/${conversationId}/${name}.${generation}`;
}

export function nameOf(conversationId: ConversationId, segment: SegmentRow): SegmentName {
  const { firstSeq: first, lastSeq: last, generation, digest } = segment;
  return { key: keyOf(conversationId, { first, last }, generation), digest, first, last };
}

export function segmentRowOf(row: SegmentColumns): SegmentRow {
  return {
    firstSeq: row.first_seq,
    lastSeq: row.last_seq,
    firstRev: row.first_rev,
    lastRev: row.last_rev,
    rev: row.rev,
    generation: row.generation,
    digest: [...new Uint8Array(row.digest)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}
