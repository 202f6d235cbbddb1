/**
 * Owns the order of a user's inbox in memory: which rows changed after a version, and which come next by activity. It takes a little more than a hundred
 * bytes a row. It is read from SQLite by one scan when it is first needed. An index in SQLite would write a second row with every message.
 */
import type { ConversationId, TimeMs, Version } from "../../../../schema/ids.ts";
import type { Place } from "../../../../core/inbox/inbox-row.ts";

/** The fields of a row that make its place. No two rows have the same version. */
export type Standing = { readonly conversationId: ConversationId; readonly version: Version; readonly at: TimeMs };

export class InboxOrder {
  /** Ascending, so that a changed row goes to the end. */
  readonly #byVersion: Standing[];
  /** Oldest activity first, so that a row with new activity goes to the end, too. Made when it is first needed. */
  #byActivity: Standing[] | undefined;

  constructor(standings: Iterable<Standing>) {
    this.#byVersion = [...standings].sort((a, b) => a.version - b.version);
  }

  /** A row changed, or is new. */
  move(before: Standing | undefined, after: Standing): void {
    const standing = { conversationId: after.conversationId, version: after.version, at: after.at };
    if (before !== undefined) take(this.#byVersion, before, byVersion);
    put(this.#byVersion, standing, byVersion);
    if (this.#byActivity === undefined) return;
    if (before !== undefined) take(this.#byActivity, before, byActivity);
    put(this.#byActivity, standing, byActivity);
  }

  /** Rows that changed after a version, in the order of their changes. */
  changedAfter(version: Version, limit: number): ConversationId[] {
    const from = countWhere(this.#byVersion, (standing) => standing.version <= version);
    return this.#byVersion.slice(from, from + limit).map((standing) => standing.conversationId);
  }

  /** Rows by activity, the newest first, ties by id; after `place`, where one is given. */
  newest(place: Place | undefined, limit: number): ConversationId[] {
    this.#byActivity ??= [...this.#byVersion].sort(byActivity);
    const end =
      place === undefined
        ? this.#byActivity.length
        : countWhere(this.#byActivity, (standing) => byActivity(standing, place) < 0);
    return this.#byActivity
      .slice(Math.max(0, end - limit), end)
      .map((standing) => standing.conversationId)
      .reverse();
  }
}

type Compare<T> = (a: T, b: T) => number;

function byVersion(a: Standing, b: Standing): number {
  return a.version - b.version;
}

function byActivity(a: Place, b: Place): number {
  return a.at - b.at || (a.conversationId < b.conversationId ? -1 : a.conversationId > b.conversationId ? 1 : 0);
}

function put(sorted: Standing[], standing: Standing, compare: Compare<Standing>): void {
  const last = sorted.at(-1);
  if (last === undefined || compare(last, standing) < 0) sorted.push(standing);
  else
    sorted.splice(
      countWhere(sorted, (other) => compare(other, standing) < 0),
      0,
      standing,
    );
}

function take(sorted: Standing[], standing: Standing, compare: Compare<Standing>): void {
  const index = countWhere(sorted, (other) => compare(other, standing) < 0);
  if (sorted[index]?.conversationId === standing.conversationId) sorted.splice(index, 1);
}

/** Binary search: how many entries at the start of a sorted list fulfil a condition that holds for a first part of it and for no other. */
function countWhere(sorted: readonly Standing[], isBefore: (standing: Standing) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const standing = sorted[middle];
    if (standing !== undefined && isBefore(standing)) low = middle + 1;
    else high = middle;
  }
  return low;
}
