/**
 * Owns the lanes of the members: what is known of how far the inbox of each is. After waking that is what the store shows: no inbox is behind; or only those that the
 * lag row names; or any may be, and each is asked.
 */
import type { Rev, UserId } from "../../../schema/ids.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Store } from "../store.ts";
import { isSameAs } from "./audience.ts";
import { Lane } from "./lane.ts";

export class Lanes {
  readonly #store: Store;
  readonly #lanes = new Map<UserId, Lane>();
  /** The head when this object woke. */
  readonly #base: Rev;
  /** Whether some inbox may have been behind then. */
  #isDoubtful = false;
  /** The members of the lag row, with the revs that their inboxes have. If there are some, no other inbox is behind. */
  #lagging: ReadonlyMap<UserId, Rev>;

  constructor({ store, db }: { store: Store; db: Pick<Database, "onRollback"> }) {
    this.#store = store;
    this.#base = store.state?.head.rev ?? 0;
    this.#lagging = store.lagging();
    db.onRollback(() => (this.#lagging = store.lagging()));
  }

  /** Whether the lag row names members. */
  get areLagging(): boolean {
    return this.#lagging.size > 0;
  }

  /** Called first after waking. `isDoubtful`: an earlier life of this object may have left any inbox behind. */
  woke(isDoubtful: boolean): void {
    this.#isDoubtful = isDoubtful;
  }

  /** An alarm of an earlier life went off: from now on nothing that is not asked counts as known. */
  doubt(): void {
    if (this.#isDoubtful) return;
    this.#isDoubtful = true;
    for (const lane of this.#lanes.values()) lane.doubt();
  }

  /** The lane of a member. */
  of(userId: UserId): Lane {
    const known = this.#lanes.get(userId);
    if (known !== undefined) return known;
    const member = this.#store.state?.members.get(userId);
    const joinedBefore = (member?.joinedRev ?? 1) - 1;
    const base = Math.max(Math.min(this.#base, member?.leftRev ?? Infinity), joinedBefore);
    const lag = this.#lagging.get(userId);
    const isKnown = lag !== undefined || !this.#isDoubtful;
    const lane = new Lane({
      acked: Math.max(lag ?? (isKnown ? base : 0), joinedBefore),
      isKnown,
      base,
      storedRead: lag === undefined && isKnown ? (member?.read ?? -1) : -1,
      hasReceipt: this.#store.watermarks.owedReceipts.has(userId),
    });
    this.#lanes.set(userId, lane);
    return lane;
  }

  /** The lanes that were asked for, by member. */
  entries(): Iterable<[UserId, Lane]> {
    return this.#lanes.entries();
  }

  /** Whether the lane is still that of the member, who may have left, and come again, since it was asked for. */
  holds(userId: UserId, lane: Lane): boolean {
    return this.#lanes.get(userId) === lane;
  }

  /** The member has left and their inbox knows it. */
  drop(userId: UserId): void {
    this.#lanes.delete(userId);
  }

  /** Whether the lag row names just these, with these revs. */
  areLaggingAt(revs: ReadonlyMap<UserId, Rev>): boolean {
    return isSameAs(revs, this.#lagging);
  }

  /** Writes the lag row: these members' inboxes are behind, and no others. */
  setLagging(tx: Transactor, lagging: ReadonlyMap<UserId, Rev>): void {
    this.#store.setLagging(tx, lagging);
    this.#lagging = lagging;
  }
}
