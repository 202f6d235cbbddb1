/** Owns the users whom each socket of this user watches, the presence that is sent to it, and a look without a watch. */
import { hidden, isSameStatus, type Status } from "../../../core/presence.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import { rates } from "../../../schema/rates.ts";
import type { Presence, PresenceFrame } from "../../../schema/wire/presence.ts";
import type { Alarms, AlarmHandlers } from "../../shared/platform/alarms.ts";
import { call, userStub, withDeadline } from "../../shared/platform/calls.ts";
import { Buckets } from "../../shared/meters/buckets.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import { logFault } from "../../shared/platform/log.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import { isMinted } from "../../shared/identity/mint.ts";
import type { Seen } from "../../contract/presence.ts";
import type { AccountSide } from "../sides.ts";
import type { SyncSocket, SyncSockets } from "../sync-sockets.ts";
import { Leases, leasesAlarm } from "./leases.ts";
import type { SilentSockets } from "./silent-sockets.ts";
import { WatchedChanges } from "./watched-changes.ts";
import type { Watchers } from "./watchers.ts";

/** `isAnswered`: the `watch` was answered; from then on the socket receives changes. `sent`: the presence that was sent to it since this object woke. */
type WatchSet = { readonly userIds: ReadonlySet<UserId>; isAnswered: boolean; readonly sent: Map<UserId, Presence> };

export type WatchesParts = {
  env: Env;
  db: Database;
  alarms: Alarms;
  account: AccountSide;
  sockets: SyncSockets;
  silent: Pick<SilentSockets, "suspect">;
  /** Knows this user's own status, as their devices see it. */
  watchers: Pick<Watchers, "status">;
};

export class Watches {
  readonly #parts: WatchesParts;
  readonly #leases: Leases;
  /** By the number of the set, which stands in the socket's attachment. */
  readonly #sets = new Map<number, WatchSet>();
  readonly #changes = new WatchedChanges((userIds) => this.#push(userIds));
  readonly #asks = new Buckets(rates.presenceAsksPerUser);

