/**
 * Owns what the watchers of this user are told: the answer to a watch, and the reports of changes. Reporting is level-triggered: a change sets one alarm before the first call, and the alarm is
 * settled only when all watchers have a report. After a crash, or where a watcher could not be reached, the later report has the presence of that later moment.
 */
import { decideStatus, hidden, mayKnow, nextReviewAt, type Status } from "../../../core/presence.ts";
import { retryWaitMs } from "../../../core/retry.ts";
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import type { Alarms, AlarmHandlers } from "../../shared/platform/alarms.ts";
import { call, userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Seen } from "../../contract/presence.ts";
import type { UserTransactor } from "../effects.ts";
import type { AccountSide } from "../sides.ts";
import { type Heartbeats, reviewAlarm } from "./heartbeats.ts";
import type { SilentSockets } from "./silent-sockets.ts";
import { lapseAlarm, WatcherRows } from "./watcher-rows.ts";

/** The alarm's data. `online`: all watchers have the report that this user is online. `unsettled`: some have still to receive a report. */
const reported = { online: 1, unsettled: 2 } as const;

export type WatchersParts = {
  env: Env;
  db: Database;
  alarms: Alarms;
  account: AccountSide;
  heartbeats: Heartbeats;
  silent: SilentSockets;
};

export class Watchers {
  readonly #parts: WatchersParts;
  readonly #rows: WatcherRows;
  /** Watchers that have still to receive a report; in memory only, so after an eviction all receive one. */
  readonly #behind = new Set<UserId>();
  #isReporting = false;
  #isAsking = false;
  /** The status in the last report, or in the reports under way. */
  #reportedStatus: Status["status"] = "offline";
  #failures = 0;
  /** Each answer and each report has a later `asOf` than the one before. */
  #lastAsOf = 0;

  constructor(parts: WatchersParts) {
    this.#parts = parts;
    this.#rows = new WatcherRows(parts);
  }

