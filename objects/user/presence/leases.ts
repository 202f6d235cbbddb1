/**
 * Owns the leases that this user holds at the objects of watched users, and the last presence that those objects reported. A lease lapses
 * at the watched user's object by itself. While a socket watches, one alarm renews the lease. After the last socket stopped watching, the lease is kept
 * for a while and then given back: so a device that reconnects, or scrolls back, still finds it.
 */
import { isSameStatus } from "../../../core/presence.ts";
import { retryWaitMs } from "../../../core/retry.ts";
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { batches, timeouts } from "../../../schema/limits.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { call, userStub } from "../../shared/platform/calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database, Transactor } from "../../shared/platform/database.ts";
import type { Env } from "../../shared/platform/env.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import type { Seen } from "../../contract/presence.ts";
import type { AccountSide } from "../sides.ts";
import type { WatchedChanges } from "./watched-changes.ts";

/** `unwantedAt`: since when no socket watches the user; null while one does. `failures`: calls to their object that failed in a row. `until`: their object reports each change until then. */
type Lease = { renewAt: TimeMs; unwantedAt: TimeMs | null; failures?: number; until?: TimeMs };

export const leasesAlarm = "leases";

export type LeasesParts = {
  env: Env;
  db: Database;
  alarms: Alarms;
  account: Pick<AccountSide, "userId" | "isBlocked">;
  changes: Pick<WatchedChanges, "note">;
};

export class Leases {
  readonly #parts: LeasesParts;
  readonly #held: Map<UserId, Lease>;
  /** Whether some watched user has no lease, because there was no room for it. */
  isShort: boolean;
  /** The last reports; in memory only, and asked for again after an eviction. */
  readonly #known = new Map<UserId, Seen>();
  /** Leases that are being given back. A new request for one waits until that is done. */
  readonly #dropping = new Map<UserId, Promise<unknown>>();

  constructor(parts: LeasesParts) {
    this.#parts = parts;
    const row = parts.db.first<{ leases: string }>("SELECT leases FROM watch_leases");
    // Written by `save`, and by nothing else.
    this.#held = new Map(row === undefined ? [] : (JSON.parse(row.leases) as [UserId, Lease][]));
    this.isShort = this.#held.size >= batches.leasesMax;
  }

  /** The last report of a user with a lease; undefined where this object would have to ask theirs. */
  known(userId: UserId): Seen | undefined {
    return this.#held.has(userId) ? this.#known.get(userId) : undefined;
  }

  has(userId: UserId): boolean {
    return this.#held.has(userId);
  }

