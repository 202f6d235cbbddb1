/**
 * Owns the record of older sends: under which seqs a key may have been sent (core/sent/sent-pages.ts). A key that was sent is always found; one that was not may be
 * found, too, so the caller reads the message.
 */
import { FingerprintFilter } from "../../../core/sent/fingerprint-filter.ts";
import { bytesOfFingerprint, entriesOf, pagesOf, type SentEntry } from "../../../core/sent/sent-pages.ts";
import {
  filterBitsOf,
  longRunLevel,
  pageId,
  pagesOfShortRuns,
  pagesWith,
  shortFilterBits,
  type Step,
  stepsOf,
} from "../../../core/sent/sent-runs.ts";
import { fingerprintOf } from "../../../core/sent/sip-hash.ts";
import type { Seq } from "../../../schema/ids.ts";
import { conversationHolds } from "../../../schema/limits.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";

/** The one row of `sent_record`. Messages up to `afterSeq` are in `sent`; `segments` segments after it are in the record. `mergedFrom`: see sent-runs.ts. */
type RecordState = { afterSeq: Seq; segments: number; mergedFrom: number; key: [number, number] };

export const sentRecordTables = `
  CREATE TABLE sent_record (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    after_seq INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    key BLOB NOT NULL
  );
  INSERT INTO sent_record SELECT 1, COALESCE(MAX(seq), 0), 0, randomblob(8) FROM messages;
  CREATE TABLE sent_pages (id INTEGER PRIMARY KEY, page BLOB NOT NULL);
  -- Of the mentions that were asked for, where there were some: an edit changes those of the message.
  ALTER TABLE messages ADD COLUMN mentions_digest TEXT;
`;

/** A later step: a record that has segments keeps the runs that it has. sent_filters: of long runs, by the id of their first page; a run from before this step has none. */
export const longRunsOfSent = `
  ALTER TABLE sent_record ADD COLUMN merged_from INTEGER NOT NULL DEFAULT 0;
  UPDATE sent_record SET merged_from = segments;
  CREATE TABLE sent_filters (run INTEGER PRIMARY KEY, bits BLOB NOT NULL);
`;

/** What is in the short runs, and in long ones, by the id of their first page. */
type Filters = { short: FingerprintFilter; long: Map<number, FingerprintFilter> };

/** Sends after waking before the pages of the short runs, 63 at most, and the filters of the long ones are read at once, so that most later sends read none of either. */
const lookupsBeforeFilter = 16;

export class SentRecord {
  readonly #db: Database;
  #state: RecordState;
  /** Undefined until it is worth reading them. */
  #filters: Filters | undefined;
  #lookups = 0;

  constructor(db: Database) {
    this.#db = db;
    this.#state = this.#read();
    db.onRollback(() => {
      this.#state = this.#read();
      this.#filters = undefined;
      this.#lookups = 0;
    });
  }

  /** The last message from before this record, or 0. These have a row each, in `sent`. */
  get afterSeq(): Seq {
    return this.#state.afterSeq;
  }

  /** The last message that is in the record. */
  get upTo(): Seq {
    const { afterSeq, segments } = this.#state;
    return afterSeq + segments * conversationHolds.sentSegmentMessages;
  }

