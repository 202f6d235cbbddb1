/**
 * Owns the rows of the inbox: their order, and the rows that wait to be written. A waiting row is newer in
 * memory than in SQLite, and sockets may have received it. All reads answer the row in memory.
 */
import type { ConversationId, Epoch, Rev, Seq, Version } from "../../../../schema/ids.ts";
import type { Mark, MarkChanges, Marks } from "../../../../core/inbox/inbox-marks.ts";
import type { InboxRow, Place } from "../../../../core/inbox/inbox-row.ts";
import type { Mentioned } from "../../../../core/inbox/inbox.ts";
import { Versions } from "../../../../core/inbox/versions.ts";
import type { MentionPlace } from "../../../contract/search.ts";
import type { Reader } from "../../../shared/platform/database.ts";
import type { UserDatabase, UserTransactor } from "../../effects.ts";
import { RowSums, summedRows } from "./row-sums.ts";
import { type Columns, rowOf, writeRow } from "./inbox-columns.ts";
import { marksOf, writeMarks } from "./inbox-marks.ts";
import { mentionsPage, writeMentions } from "./inbox-mentions.ts";
import { InboxOrder, type Standing } from "./inbox-order.ts";
import { InboxLists } from "./inbox-lists.ts";
import { RowCache } from "./row-cache.ts";

/** The states of a row before and after a change. */
export type RowChange = { before: InboxRow | undefined; after: InboxRow };

/** The marks and mentions that change with a row. `isAnew`: all earlier marks of the conversation are dropped. */
export type MarksChange = { marks: MarkChanges; mentioned: readonly Mentioned[]; isAnew: boolean };

/** A row that memory is ahead of, as it is stored and as it is; and the marks and mentions that are not stored yet. */
type Waiting = {
  readonly stored: InboxRow;
  row: InboxRow;
  readonly marks: Map<Seq, Mark>;
  readonly mentioned: Map<Seq, Mentioned>;
};

const noChange: MarksChange = { marks: new Map(), mentioned: [], isAnew: false };

/** A row is being written, in this transaction. */
export type Written = (tx: UserTransactor, stored: InboxRow | undefined, row: InboxRow) => void;

export class InboxStore {
  readonly #db: UserDatabase;
  readonly #onWrite: Written;
  readonly #cached = new RowCache();
  /** See inbox-lists.ts. */
  readonly lists: InboxLists;
  readonly #waiting = new Map<ConversationId, Waiting>();
  #order: InboxOrder | undefined;
  #sums: RowSums | undefined;
  readonly epoch: Epoch;
  readonly #versions: Versions;

  constructor(db: UserDatabase, onWrite: Written = () => undefined) {
    this.#db = db;
    this.#onWrite = onWrite;
    this.lists = new InboxLists(db);
    db.onRollback(() => this.#forgetAll());
    this.epoch = (db.first<{ epoch: string }>("SELECT epoch FROM inbox_epoch")?.epoch ?? "") as Epoch;
    this.#versions = new Versions(
      db.first<{ version: number | null }>("SELECT MAX(version) AS version FROM inbox")?.version ?? 0,
    );
  }

  /** The user's version, that is, the version of the row that changed last. */
  get version(): Version {
    return this.#versions.present;
  }

  /** The next change takes the version after this one. */
  get lastVersion(): Version {
    return this.#versions.last;
  }

  /** A device has a version from before this waking, whose change may be lost. From now on the present version is at least that one. */
  reach(version: Version): void {
    this.#versions.reach(Math.min(version, this.#versions.last));
  }

  /** Whether sockets may receive changes up to this version before they are written. */
  mayShow(version: Version): boolean {
    return this.#versions.covers(version);
  }

  row(conversationId: ConversationId): InboxRow | undefined {
    const known = this.#waiting.get(conversationId)?.row ?? this.#cached.get(conversationId);
    if (known !== undefined) return known;
    const columns = this.#db.first<Columns>("SELECT * FROM inbox WHERE conversation_id = ?", conversationId);
    if (columns === undefined) return undefined;
    const row = rowOf(columns);
    this.#cached.keep(row);
    return row;
  }

