/**
 * Owns who watches this user, and telling them. Telling is level-triggered: a change sets one alarm before the first call, and only when all were told
 * is it settled; so a crash, or a watcher that could not be reached, comes to telling anew what is so then, which is harmless.
 */
import { decideStatus, hidden, mayKnow, nextReviewAt, type Status } from "../../../core/presence.ts";
import { retryWaitMs } from "../../../core/retry.ts";
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { call, userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Seen } from "../contract.ts";
import type { AccountSide, AlarmHandlers } from "../sides.ts";
import type { SyncSockets } from "../sockets/sync-sockets.ts";
import type { Heartbeats } from "./heartbeats.ts";

/** The alarm that looks again, and tells again. Without it, whoever watches was told `offline`. */
export const reviewAlarm = "presence";
/** Its data: all were told `online`; or somebody is still to be told what is so now. */
const told = { online: 1, unsettled: 2 } as const;
/** The alarm that takes out watches that have lapsed. */
const lapseAlarm = "watchers";

export type WatchersParts = {
  env: Env;
  db: Database;
  alarms: Alarms;
  account: AccountSide;
  heartbeats: Heartbeats;
  sockets: SyncSockets;
};

export class Watchers {
  readonly #parts: WatchersParts;
  /** Those still to be told, as far as this object remembers; after an eviction it tells all. */
  readonly #behind = new Set<UserId>();
  #isTelling = false;
  #isAsking = false;
  /** What all were told, or hear now. */
  #saying: Status["status"] = "offline";
  #failures = 0;
  /** Each answer and each telling is later than the one before. */
  #lastAsOf = 0;

  constructor(parts: WatchersParts) {
    this.#parts = parts;
  }