  /** Records the messages behind the last one, as many as a segment has. `keyOf`: under which key a message was sent. */
  addSegment(tx: Transactor, keyOf: (senderId: string, clientId: string) => string): void {
    const { segments } = this.#state;
    const [first, ...others] = stepsOf(this.#state);
    const from = this.upTo + 1;
    const entries = tx
      .all<{ seq: number; sender_id: string; client_id: string }>(
        "SELECT seq, sender_id, client_id FROM messages WHERE seq BETWEEN ? AND ?",
        from,
        from + conversationHolds.sentSegmentMessages - 1,
      )
      .map((row) => ({ fingerprint: this.#fingerprint(keyOf(row.sender_id, row.client_id)), seq: row.seq }));
    if (this.#filters !== undefined && first.run.level >= longRunLevel)
      this.#filters.short = new FingerprintFilter(shortFilterBits);
    else for (const { fingerprint } of entries) this.#filters?.short.add(fingerprint);
    this.#take(tx, first, entries);
    this.#putFilter(tx, first, entries);
    for (const step of others) this.#take(tx, step, []);
    tx.run("UPDATE sent_record SET segments = ? WHERE id = 1", segments + 1);
    this.#state = { ...this.#state, segments: segments + 1 };
  }

  /** Makes the pages of a step, of the pages that go and of these entries. */
  #take(tx: Transactor, step: Step, entries: SentEntry[]): void {
    if (step.merged.length > 0) {
      const ids = JSON.stringify(step.merged);
      const pages = "sent_pages WHERE id IN (SELECT value FROM json_each(?))";
      for (const { page } of tx.all<{ page: ArrayBuffer }>(`SELECT page FROM ${pages}`, ids))
        for (const entry of entriesOf(page)) entries.push(entry);
      tx.run(`DELETE FROM ${pages}`, ids);
    }
    for (const { id, page } of pagesOf(step, entries))
      tx.run("INSERT INTO sent_pages (id, page) VALUES (?, ?)", id, page);
    for (const run of step.gone) {
      if (filterBitsOf(run) === undefined) continue;
      tx.run("DELETE FROM sent_filters WHERE run = ?", pageId(run, 0));
      this.#filters?.long.delete(pageId(run, 0));
    }
  }

  #putFilter(tx: Transactor, { run }: Step, entries: readonly SentEntry[]): void {
    const bits = filterBitsOf(run);
    if (bits === undefined) return;
    const filter = new FingerprintFilter(bits);
    for (const { fingerprint } of entries) filter.add(fingerprint);
    tx.run("INSERT INTO sent_filters (run, bits) VALUES (?, ?)", pageId(run, 0), filter.bytes);
    this.#filters?.long.set(pageId(run, 0), filter);
  }

  /** The seqs under which a key may have been sent. Reads one page of each run. */
  *seqsOf(key: string): Generator<Seq> {
    const { segments } = this.#state;
    if (segments === 0) return;
    const fingerprint = this.#fingerprint(key);
    if (this.#lookups++ === lookupsBeforeFilter) this.#filters = this.#readFilters();
    const isOffShortRuns = this.#filters !== undefined && !this.#filters.short.mayHold(fingerprint);
    const ids = pagesWith(fingerprint, this.#state, isOffShortRuns ? longRunLevel : 0)
      .filter(({ run }) => this.#filters?.long.get(pageId(run, 0))?.mayHold(fingerprint) !== false)
      .map((page) => page.id);
    if (ids.length === 0) return;
    const pages = this.#db.all<{ page: ArrayBuffer }>(
      "SELECT page FROM sent_pages WHERE id IN (SELECT value FROM json_each(?)) AND instr(page, ?) > 0",
      JSON.stringify(ids),
      bytesOfFingerprint(fingerprint),
    );
    for (const { page } of pages)
      for (const entry of entriesOf(page)) if (entry.fingerprint === fingerprint) yield entry.seq;
  }

  #readFilters(): Filters {
    const short = new FingerprintFilter(shortFilterBits);
    const pages = this.#db.all<{ page: ArrayBuffer }>(
      "SELECT page FROM sent_pages WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(pagesOfShortRuns(this.#state.segments)),
    );
    for (const { page } of pages) for (const { fingerprint } of entriesOf(page)) short.add(fingerprint);
    const filters = this.#db.all<{ run: number; bits: ArrayBuffer }>("SELECT run, bits FROM sent_filters");
    return { short, long: new Map(filters.map(({ run, bits }) => [run, new FingerprintFilter(bits)])) };
  }

  #fingerprint(key: string): number {
    return fingerprintOf(this.#state.key, key);
  }

  #read(): RecordState {
    const row = this.#db.first<{ after_seq: number; segments: number; merged_from: number; key: ArrayBuffer }>(
      "SELECT after_seq, segments, merged_from, key FROM sent_record WHERE id = 1",
    );
    if (row === undefined) throw new Error("the record of sends is not there");
    const view = new DataView(row.key);
    const key: [number, number] = [view.getUint32(0), view.getUint32(4)];
    return { afterSeq: row.after_seq, segments: row.segments, mergedFrom: row.merged_from, key };
  }
}
