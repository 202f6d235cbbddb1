/** Owns the pages in which the queue's consumer asks a large group what is due to single members, and reports which inboxes have it. */
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { Seq, UserId } from "../../../../schema/ids.ts";
import type { DeliveredRow, DueRow } from "../../../contract/delivery/pulled-row.ts";
import { now } from "../../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../../shared/platform/database.ts";
import type { LiveHost } from "../../live/live-turn.ts";
import type { State, Store } from "../../store.ts";
import type { Due } from "./due.ts";
import type { Hints } from "./hints.ts";
import type { PulledRows } from "../pulled-rows.ts";
import type { PushRounds } from "./push-rounds.ts";

export type DuePagesParts = {
  db: Database;
  store: Store;
  due: Due;
  rows: PulledRows;
  pushes: PushRounds;
  hints: Hints;
  audience: Pick<LiveHost, "devicesOf">;
  /** Messages of a member that perhaps no call has brought to their other devices. */
  ownOf: (userId: UserId) => readonly Seq[];
};

export class DuePages {
  readonly #parts: DuePagesParts;

  constructor(parts: DuePagesParts) {
    this.#parts = parts;
  }

  /** Whether nothing is to be brought to anybody. */
  isEmpty(state: State): boolean {
    return this.#parts.due.isEmpty && !this.#parts.pushes.isPending(state);
  }

  /** The next page behind a member, after noting which inboxes have what an earlier page had. */
  page(state: State, after: UserId | null, delivered: readonly DeliveredRow[]): { due: DueRow[]; next: UserId | null } {
    const { db, due, rows, pushes, hints, audience, ownOf } = this.#parts;
    if (delivered.length > 0) db.transact((tx) => this.noteDelivered(tx, state, delivered));
    pushes.reported(state, after, new Set(delivered.map(({ userId }) => userId)));
    hints.begun();
    const limit = largeGroups.duePageMembers;
    const concerned = new Set(due.after(after, limit));
    const userIds = [...new Set([...concerned, ...pushes.page(state, after, limit)])]
      .toSorted((a, b) => (a < b ? -1 : 1))
      .slice(0, limit);
    const page: DueRow[] = [];
    const gone: UserId[] = [];
    for (const userId of userIds) {
      const [row, member] = [rows.of(userId, null), state.members.get(userId)];
      if (row === null || member === undefined) {
        gone.push(userId);
        continue;
      }
      // An inbox drops what is older than what it has. So whatever a call of its own still has to bring comes along.
      const items = row.hasLeft ? [] : due.items(state, userId, ownOf(userId));
      const pushed = row.hasLeft ? [] : pushes.items(state, member, items);
      // Whoever has read everything is not called for nothing.
      const told = { userId, row, items, liveDevices: audience.devicesOf(userId) };
      if (pushed.length > 0) page.push({ ...told, pushes: pushed });
      else if (concerned.has(userId)) page.push(told);
    }
    pushes.named(page.flatMap((each) => (each.pushes === undefined ? [] : [each.userId])));
    if (page.length === 0 && userIds.length < limit) pushes.end(state);
    this.#end(state, gone);
    return { due: page, next: userIds.length === limit ? (userIds.at(-1) ?? null) : null };
  }

  /** A former member whose inbox knows it is forgotten. */
  noteDelivered(tx: Transactor, state: State, delivered: readonly DeliveredRow[]): void {
    const { store, due, pushes } = this.#parts;
    for (const each of delivered) {
      due.delivered(tx, each);
      if (each.wantsAll !== undefined && store.member(each.userId) !== undefined)
        pushes.want(tx, each.userId, each.wantsAll, state.head.seq, each.wantsAt ?? now());
      const member = state.members.get(each.userId);
      if (member !== undefined && member.leftRev !== null && !due.has(each.userId)) store.forgetLeft(tx, state, member);
    }
    if (this.isEmpty(state)) this.#parts.hints.end(tx);
  }

  /** Nothing is due to users of whom nothing is known. */
  #end(state: State, gone: readonly UserId[]): void {
    const { db, due, pushes, hints } = this.#parts;
    if (gone.length === 0 && !(hints.isSet && this.isEmpty(state))) return;
    db.transact((tx) => {
      for (const userId of gone) {
        due.forget(tx, userId);
        pushes.forget(tx, userId);
      }
      if (this.isEmpty(state)) hints.end(tx);
    });
  }
}