  /** The marks of a row, also those that are not written yet. */
  marks(db: Reader, row: InboxRow | undefined): Marks {
    return marksOf(db, row, row === undefined ? undefined : this.#waiting.get(row.conversationId)?.marks);
  }

  /** Rows that changed after a version, in the order of their changes. */
  changedAfter(version: Version, limit: number): InboxRow[] {
    return version >= this.version ? [] : this.#read(this.#inOrder().changedAfter(version, limit));
  }

  /** Rows by activity, the newest first; after `place`, where one is given. */
  newest(place: Place | undefined, limit: number): InboxRow[] {
    return this.#read(this.#inOrder().newest(place, limit));
  }

  /** Rows in the order of these ids. */
  rowsOf(ids: readonly ConversationId[]): InboxRow[] {
    return this.#read(ids);
  }

  /** All rows are deleted: nothing that waits is written any more. */
  forget(): void {
    this.#waiting.clear();
    this.#forgetAll();
  }

  /** Where the user was mentioned, the newest first, behind a place. */
  mentions(after: MentionPlace | null, limit: number): MentionPlace[] {
    const waiting = [...this.#waiting].flatMap(([id, { mentioned }]) =>
      [...mentioned.values()].map(({ at, seq }) => ({ at, id, seq })),
    );
    return mentionsPage(this.#db, waiting, after, limit);
  }

  /** See row-sums.ts. */
  get sums(): RowSums {
    return (this.#sums ??= new RowSums(summedRows(this.#db, (id) => this.#waiting.get(id)?.row)));
  }

  /** The conversations whose rows wait to be written. */
  get waiting(): ConversationId[] {
    return [...this.#waiting.keys()];
  }

  /** The stored rev, which a crash cannot take back. */
  storedRev(conversationId: ConversationId): Rev {
    return (this.#waiting.get(conversationId)?.stored ?? this.row(conversationId))?.rev ?? 0;
  }

  isWaiting(conversationId: ConversationId): boolean {
    return this.#waiting.has(conversationId);
  }

  /** Applies a change to memory. It waits to be written. */
  apply({ before, after }: RowChange & { before: InboxRow }, { marks, mentioned }: Omit<MarksChange, "isAnew">): void {
    const { conversationId, read } = after;
    const waiting = this.#waiting.get(conversationId) ?? {
      stored: before,
      row: after,
      marks: new Map<Seq, Mark>(),
      mentioned: new Map<Seq, Mentioned>(),
    };
    waiting.row = after;
    for (const mention of mentioned) waiting.mentioned.set(mention.seq, mention);
    for (const seq of waiting.marks.keys()) if (seq <= read) waiting.marks.delete(seq);
    for (const [seq, mark] of marks) waiting.marks.set(seq, mark);
    this.#waiting.set(conversationId, waiting);
    this.#cached.forget(conversationId);
    this.#order?.move(before, after);
    this.#sums?.move(before, after);
    this.#versions.reach(after.version);
  }

  /** Writes rows that wait. They count as written by `written`, after the commit. */
  writeWaiting(tx: UserTransactor, ids: Iterable<ConversationId>): void {
    for (const id of ids) {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) continue;
      const { marks, mentioned } = waiting;
      this.#write(tx, waiting, waiting.row, { marks, mentioned: [...mentioned.values()], isAnew: false });
    }
  }

  written(ids: Iterable<ConversationId>): void {
    for (const id of ids) {
      const row = this.#waiting.get(id)?.row;
      if (row === undefined) continue;
      this.#waiting.delete(id);
      this.#cached.keep(row);
      this.#versions.stored(row.version);
    }
  }

  /** A waiting row cannot be written, so it is again as it is stored. */
  giveUp(conversationId: ConversationId): void {
    this.#waiting.delete(conversationId);
    this.#order = undefined;
    this.#sums = undefined;
  }

  /** Writes a change at once, together with waiting changes of the same row. `committed` changes memory, after the commit. */
  write(tx: UserTransactor, { before, after }: RowChange, change: MarksChange = noChange): void {
    const { marks, mentioned, isAnew } = change;
    const waiting = this.#waiting.get(after.conversationId);
    if (waiting === undefined) {
      this.#write(tx, { stored: before }, after, change);
      return;
    }
    const kept = isAnew ? [] : [...waiting.marks].filter(([seq]) => seq > after.read);
    this.#write(tx, waiting, after, {
      marks: new Map([...kept, ...marks]),
      mentioned: [...waiting.mentioned.values(), ...mentioned],
      isAnew,
    });
  }

  /** These rows are now stored. */
  committed(changes: Iterable<RowChange>): void {
    for (const { before, after } of changes) {
      this.#waiting.delete(after.conversationId);
      this.#cached.keep(after);
      this.#order?.move(before, after);
      this.#sums?.move(before, after);
      this.#versions.stored(after.version);
    }
  }

  #write(
    tx: UserTransactor,
    { stored }: { stored: InboxRow | undefined },
    row: InboxRow,
    { marks, mentioned, isAnew }: MarksChange,
  ): void {
    writeRow(tx, stored, row);
    writeMarks(tx, stored, row, marks, isAnew);
    writeMentions(tx, row.conversationId, mentioned);
    if (row.pushes !== null) this.#onWrite(tx, stored, row);
  }

  #inOrder(): InboxOrder {
    if (this.#order !== undefined) return this.#order;
    const standings: Standing[] = [];
    this.#db.each<{ conversation_id: string; version: number; at: number }>(
      "SELECT conversation_id, version, at FROM inbox",
      [],
      ({ conversation_id, version, at }) => {
        const conversationId = conversation_id as ConversationId;
        return standings.push(this.#waiting.get(conversationId)?.row ?? { conversationId, version, at }) > 0;
      },
    );
    this.#order = new InboxOrder(standings);
    return this.#order;
  }

  /** Rows in the order of these ids, by one statement. They are not cached, because a list would displace the rows that deliveries need. */
  #read(ids: readonly ConversationId[]): InboxRow[] {
    const missing = ids.filter((id) => !this.#waiting.has(id) && this.#cached.get(id) === undefined);
    const read = new Map<string, InboxRow>();
    if (missing.length > 0) {
      const statement = "SELECT * FROM inbox WHERE conversation_id IN (SELECT value FROM json_each(?))";
      for (const columns of this.#db.all<Columns>(statement, JSON.stringify(missing)))
        read.set(columns.conversation_id, rowOf(columns));
    }
    return ids.flatMap((id) => this.#waiting.get(id)?.row ?? this.#cached.get(id) ?? read.get(id) ?? []);
  }

  /** After a rollback: rows that were read meanwhile may never have been stored, so the cache is emptied. Waiting rows are no part of the rollback. */
  #forgetAll(): void {
    this.#cached.clear();
    this.#order = undefined;
    this.#sums = undefined;
  }
}
