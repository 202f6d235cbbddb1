/** Owns the manifest of the archive: up to where messages lie in segments, which segments there are, and which objects in R2 belong to no segment. All SQL on it. */
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

  -- group_no, slot: where its words stand in the index for search.
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

  /** The oldest segment that is to be written anew. */
  due(): SegmentRow | undefined {
    const row = this.#db.first<SegmentColumns>(
      `SELECT ${segmentColumns} FROM segments WHERE is_due = 1 ORDER BY first_seq LIMIT 1`,
    );
    return row === undefined ? undefined : segmentRowOf(row);
  }

  setDue(tx: Transactor, firstSeq: Seq): void {
    tx.run("UPDATE segments SET is_due = 1 WHERE first_seq = ? AND is_due <> 1", firstSeq);
  }

  /** The segment cannot be read, so it cannot be written anew. Others come first, until a message in it changes again. */
  setAside(tx: Transactor, firstSeq: Seq): void {
    tx.run("UPDATE segments SET is_due = 2 WHERE first_seq = ?", firstSeq);
  }

  /** A number for an object that is about to be put. If it never becomes a segment, it is deleted later. */
  takeGeneration(tx: Transactor, { first, last }: { first: Seq; last: Seq }, deleteAt: TimeMs): number {
    const generation = this.#nextGeneration++;
    this.#write(tx);
    tx.run(
      "INSERT INTO archive_puts (generation, first_seq, last_seq, delete_at) VALUES (?, ?, ?, ?)",
      generation,
      first,
      last,
      deleteAt,
    );
    return generation;
  }

  /** Whether this put is still awaited. */
  awaits(generation: number, first: Seq, last: Seq): boolean {
    const row = this.#db.first<{ first_seq: number; last_seq: number }>(
      "SELECT first_seq, last_seq FROM archive_puts WHERE generation = ?",
      generation,
    );
    return row?.first_seq === first && row.last_seq === last;
  }

  /** Objects that are to be deleted by now. */
  abandoned(at: TimeMs, limit: number): { generation: number; first: Seq; last: Seq }[] {
    return this.#db.all<{ generation: number; first: Seq; last: Seq }>(
      "SELECT generation, first_seq AS first, last_seq AS last FROM archive_puts WHERE delete_at <= ? LIMIT ?",
      at,
      limit,
    );
  }

  /** When the next object is to be deleted. */
  nextDeletion(): TimeMs | undefined {
    return this.#db.first<{ at: number | null }>("SELECT MIN(delete_at) AS at FROM archive_puts")?.at ?? undefined;
  }

  /** The object is to be deleted now. */
  abandon(tx: Transactor, generation: number, at: TimeMs): void {
    tx.run("UPDATE archive_puts SET delete_at = MIN(delete_at, ?) WHERE generation = ?", at, generation);
  }

  forgetPut(tx: Transactor, generation: number): void {
    tx.run("DELETE FROM archive_puts WHERE generation = ?", generation);
  }

  /** Notes that an object counts from now on. The object that it replaces, if any, is to be deleted at `at`. */
  replacePut(
    tx: Transactor,
    generation: number,
    replaces: number | null,
    { first, last }: { first: Seq; last: Seq },
    at: TimeMs,
  ): void {
    this.forgetPut(tx, generation);
    if (replaces === null) return;
    tx.run(
      "INSERT INTO archive_puts (generation, first_seq, last_seq, delete_at) VALUES (?, ?, ?, ?)",
      replaces,
      first,
      last,
      at,
    );
  }

  /** Notes a segment. It takes the place of `old`, whose object is then to be deleted. */
  put(tx: Transactor, segment: WrittenSegment, old: SegmentRow | undefined, at: TimeMs): void {
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
      segment.index?.group ?? null,
      segment.index?.slot ?? null,
    );
    this.replacePut(tx, segment.generation, old?.generation ?? null, segment, at);
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