  /** The presence that a viewer may see now. With `until` they watch until then, if there is room. */
  async show(viewer: UserId, until: TimeMs | null): Promise<Seen> {
    if (this.#parts.account.user() === undefined) return this.#seenBy(viewer);
    if (this.#mustAsk(this.status())) await this.#parts.heartbeats.ask();
    if (until === null) return this.#seenBy(viewer);
    const held = this.#rows.watch(viewer, until);
    if (held.displaced !== undefined) this.#end(held.displaced);
    void this.#review("watched");
    return { ...this.#seenBy(viewer), until: held.until };
  }

  drop(viewer: UserId): void {
    this.#parts.db.transact((tx) => this.#rows.drop(tx, [viewer]));
    this.#behind.delete(viewer);
    void this.#review("watched");
  }

  /** The true status, whoever asks. */
  status(): Status {
    const { silent, heartbeats } = this.#parts;
    silent.suspect();
    return decideStatus(heartbeats.facts());
  }

  /** A frame was heard, or a device is gone: watchers receive a report if that changed the status. */
  review(): void {
    void this.#review("heard");
  }

  /** Call in the transaction that changes what watchers may know. All watchers receive a new report, or the one viewer whom the change concerns. */
  viewChanged(tx: UserTransactor, viewer?: UserId): void {
    const affected = this.#rows.present().filter((watcher) => viewer === undefined || watcher === viewer);
    if (affected.length === 0) return;
    tx.afterCommit({ do: "report to watchers", watchers: affected, knownAs: this.#mark(tx) });
  }

  /** After a commit: these watchers need a report; see `UserEffect`. */
  report(watchers: readonly UserId[], knownAs: Status["status"] | null): void {
    this.#begin(knownAs);
    for (const watcher of watchers) this.#behind.add(watcher);
    void this.#sendReports();
  }

  readonly alarmHandlers: AlarmHandlers = {
    [reviewAlarm]: () => this.#review("due"),
    [lapseAlarm]: () => {
      this.#rows.sweep();
      return this.#review("watched");
    },
  };

  /** Compares the status with the one in the last report. Where it has to report, it answers the promise of that. */
  #review(why: "heard" | "watched" | "due", hasAsked = false): Promise<void> | void {
    const { alarms, db } = this.#parts;
    const alarm = alarms.get(reviewAlarm);
    if (alarm === undefined && !this.#rows.isAny) return;
    const { status } = this.status();
    if (this.#mustAsk({ status }) && !hasAsked) return this.#askAndReview(why);
    if (alarm?.data === reported.unsettled) {
      // An eviction has emptied `#behind`, so everybody receives a report, also watchers who may not know the status: perhaps they lost the right just before, and must receive `offline`.
      if (why === "due" && this.#behind.size === 0)
        for (const watcher of this.#rows.present()) this.#behind.add(watcher);
      return this.#sendReports();
    }
    if (!this.#isSeen()) {
      if (alarm !== undefined) db.transact((tx) => alarms.clear(tx, reviewAlarm));
      return;
    }
    const wasOnline = alarm !== undefined;
    if (wasOnline === (status === "online")) {
      if (wasOnline && (why === "due" || alarm.dueAt <= now())) db.transact((tx) => this.#settle(tx, "online"));
    } else if (why === "watched" && !wasOnline) {
      // This watcher is the first who may know the status, and the answer to the watch has it: nobody else needs a report.
      db.transact((tx) => this.#settle(tx, "online"));
    } else {
      this.#begin(db.transact((tx) => this.#mark(tx)));
      return this.#sendReports();
    }
  }

  /** Whether conversations have to be asked before a watcher receives `offline`: they may have heard one of this user's devices. */
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

  /** Notes that watchers need a report, before the first call. Answers the status that they know; null where this was noted before. */
  #mark(tx: Transactor): Status["status"] | null {
    const { alarms } = this.#parts;
    const alarm = alarms.get(reviewAlarm);
    if (alarm?.data === reported.unsettled) return null;
    alarms.set(tx, reviewAlarm, now() + timeouts.presenceRetryMs, reported.unsettled);
    return alarm === undefined ? "offline" : "online";
  }

  /** Begins to report, unless that is under way. */
  #begin(knownAs: Status["status"] | null): void {
    if (knownAs === null) return;
    this.#reportedStatus = knownAs;
    this.#failures = 0;
  }

  /** All watchers have the report: sets the alarm for the next look, if it says `online`. */
  #settle(tx: Transactor, status: Status["status"]): void {
    const { alarms, heartbeats } = this.#parts;
    if (status === "online" && this.#isSeen()) {
      const { countingAt } = heartbeats.facts();
      alarms.set(tx, reviewAlarm, nextReviewAt(countingAt ?? now(), heartbeats.isOpen), reported.online);
    } else alarms.clear(tx, reviewAlarm);
  }

  /** All watchers who may know the status need a report. The others are not called: for them nothing changes, and the time of a call would betray the change. */
  #toAll(): void {
    for (const watcher of this.#rows.present()) if (this.#mayKnow(watcher)) this.#behind.add(watcher);
  }

  /** Reports to all watchers in `#behind`. The alarm repeats the reports that did not arrive, also after a fault here. Never throws. */
  async #sendReports(): Promise<void> {
    if (this.#isReporting) return;
    this.#isReporting = true;
    try {
      await this.#reportToAll();
    } catch (error) {
      logFault("presence", error);
    }
    this.#isReporting = false;
    // The status may have changed while the last watcher was called.
    if (this.#parts.alarms.get(reviewAlarm)?.data !== reported.unsettled) void this.#review("heard");
  }

  async #reportToAll(): Promise<void> {
    const { alarms, db } = this.#parts;
    const failed = new Set<UserId>();
    const gone: UserId[] = [];
    for (;;) {
      // If the status changed during these calls, all watchers receive a new report, also where the calls were for a few of them.
      const { status } = this.status();
      if (status !== this.#reportedStatus) this.#toAll();
      this.#reportedStatus = status;
      const round = [...this.#behind].filter((watcher) => !failed.has(watcher));
      if (round.length === 0) break;
      await inParallel(round, batches.presenceCallsMax, async (watcher) => {
        this.#behind.delete(watcher);
        const answer = await this.#reportToOne(watcher);
        if (answer === "failed") failed.add(watcher);
        if (answer === "not watching") gone.push(watcher);
      });
    }
    for (const watcher of failed) this.#behind.add(watcher);
    db.transact((tx) => {
      if (gone.length > 0) this.#rows.drop(tx, gone);
      if (failed.size === 0) return this.#settle(tx, this.#reportedStatus);
      const again = { firstMs: timeouts.presenceRetryMs, maxMs: timeouts.presenceRetryMaxMs };
      alarms.set(tx, reviewAlarm, now() + retryWaitMs(++this.#failures, Math.random(), again), reported.unsettled);
    });
  }

  async #reportToOne(watcher: UserId): Promise<"reported" | "not watching" | "failed"> {
    const { env, account } = this.#parts;
    const answer = await call("user.presenceChanged", () =>
      userStub(env, watcher).presenceChanged(account.userId(), this.#seenBy(watcher)),
    );
    if (!answer.ok) return "failed";
    return answer.value.isWatching ? "reported" : "not watching";
  }

  /** This watch ends now, and the watcher is told. If the call is lost, they learn it when they renew their lease. */
  #end(watcher: UserId): void {
    const { env, account } = this.#parts;
    this.#behind.delete(watcher);
    void call("user.presenceChanged", () =>
      userStub(env, watcher).presenceChanged(account.userId(), { ...this.#seenBy(watcher), until: 0 }),
    );
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

  /** Whether any watcher may know the status: only then is an alarm set. */
  #isSeen(): boolean {
    return this.#rows.present().some((watcher) => this.#mayKnow(watcher));
  }
}
