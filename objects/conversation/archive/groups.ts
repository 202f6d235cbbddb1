/** Owns which segments share an index of their words, and which object in R2 is that index. All SQL on groups. */
import { isIndexFull } from "../../../core/search/segment-index.ts";
import type { ConversationId, Seq, TimeMs } from "../../../schema/ids.ts";
import type { IndexName, IndexPlace, LostIndex, WrittenIndex } from "../../contract/archive.ts";
import type { Before, GroupToSearch, SegmentsAsk, SegmentToSearch } from "../../contract/search.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import {
  keyOf,
  type Manifest,
  nameOf,
  type SegmentColumns,
  segmentColumns,
  type SegmentRow,
  segmentRowOf,
} from "./manifest.ts";
import type { Puts, Stretch } from "./puts.ts";

/** `slots`: segments that have a part of the index, one each. `bytes`: of the index, unpacked. */
export const groupTables = `
  CREATE TABLE segment_groups (
    group_no INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    digest BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    slots INTEGER NOT NULL
  );
  CREATE INDEX segments_in_groups ON segments (group_no, slot);
`;

type GroupRow = { no: number; generation: number; digest: string; bytes: number; slots: number };

/** SQL: the first message of the segment comes before a place. */
const startsBefore = "(first_at < ? OR (first_at = ? AND first_seq < ?))";
const valuesOf = ({ at, seq }: Before): number[] => [at, at, seq];

/** Stands for the segments without an index, which every search reads. */
const noGroup = -1;

export class Groups {
  readonly #db: Database;
  readonly #manifest: Manifest;
  readonly #puts: Puts;

  constructor(db: Database, manifest: Manifest, puts: Puts) {
    this.#db = db;
    this.#manifest = manifest;
    this.#puts = puts;
  }

  /** Where the words of a segment go: an old one keeps its slot, a new one gets the next of the last group that has room. `takePut`: a number for the new index. */
  placeFor(id: ConversationId, old: SegmentRow | undefined, takePut: (stretch: Stretch) => number): IndexPlace {
    const kept = old === undefined ? undefined : this.#slotOf(old.firstSeq);
    const group = this.#group(kept?.group);
    const isNext = kept === undefined && group !== undefined && isIndexFull(group.bytes, group.slots);
    const no = kept?.group ?? (group === undefined ? 0 : group.no + Number(isNext));
    const present = isNext ? undefined : group;
    const stretch = stretchOf(no);
    const generation = takePut(stretch);
    return {
      group: no,
      slot: kept?.slot ?? present?.slots ?? 0,
      generation,
      key: keyOf(id, stretch, generation),
      present: present === undefined ? null : { ...nameOfIndex(id, present), generation: present.generation },
    };
  }