  constructor(parts: WatchesParts) {
    this.#parts = parts;
    const { db, sockets } = parts;
    this.#leases = new Leases({ ...parts, changes: this.#changes });
    const open = new Set([...sockets.entries()].map((entry) => entry.attachment.watchSet));
    const lost: number[] = [];
    for (const row of db.all<{ id: number; user_ids: string }>("SELECT id, user_ids FROM watch_sets")) {
      // Written by `watch`, and by nothing else.
      this.#sets.set(row.id, {
        userIds: new Set(JSON.parse(row.user_ids) as UserId[]),
        isAnswered: true,
        sent: new Map(),
      });
      if (!open.has(row.id)) lost.push(row.id);
    }
    if (lost.length === 0) return;
    try {
      this.#end(lost);
    } catch (error) {
      // A throw here would keep the object from waking; its next constructor tries again.
      logFault("lost watches", error);
    }
  }

  /**
   * The socket watches these users and no others. Answers their presence in their order; a user whose object could not be reached in time shows as
   * offline, and a `presence` frame follows when it was reached. Errors: `rate_limited`.
   */
  async watch(entry: SyncSocket, userIds: readonly UserId[]): Promise<Outcome<Presence[]>> {
    const fresh = this.#far(userIds).filter((id) => this.#leases.known(id) === undefined);
    const waitMs = this.#waitMs(fresh.length);
    if (waitMs > 0) return refuse("rate_limited", "you ask for the presence of too many users", waitMs);
    const set: WatchSet = { userIds: new Set(userIds), isAnswered: false, sent: new Map() };
    const id = entry.attachment.watchSet ?? newSetId();
    const before = this.#sets.get(id);
    if (entry.attachment.watchSet === undefined) this.#parts.sockets.keep(entry, { watchSet: id });
    this.#sets.set(id, set);
    this.#unwant(before?.userIds ?? []);
    this.#leases.want(this.#far(userIds));
    const asked = fresh.filter((userId) => this.#leases.has(userId));
    await withDeadline(this.#leases.ask(asked), timeouts.presenceAskMs).catch(() => undefined);
    try {
      this.#keep(id, set);
    } catch (error) {
      // The set that was stored before stays.
      if (this.#sets.get(id) === set) this.#restore(id, before);
      throw error;
    }
    set.isAnswered = true;
    return done(this.#news(set, [...set.userIds]));
  }

  /** The presence of these users, in their order, without watching them; a user whose object cannot be reached shows as offline. Errors: `rate_limited`. */
  async look(userIds: readonly UserId[]): Promise<Outcome<Presence[]>> {
    const far = this.#far(userIds);
    const waitMs = this.#waitMs(far.length);
    if (waitMs > 0) return refuse("rate_limited", "you ask for the presence of too many users", waitMs);
    const { env, account } = this.#parts;
    const seen = new Map<UserId, Seen>();
    const asked = inParallel(far, batches.presenceCallsMax, async (id) => {
      const answer = await call("user.showPresence", () => userStub(env, id).showPresence(account.userId(), null));
      if (answer.ok) seen.set(id, answer.value);
    });
    await withDeadline(asked, timeouts.presenceAskMs).catch(() => undefined);
    return done(userIds.map((userId) => this.#shown(userId, seen.get(userId))));
  }

  /** A watched user reports their presence. Answers whether this user still watches them. */
  changed(userId: UserId, seen: Seen): { isWatching: boolean } {
    if (!this.#leases.has(userId)) return { isWatching: false };
    this.#leases.learn(userId, seen);
    if (seen.until === 0) this.#leases.ended(userId);
    return { isWatching: true };
  }

  /** This user has blocked somebody, or ended it: sockets receive what they may see now. */
  blockChanged(userId: UserId): void {
    this.#changes.note(userId);
  }

  socketGone({ attachment }: SyncSocket): void {
    if (attachment.watchSet !== undefined) this.#end([attachment.watchSet]);
  }

  readonly alarmHandlers: AlarmHandlers = {
    [leasesAlarm]: async () => {
      // A silent socket watches nobody any more.
      this.#parts.silent.suspect();
      await this.#leases.maintain();
      if (this.#leases.isShort) await this.#takeUp();
    },
  };

  /** The users among these whose own objects have to be asked. */
  #far(userIds: readonly UserId[]): UserId[] {
    const { env, account } = this.#parts;
    return [...new Set(userIds)].filter((id) => id !== account.userId() && isMinted(env.ID_SECRET, id, "user"));
  }

  #shown(userId: UserId, seen: Status | undefined): Presence {
    const { account, watchers } = this.#parts;
    const status =
      userId === account.userId() ? watchers.status() : account.isBlocked(userId) ? hidden : (seen ?? hidden);
    return { userId, status: status.status, lastActiveAt: status.lastActiveAt };
  }

  #waitMs(asks: number): number {
    if (areRatesOff(this.#parts.env)) return 0;
    const self = this.#parts.account.userId();
    const waitMs = this.#asks.waitMs(self, now(), asks);
    if (waitMs === 0) this.#asks.spend(self, now(), asks);
    return waitMs;
  }

  /** Stores the set, unless the socket is gone or watches others by now: then a later call has stored its own. Stores the leases in any case. */
  #keep(id: number, set: WatchSet): void {
    const isCurrent = this.#sets.get(id) === set;
    this.#parts.db.transact((tx) => {
      if (isCurrent && set.userIds.size === 0) tx.run("DELETE FROM watch_sets WHERE id = ?", id);
      else if (isCurrent) {
        tx.run(
          "INSERT INTO watch_sets (id, user_ids) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET user_ids = excluded.user_ids",
          id,
          JSON.stringify([...set.userIds]),
        );
      }
      this.#leases.save(tx);
    });
  }

  #end(ids: readonly number[]): void {
    const ended = ids.flatMap((id) => this.#sets.get(id) ?? []);
    if (ended.length === 0) return;
    for (const id of ids) this.#sets.delete(id);
    this.#unwant(new Set(ended.flatMap((set) => [...set.userIds])));
    this.#parts.db.transact((tx) => {
      tx.run("DELETE FROM watch_sets WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
      this.#leases.save(tx);
    });
  }

  #restore(id: number, before: WatchSet | undefined): void {
    const failed = this.#sets.get(id);
    if (before === undefined) this.#sets.delete(id);
    else this.#sets.set(id, before);
    this.#unwant(failed?.userIds ?? []);
    this.#leases.want(this.#far([...(before?.userIds ?? [])]));
  }

  /** Asks for leases on watched users for whom there was no room before. */
  async #takeUp(): Promise<void> {
    const watched = new Set([...this.#sets.values()].flatMap((set) => [...set.userIds]));
    const missing = this.#far([...watched].filter((userId) => !this.#leases.has(userId)));
    this.#leases.isShort = false;
    this.#leases.want(missing);
    const asked = missing.filter((userId) => this.#leases.has(userId));
    if (asked.length === 0) return;
    await this.#leases.ask(asked);
    this.#parts.db.transact((tx) => this.#leases.save(tx));
  }

  #unwant(userIds: Iterable<UserId>): void {
    const sets = [...this.#sets.values()];
    this.#leases.unwant([...userIds].filter((userId) => !sets.some((set) => set.userIds.has(userId))));
  }

  /** Sends each socket the changes of the users whom it watches, as one frame. */
  #push(changed: readonly UserId[]): void {
    const { sockets } = this.#parts;
    for (const entry of sockets.entries()) {
      const { attachment } = entry;
      const set = attachment.watchSet === undefined ? undefined : this.#sets.get(attachment.watchSet);
      if (set?.isAnswered !== true) continue;
      const presence = this.#news(set, changed);
      if (presence.length === 0) continue;
      const frame: PresenceFrame = { type: "presence", presence };
      // It waits in one line with the answer to a `watch`, so that an older answer cannot come after it.
      sockets.queue(entry, JSON.stringify(frame), false);
    }
  }

  /** The presence of these users, as far as the socket watches them and has not received it yet. Notes it as sent. */
  #news(set: WatchSet, userIds: readonly UserId[]): Presence[] {
    return userIds.flatMap((userId) => {
      if (!set.userIds.has(userId)) return [];
      const shown = this.#shown(userId, this.#leases.known(userId));
      const sent = set.sent.get(userId);
      if (sent !== undefined && isSameStatus(sent, shown)) return [];
      set.sent.set(userId, shown);
      return [shown];
    });
  }
}

/** A number is never given twice, because a socket may outlive its set. */
function newSetId(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}