  /** Users beyond `leasesMax` get no lease and show as offline: so the row of all leases, and the calls to renew them, stay bounded. */
  want(userIds: readonly UserId[]): void {
    for (const id of userIds) {
      const lease = this.#held.get(id);
      if (lease !== undefined) lease.unwantedAt = null;
      else if (this.#hasRoom()) this.#held.set(id, { renewAt: now() + timeouts.presenceRetryMs, unwantedAt: null });
      else this.isShort = true;
    }
  }

  unwant(userIds: readonly UserId[]): void {
    for (const id of userIds) {
      const lease = this.#held.get(id);
      if (lease !== undefined) lease.unwantedAt ??= now();
    }
  }

  /** Asks each object for a lease and a report. Resolves when all have answered or failed; the alarm asks the failed ones again. */
  async ask(userIds: readonly UserId[]): Promise<void> {
    await inParallel(userIds, batches.presenceCallsMax, async (id) => {
      await this.#dropping.get(id);
      const until = now() + timeouts.presenceLeaseMs;
      const answer = await this.#call(
        "user.showPresence",
        (stub) => stub.showPresence(this.#parts.account.userId(), until),
        id,
      );
      const lease = this.#held.get(id);
      if (lease === undefined) return;
      // While a lease holds, the watched user's object reports every change by itself, so this answer brings nothing new.
      const wasCovered = now() < (lease.until ?? 0);
      if (!answer.ok) {
        lease.failures = (lease.failures ?? 0) + 1;
        const again = { firstMs: timeouts.presenceRetryMs, maxMs: timeouts.presenceRetryMaxMs };
        lease.renewAt = now() + retryWaitMs(lease.failures, Math.random(), again);
      } else {
        delete lease.failures;
        const held = answer.value.until ?? 0;
        lease.until = held;
        lease.renewAt = held > now() ? held - timeouts.presenceRenewMs : now() + timeouts.presenceAskAgainMs;
        this.learn(id, answer.value, wasCovered);
      }
    });
  }

  /** Applies a report; one that is older than the last is ignored. `wasCovered`: every change before it was reported, so without an earlier report to compare it with, it counts as unchanged. */
  learn(userId: UserId, seen: Seen, wasCovered = false): void {
    const before = this.#known.get(userId);
    if (before !== undefined && before.asOf >= seen.asOf) return;
    this.#known.set(userId, seen);
    const isChanged = before === undefined ? !wasCovered : !isSameStatus(before, seen);
    // Sockets receive nothing of a user whom this user blocks, not even that something changed.
    if (isChanged && !this.#parts.account.isBlocked(userId)) this.#parts.changes.note(userId);
  }

  /** The watched user's object has given this lease's place to another watcher and reports no more. It is asked again after a while. */
  ended(userId: UserId): void {
    const lease = this.#held.get(userId);
    if (lease === undefined) return;
    lease.until = 0;
    lease.renewAt = now() + timeouts.presenceAskAgainMs;
    this.#parts.db.transact((tx) => this.save(tx));
  }

  /** Stores all leases, and sets the alarm for the next one that is due. */
  save(tx: Transactor): void {
    if (this.#held.size === 0) tx.run("DELETE FROM watch_leases");
    else {
      tx.run(
        "INSERT INTO watch_leases (one, leases) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET leases = excluded.leases",
        JSON.stringify([...this.#held]),
      );
    }
    const { alarms } = this.#parts;
    const next = Math.min(...[...this.#held.values()].map(dueAt));
    const alarm = alarms.get(leasesAlarm);
    if (next === Infinity) alarms.clear(tx, leasesAlarm);
    // An alarm that is too early finds nothing and is set again; moving it each time would cost more.
    else if (alarm === undefined || alarm.dueAt > next || alarm.dueAt <= now()) alarms.set(tx, leasesAlarm, next);
  }

  /** Gives back leases that nobody has wanted for a while, and renews the others that are due. */
  async maintain(): Promise<void> {
    const at = now();
    const due = [...this.#held].filter(([, lease]) => dueAt(lease) <= at);
    const [unwanted, wanted] = [
      due.filter(([, l]) => l.unwantedAt !== null),
      due.filter(([, l]) => l.unwantedAt === null),
    ];
    for (const [id] of unwanted) this.#drop(id);
    await this.ask(wanted.map(([id]) => id));
    this.#parts.db.transact((tx) => this.save(tx));
  }

  /** If the call is lost, the lease lapses by itself. */
  #drop(id: UserId): void {
    this.#held.delete(id);
    this.#known.delete(id);
    const dropped = this.#call("user.dropWatch", (stub) => stub.dropWatch(this.#parts.account.userId()), id).finally(
      () => {
        if (this.#dropping.get(id) === dropped) this.#dropping.delete(id);
      },
    );
    this.#dropping.set(id, dropped);
  }

  /** Whether there is room for one more lease. An unwanted one is given back early to make room. */
  #hasRoom(): boolean {
    if (this.#held.size < batches.leasesMax) return true;
    const unwanted = [...this.#held].find(([, lease]) => lease.unwantedAt !== null);
    if (unwanted !== undefined) this.#drop(unwanted[0]);
    return unwanted !== undefined;
  }

  #call<T>(name: string, work: (stub: ReturnType<typeof userStub>) => Promise<T>, id: UserId) {
    return call(name, () => work(userStub(this.#parts.env, id)));
  }
}

function dueAt({ renewAt, unwantedAt }: Lease): TimeMs {
  return unwantedAt === null ? renewAt : unwantedAt + timeouts.presenceDropMs;
}