  /** Whether an index was made from the present one, and its put is still awaited. */
  isInPlace({ group, generation, replaces }: WrittenIndex): boolean {
    return (this.#group(group)?.generation ?? null) === replaces && this.#puts.awaits(generation, stretchOf(group));
  }

  /** Notes an index. The object in R2 of the one that it replaces is to be deleted. */
  put(tx: Transactor, { group, slot, generation, replaces, digest, bytes }: WrittenIndex, at: TimeMs): void {
    tx.run(
      `INSERT INTO segment_groups (group_no, generation, digest, bytes, slots) VALUES (?, ?, unhex(?), ?, ?)
       ON CONFLICT (group_no) DO UPDATE SET generation = excluded.generation, digest = excluded.digest, bytes = excluded.bytes, slots = MAX(slots, excluded.slots)`,
      group,
      generation,
      digest,
      bytes,
      slot + 1,
    );
    this.#puts.forget(tx, generation);
    if (replaces !== null) this.#puts.remove(tx, replaces, stretchOf(group), at);
  }

  /**
   * An index that cannot be read is given up, if it is still the present one: its object is deleted, for nobody can take erased words out of it. Its segments
   * stand in no index, and so are searched in any case, until they are written anew and stand in another one.
   */
  drop(tx: Transactor, { group, generation }: LostIndex, at: TimeMs): void {
    if (this.#group(group)?.generation !== generation) return;
    tx.run("DELETE FROM segment_groups WHERE group_no = ?", group);
    tx.run(
      "UPDATE segments SET group_no = NULL, slot = NULL, is_due = CASE is_due WHEN 2 THEN 2 ELSE 1 END WHERE group_no = ?",
      group,
    );
    this.#puts.remove(tx, generation, stretchOf(group), at);
  }

  /**
   * The groups with archived messages between `after` and a place, and not before `since`; the newest first. `next`: the place before which there are
   * more.
   */
  toSearch(
    id: ConversationId,
    { after, before, since, segmentsMax }: { after: Seq; before: Before; since: TimeMs; segmentsMax: number },
  ): { groups: GroupToSearch[]; next: Before | null } {
    const rows = this.#db.all<{ group_no: number; last_seq: number; last_at: number }>(
      `SELECT COALESCE(group_no, ${noGroup}) AS group_no, last_seq, last_at FROM segments
       WHERE first_seq <= ? AND last_seq > ? AND last_at >= ? AND ${startsBefore}
       ORDER BY first_seq DESC LIMIT ?`,
      this.#manifest.through,
      after,
      since,
      ...valuesOf(before),
      segmentsMax + 1,
    );
    const groups = new Map<number, GroupToSearch>();
    for (const { group_no: no, last_seq, last_at } of rows.slice(0, segmentsMax)) {
      if (groups.has(no)) continue;
      const group = no === noGroup ? undefined : this.#group(no);
      const index = group === undefined ? null : nameOfIndex(id, group);
      groups.set(no, { group: no, index, slots: group?.slots ?? 0, before: { at: last_at, seq: last_seq + 1 } });
    }
    const last = rows[segmentsMax];
    return {
      groups: [...groups.values()],
      next: last === undefined ? null : { at: last.last_at, seq: last.last_seq + 1 },
    };
  }

  segments(
    id: ConversationId,
    { group, slots, before, since, after }: SegmentsAsk & { after: Seq },
  ): Omit<SegmentToSearch, "held">[] {
    return this.#db
      .all<SegmentColumns & { last_at: number }>(
        `SELECT ${segmentColumns}, last_at FROM segments
         WHERE first_seq <= ? AND last_seq > ? AND last_at >= ? AND ${startsBefore}
           AND group_no IS ? AND (? OR slot IN (SELECT value FROM json_each(?)))
         ORDER BY first_seq DESC`,
        this.#manifest.through,
        after,
        since,
        ...valuesOf(before),
        group === noGroup ? null : group,
        slots === null ? 1 : 0,
        JSON.stringify(slots ?? []),
      )
      .map((row) => {
        const segment = segmentRowOf(row);
        return { name: nameOf(id, segment), before: { at: row.last_at, seq: segment.lastSeq + 1 } };
      });
  }

  #slotOf(firstSeq: Seq): { group: number; slot: number } | undefined {
    return this.#db.first<{ group: number; slot: number }>(
      'SELECT group_no AS "group", slot FROM segments WHERE first_seq = ? AND group_no IS NOT NULL',
      firstSeq,
    );
  }

  /** A group; the last one where none is named. */
  #group(no: number | undefined): GroupRow | undefined {
    return this.#db.first<GroupRow>(
      `SELECT group_no AS no, generation, lower(hex(digest)) AS digest, bytes, slots FROM segment_groups
       WHERE group_no = COALESCE(?, (SELECT MAX(group_no) FROM segment_groups))`,
      no ?? null,
    );
  }
}

/** Puts are noted for a stretch of messages; that of an index has seqs below 0, which no message has. */
function stretchOf(group: number): Stretch {
  return { first: -1 - group, last: -1 - group };
}

function nameOfIndex(id: ConversationId, { no, generation, digest }: GroupRow): IndexName {
  return { key: keyOf(id, stretchOf(no), generation), digest };
}
