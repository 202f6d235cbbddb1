/**
 * Owns to whose inboxes a large group sends changes that do not concern them: those of members who have a device that looks. An inbox asks for it until a time,
 * which is a row. It then receives its row after changes, with a pause between two of them. Memory knows what inboxes have. After an eviction in which
 * something was left to be told, all of them are told anew.
 */
import { growingWaitMs } from "../../../core/retry.ts";
import type { TimeMs, UserId } from "../../../schema/ids.ts";
import { largeGroups } from "../../../schema/bounds/large-groups.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { PulledRow, RowAnswer, RowKnown } from "../../contract/delivery/pulled-row.ts";
import type { Alarm, Alarms } from "../../shared/platform/alarms.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Database } from "../../shared/platform/database.ts";
import { inParallel } from "../../shared/platform/in-parallel.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { State } from "../store.ts";
import type { Direct } from "./direct.ts";
import { isNewer } from "./pulled-rows.ts";

/** Set while inboxes fail that look. It calls them after waits that grow, of which the number is in its row, so that the group sleeps in between. */
export const looksAlarm = "large looks";
/** Calls without an answer after which an inbox counts as one that fails. */
const failingCalls = 2;

export type LookersParts = {
  db: Database;
  alarms: Alarms;
  awake: Awake;
  /** Undefined while the group is small. */
  large: () => State | undefined;
  direct: () => Pick<Direct, "serve" | "reached">;
};

type Look = {
  until: TimeMs;
  /** What the inbox has, as far as this object knows. */
  told: RowKnown | null;
  /** Before this the inbox is not called again for the sake of what does not concern the member. */
  pacedUntil: TimeMs;
  /** Calls since the inbox last answered. */
  calls: number;
  /** A call began after the inbox had asked for this look, so its answer may end it. */
  isCalled: boolean;
};

export class Lookers {
  readonly #parts: LookersParts;
  /** Undefined until somebody asks after waking, or after the group grew. */
  #looks: Map<UserId, Look> | undefined;
  /** When the next round begins. */
  #roundAt: TimeMs | undefined;
  #lastRoundAt = 0;
  /** A round still calls inboxes. No other begins meanwhile, so that no inbox is called by two of them. */
  #isRound = false;
  /** A round was to begin while another one ran. */
  #isNextWanted = false;

  constructor(parts: LookersParts) {
    this.#parts = parts;
  }