  /** What somebody may see, as of now. With `until` they watch until then, if there is room for them. */
  async show(viewer: UserId, until: TimeMs | null): Promise<Seen> {
    if (this.#parts.account.user() === undefined) return this.#seenBy(viewer);
    if (this.#mustAsk(this.status())) await this.#parts.heartbeats.ask();
    if (until === null) return this.#seenBy(viewer);
    const held = this.#watch(viewer, until);
    void this.#review("watched");
    return { ...this.#seenBy(viewer), until: held };
  }

  drop(viewer: UserId): void {
    this.#parts.db.transact((tx) => tx.run("DELETE FROM watchers WHERE user_id = ?", viewer));
    this.#behind.delete(viewer);
    void this.#review("watched");
  }

  /** What there is to know, whoever asks. */
  status(): Status {
    const { sockets, heartbeats } = this.#parts;
    sockets.closeSilent();
    return decideStatus(heartbeats.facts());
  }

  /** Something was heard, or a device is gone: those who watch are told if that changed anything. */
  review(): void {
    void this.#review("heard");
  }

  /** What some may know has changed: call in the transaction of the change. Everybody is told anew, or the one whom it concerns. */
  viewChanged(tx: Transactor, viewer?: UserId): void {
    const affected = this.#present().filter((watcher) => viewer === undefined || watcher === viewer);
    if (affected.length === 0) return;
    this.#mark(tx);
    tx.afterCommit(() => {
      for (const watcher of affected) this.#behind.add(watcher);
      void this.#tell();
    });
  }

  readonly alarmHandlers: AlarmHandlers = {
    [reviewAlarm]: () => this.#review("due"),
    [lapseAlarm]: () => {
      this.#sweep();
      return this.#review("watched");
    },
  };

  /** Answers with the telling, where it has to tell. */
  #review(why: "heard" | "watched" | "due", hasAsked = false): Promise<void> | void {
    const { alarms, db } = this.#parts;
    const alarm = alarms.get(reviewAlarm);
    if (alarm === undefined && !this.#isWatched()) return;
    const { status } = this.status();
    if (this.#mustAsk({ status }) && !hasAsked) return this.#askAndReview(why);
    if (alarm?.data === told.unsettled) {
      // Whom the mark was for is forgotten: everybody is told, those too who may not know, for that may be what they were to hear.
      if (why === "due" && this.#behind.size === 0) for (const watcher of this.#present()) this.#behind.add(watcher);
      return this.#tell();
    }
    if (!this.#isSeen()) {
      if (alarm !== undefined) db.transact((tx) => alarms.clear(tx, reviewAlarm));
      return;
    }
    const wasOnline = alarm !== undefined;
    if (wasOnline === (status === "online")) {
      if (wasOnline && (why === "due" || alarm.dueAt <= now())) db.transact((tx) => this.#settle(tx, "online"));
    } else if (why === "watched" && !wasOnline) {
      // Nobody who may know watched until now: there is nobody to tell who was not just answered.
      db.transact((tx) => this.#settle(tx, "online"));
    } else {
      let telling: Promise<void> | undefined;
      db.transact((tx) => {
        this.#mark(tx);
        tx.afterCommit(() => {
          telling = this.#tell();
        });
      });
      return telling;
    }
  }

  /** Before anybody hears that this user is offline, those are asked who may have heard them. */
  #mustAsk({ status }: Pick<Status, "status">): boolean {
    return status === "offline" && this.#parts.heartbeats.mustAsk;
  }

  async #askAndReview(why: "heard" | "watched" | "due"): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await this.#parts.heartbeats.ask();
    } catch (error) {
      logFault("presence", error);
    }
    this.#isAsking = false;
    await this.#review(why, true);
  }

  /** Somebody is to be told: noted before anybody is. */
  #mark(tx: Transactor): void {
    const { alarms } = this.#parts;
    const alarm = alarms.get(reviewAlarm);
    if (alarm?.data === told.unsettled) return;
    tx.afterCommit(() => {
      this.#saying = alarm === undefined ? "offline" : "online";
      this.#failures = 0;
    });
    alarms.set(tx, reviewAlarm, now() + timeouts.presenceRetryMs, told.unsettled);
  }

  /** All were told this: the next look is for a silence, or there is nothing to look for. */
  #settle(tx: Transactor, said: Status["status"]): void {
    const { alarms, heartbeats } = this.#parts;
    if (said === "online" && this.#isSeen()) {
      const { countingAt } = heartbeats.facts();
      alarms.set(tx, reviewAlarm, nextReviewAt(countingAt ?? now(), heartbeats.isOpen), told.online);
    } else alarms.clear(tx, reviewAlarm);
  }

  /** Those who may know. To the others nothing changes, and when they hear of something would tell them what. */
  #toAll(): void {
    for (const watcher of this.#present()) if (this.#mayKnow(watcher)) this.#behind.add(watcher);
  }

  /** Tells everybody who is behind; who could not be reached is told again by the alarm, as after a fault of this object. Never throws. */
  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      await this.#tellAll();
    } catch (error) {
      logFault("presence", error);
    }
    this.#isTelling = false;
    // What was told may have become untrue while the last of them heard it.
    if (this.#parts.alarms.get(reviewAlarm)?.data !== told.unsettled) void this.#review("heard");
  }

  async #tellAll(): Promise<void> {
    const { alarms, db } = this.#parts;
    const failed = new Set<UserId>();
    const gone: UserId[] = [];
    for (;;) {
      // Whatever the occasion was: if this user came or went meanwhile, all hear of it.
      const { status } = this.status();
      if (status !== this.#saying) this.#toAll();
      this.#saying = status;
      const round = [...this.#behind].filter((watcher) => !failed.has(watcher));
      if (round.length === 0) break;
      await inParallel(round, batches.presenceCallsMax, async (watcher) => {
        this.#behind.delete(watcher);
        const answer = await this.#tellOne(watcher);
        if (answer === "failed") failed.add(watcher);
        if (answer === "not watching") gone.push(watcher);
      });
    }
    for (const watcher of failed) this.#behind.add(watcher);
    db.transact((tx) => {
      if (gone.length > 0) {
        tx.run("DELETE FROM watchers WHERE user_id IN (SELECT value FROM json_each(?))", JSON.stringify(gone));
      }
      if (failed.size === 0) return this.#settle(tx, this.#saying);
      const again = { firstMs: timeouts.presenceRetryMs, maxMs: timeouts.presenceRetryMaxMs };
      alarms.set(tx, reviewAlarm, now() + retryWaitMs(++this.#failures, Math.random(), again), told.unsettled);
    });
  }

  async #tellOne(watcher: UserId): Promise<"told" | "not watching" | "failed"> {
    const { env, account } = this.#parts;
    const answer = await call("user.presenceChanged", () =>
      userStub(env, watcher).presenceChanged(account.userId(), this.#seenBy(watcher)),
    );
    if (!answer.ok) return "failed";
    return answer.value.isWatching ? "told" : "not watching";
  }

  /** Answers until when the watch holds; 0 where there are too many. A row is written only where it brings something. */
  #watch(viewer: UserId, until: TimeMs): TimeMs {
    const { db, alarms } = this.#parts;
    const present = db.first<{ until: number }>("SELECT until FROM watchers WHERE user_id = ?", viewer)?.until;
    if (present === undefined) {
      const others = db.first<{ n: number }>("SELECT COUNT(*) AS n FROM watchers WHERE until > ?", now())?.n ?? 0;
      if (others >= batches.watchersMax && !this.#makeRoomFor(viewer)) return 0;
    } else if (present >= until - timeouts.presenceRenewMs) return present;
    db.transact((tx) => {
      tx.run(
        "INSERT INTO watchers (user_id, until) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET until = excluded.until",
        viewer,
        until,
      );
      if (alarms.get(lapseAlarm) === undefined) alarms.set(tx, lapseAlarm, until);
    });
    return until;
  }

  /** Contacts go before strangers: of those the one whose watch would end first is told that it ends now. */
  #makeRoomFor(viewer: UserId): boolean {
    const { db, account, env } = this.#parts;
    if (!account.hasContact(viewer)) return false;
    const rows = db.all<{ user_id: UserId }>("SELECT user_id FROM watchers WHERE until > ? ORDER BY until", now());
    const stranger = rows.find((row) => !account.hasContact(row.user_id))?.user_id;
    if (stranger === undefined) return false;
    db.transact((tx) => tx.run("DELETE FROM watchers WHERE user_id = ?", stranger));
    this.#behind.delete(stranger);
    // Should this be lost, they find out when they renew.
    void call("user.presenceChanged", () =>
      userStub(env, stranger).presenceChanged(account.userId(), { ...this.#seenBy(stranger), until: 0 }),
    );
    return true;
  }

  /** Takes out what has lapsed; looks again when the last of the others may have. */
  #sweep(): void {
    const { db, alarms } = this.#parts;
    db.transact((tx) => {
      tx.run("DELETE FROM watchers WHERE until <= ?", now());
      const last = tx.first<{ until: number | null }>("SELECT MAX(until) AS until FROM watchers")?.until ?? null;
      if (last === null) alarms.clear(tx, lapseAlarm);
      else alarms.set(tx, lapseAlarm, last);
    });
  }

  #seenBy(viewer: UserId): Seen {
    this.#lastAsOf = Math.max(now(), this.#lastAsOf + 1);
    return { ...(this.#mayKnow(viewer) ? this.status() : hidden), asOf: this.#lastAsOf };
  }

  #mayKnow(viewer: UserId): boolean {
    const { account } = this.#parts;
    if (account.user() === undefined) return false;
    return mayKnow({
      setting: account.settings().presence,
      isContact: account.hasContact(viewer),
      isBlocked: account.isBlocked(viewer),
      isSelf: viewer === account.userId(),
    });
  }

  #isWatched(): boolean {
    return this.#parts.db.first("SELECT 1 FROM watchers WHERE until > ?", now()) !== undefined;
  }

  /** Whether somebody watches who may know: only then is it worth an alarm. */
  #isSeen(): boolean {
    return this.#present().some((watcher) => this.#mayKnow(watcher));
  }

  #present(): UserId[] {
    const rows = this.#parts.db.all<{ user_id: UserId }>("SELECT user_id FROM watchers WHERE until > ?", now());
    return rows.map((row) => row.user_id);
  }
}