  has(userId: UserId): boolean {
    return (this.#all().get(userId)?.until ?? 0) > now();
  }

  /** An inbox asks to receive changes until then, or no longer. `known`: what it has, or is answered now. */
  look(userId: UserId, until: TimeMs | null, known: RowKnown | null): void {
    const present = this.#all().get(userId);
    if (until === null) {
      if (present !== undefined) this.#end([userId]);
      return;
    }
    const end = Math.min(until, now() + timeouts.rowLookMs);
    // A row of which most is left is not written again: the inbox asks anew long before it ends.
    const isLong = present !== undefined && present.until >= end - timeouts.rowLookSlackMs;
    this.#all().set(userId, {
      until: isLong ? present.until : end,
      told: known,
      pacedUntil: present?.pacedUntil ?? 0,
      calls: 0,
      isCalled: false,
    });
    if (!isLong)
      this.#write((sql) => sql("INSERT OR REPLACE INTO large_lookers (user_id, until) VALUES (?, ?)", userId, end));
  }

  /** After a commit that took a rev. */
  published(): void {
    if (this.#all().size > 0) this.#schedule(now());
  }

  /** A call to this inbox begins. */
  calling(userId: UserId): void {
    const look = this.#all().get(userId);
    if (look !== undefined) look.isCalled = true;
  }

  /** An inbox answered what it received. The answer to a call that began before the inbox asked does not end the look. */
  told(userId: UserId, { membership, rev, read, hasLeft }: PulledRow, answer: RowAnswer): void {
    const look = this.#all().get(userId);
    if (look === undefined) return;
    look.calls = 0;
    look.pacedUntil = now() + timeouts.rowTellMs;
    const row = { membership, rev, read };
    if (look.told === null || isNewer(row, look.told)) look.told = row;
    const isOver = answer.isUnwatched === true || answer.isGone === true || hasLeft;
    if (isOver && look.isCalled) this.#end([userId]);
    else if (this.#isBehind(look)) this.#schedule(look.pacedUntil);
  }

  /** The alarm went off. `isDoubtful`: an earlier life of the object set it, so nobody knows what inboxes have. */
  rung(isDoubtful: boolean): void {
    if (isDoubtful) for (const look of this.#all().values()) look.told = null;
    if (this.isBehind) this.#schedule(now());
  }

  /** Whether some inbox may lack something that is not known to fail. */
  get isBehind(): boolean {
    return [...this.#all().values()].some((look) => look.calls < failingCalls && this.#isBehind(look));
  }

  /** Only inboxes that fail lack something: their alarm calls them. */
  waitForFailing(): void {
    if (this.#isAnyBehind && this.#parts.alarms.get(looksAlarm) === undefined) this.#setAlarm(0);
  }

  /** The alarm of those that fail. */
  again({ data }: Alarm): void {
    const { alarms, db } = this.#parts;
    if (!this.#isAnyBehind) {
      db.transact((tx) => alarms.clear(tx, looksAlarm));
      return;
    }
    this.#setAlarm((data ?? 0) + 1);
    for (const look of this.#all().values()) if (look.calls >= failingCalls) look.pacedUntil = now();
    this.#schedule(now());
  }

  get #isAnyBehind(): boolean {
    return [...this.#all().values()].some((look) => look.until > now() && this.#isBehind(look));
  }

  #setAlarm(times: number): void {
    const { alarms, db } = this.#parts;
    const waits = { firstMs: timeouts.rowTellMs, maxMs: timeouts.fanOutRetryMaxMs };
    db.transact((tx) => alarms.set(tx, looksAlarm, now() + growingWaitMs(times + 1, waits), times));
  }

  #isBehind({ told }: Look): boolean {
    return told === null || told.rev < (this.#parts.large()?.head.rev ?? 0);
  }

  #all(): Map<UserId, Look> {
    if (this.#looks !== undefined) return this.#looks;
    if (this.#parts.large() === undefined) return new Map();
    const rows = this.#parts.db.all<{ user_id: string; until: number }>("SELECT user_id, until FROM large_lookers");
    this.#looks = new Map(
      rows.map(({ user_id, until }) => [
        user_id as UserId,
        { until, told: null, pacedUntil: 0, calls: 0, isCalled: false },
      ]),
    );
    return this.#looks;
  }

  #schedule(from: TimeMs): void {
    const at = Math.max(from, this.#lastRoundAt + timeouts.rowRoundMs);
    if (this.#roundAt !== undefined && this.#roundAt <= at) return;
    this.#roundAt = at;
    this.#parts.awake.after(Math.max(0, at - now()), () => {
      if (this.#roundAt === at) this.#round();
    });
  }

  /** Calls the inboxes that are behind and have had their pause. Those that fail have longer and longer ones. */
  #round(): void {
    this.#roundAt = undefined;
    if (this.#isRound) {
      this.#isNextWanted = true;
      return;
    }
    const at = (this.#lastRoundAt = now());
    const ended: UserId[] = [];
    const due: UserId[] = [];
    let next = Infinity;
    for (const [userId, look] of this.#all()) {
      if (look.until <= at) ended.push(userId);
      else if (!this.#isBehind(look)) continue;
      else if (look.pacedUntil > at) next = Math.min(next, look.pacedUntil);
      else {
        look.pacedUntil = at + Math.min(timeouts.rowTellMs * 2 ** look.calls++, timeouts.dueHintMaxMs);
        due.push(userId);
      }
    }
    if (ended.length > 0) this.#end(ended);
    // The alarm sees to longer ones.
    if (next <= at + timeouts.rowTellMs) this.#schedule(next);
    const direct = this.#parts.direct();
    if (due.length === 0) return;
    this.#isRound = true;
    const work = inParallel(due, largeGroups.dueCallsAtOnce, async (userId) => {
      // Meanwhile the look may have ended or begun anew, or another call was answered.
      if ((this.#all().get(userId)?.calls ?? 0) === 0) return;
      direct.serve(userId);
      await direct.reached([userId]);
    }).finally(() => {
      this.#isRound = false;
      if (this.#isNextWanted) this.#schedule(now());
      this.#isNextWanted = false;
    });
    this.#parts.awake.during(work).catch((error: unknown) => logFault("looks", error, {}));
  }

  #end(userIds: readonly UserId[]): void {
    for (const userId of userIds) this.#all().delete(userId);
    this.#write((sql) =>
      sql("DELETE FROM large_lookers WHERE user_id IN (SELECT value FROM json_each(?))", JSON.stringify(userIds)),
    );
  }

  /** If it cannot be written, memory has it, and an eviction ends it. */
  #write(work: (sql: (statement: string, ...values: (string | number)[]) => number) => void): void {
    try {
      this.#parts.db.transact((tx) => work((...statement) => tx.run(...statement)));
    } catch (error) {
      logFault("looks", error, {});
    }
  }
}
