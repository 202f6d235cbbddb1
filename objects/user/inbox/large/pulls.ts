/**
 * Owns asking large groups for the rows that this inbox has of them: when a device comes back, before a list or a row is shown, and before a poll answers that
 * nothing changed. While a device looks, a question also asks to receive changes for a while, where the row is not muted; one alarm asks all anew before that
 * ends. A question that fails leaves the row as it is stored. While a device looks, the alarm repeats it. A wish of which messages are to be pushed that did not
 * reach its group is repeated by an alarm of its own, whether a device looks or not. Where a mute ends by itself, another alarm says so to the group.
 */
import { growingWaitMs } from "../../../../core/retry.ts";
import { isMuted } from "../../../../core/inbox/inbox-row.ts";
import type { ConversationId, TimeMs, UserId } from "../../../../schema/ids.ts";
import { batches, timeouts } from "../../../../schema/limits.ts";
import type { Awake } from "../../../shared/meters/awake.ts";
import type { Alarm, AlarmHandlers, Alarms } from "../../../shared/platform/alarms.ts";
import { call, conversationStub, withDeadline } from "../../../shared/platform/calls.ts";
import { now } from "../../../shared/platform/clock.ts";
import type { Env } from "../../../shared/platform/env.ts";
import { inParallel } from "../../../shared/platform/in-parallel.ts";
import { logFault } from "../../../shared/platform/log.ts";
import type { UserDatabase } from "../../effects.ts";
import type { AccountSide } from "../../sides.ts";
import type { InboxStore } from "../rows/inbox-store.ts";
import type { RowPushes } from "../row-pushes.ts";
import type { RowDeliveries } from "./row-deliveries.ts";

/** Set while large groups send this inbox their rows. */
export const rowLooksAlarm = "row looks";
/** Set while some group did not answer what of it is to be pushed. */
export const rowWishesAlarm = "row wishes";

/** Set while a row is muted for a time of which all messages are to be pushed otherwise. It goes off when the first of these mutes ends. */
export const muteEndsAlarm = "mute ends";
/** An alarm may go off some milliseconds early. */
const muteSlackMs = 10;
/** A mute for longer than this counts as one for ever: no clock of ours goes so far. */
const mutesForeverMs = 100 * 365 * 86_400_000;

/** `isWatched`: whether a device looks: it has a sync socket, or a poll waits. */
export type PullsParts = {
  env: Env;
  awake: Awake;
  db: UserDatabase;
  alarms: Alarms;
  account: Pick<AccountSide, "userId">;
  isWatched: () => boolean;
};
type Rows = Pick<InboxStore, "row" | "rowsOf" | "lists">;
type Pushes = Pick<RowPushes, "wantsAll">;

/** When the first mute ends for which the alarm is set. It may go off later, and more have ended by then. */
function endAwaitedBy({ data, dueAt }: Alarm): TimeMs {
  return data ?? dueAt - muteSlackMs;
}

/** A question that is under way, and the one behind it. */
type Question = { done: Promise<void>; next?: Promise<void> };

export class Pulls {
  readonly #parts: PullsParts;
  readonly #store: Rows;
  readonly #rows: Pick<RowDeliveries, "bring">;
  readonly #pushes: Pushes;
  readonly #me: UserId;
  readonly #questions = new Map<ConversationId, Question>();
  /** Groups that are to send changes, and whose questions failed. */
  readonly #failed = new Set<ConversationId>();
  /** Groups that are to learn what is to be pushed, with the next question. */
  readonly #wished = new Set<ConversationId>();
  /** Those that did not answer it. */
  readonly #unheard = new Set<ConversationId>();
  /** How often in a row some question failed. */
  #failures = 0;
  /** When all are asked anew; undefined where this is not known. */
  #renewAt: TimeMs | undefined;

  constructor(parts: PullsParts, store: Rows, rows: Pick<RowDeliveries, "bring">, pushes: Pushes) {
    this.#parts = parts;
    this.#store = store;
    this.#rows = rows;
    this.#pushes = pushes;
    this.#me = parts.account.userId();
  }

  /** A device begins to look. Asks for the rows that it shows first, and does not wait: what is newer goes to sockets and polls as it comes. */
  begin(): void {
    this.#start(this.#store.lists.largeIds(batches.rowPullsMax));
  }

  /** The same, when the stored rows have left: what is written for the questions would hold them back. */
  beginSoon(): void {
    this.#parts.awake.after(timeouts.rowPullSoonMs, () => {
      if (this.#parts.isWatched()) this.begin();
    });
  }

  /** A membership began, or the row's group grew: while a device looks, the group learns whether it is to send changes. */
  began(id: ConversationId): void {
    this.#take(id);
    const row = this.#store.row(id);
    if (row?.mode === "large" && row.notify === "all" && isMuted(row, now())) this.#awaitMutes();
  }

  /** The row was muted, or is not muted any more. Resolves when the group knows what to send and to push, or after a while. */
  async muted(id: ConversationId): Promise<void> {
    const row = this.#store.row(id);
    if (row?.mode !== "large") return;
    if (row.notify === "all") this.#awaitMutes();
    if (row.notify === "all") void this.wish(id);
    else this.#take(id);
    await this.#asked(id);
  }

  /** The user chose what is to be pushed of this row. Resolves as `muted` does. */
  async chose(id: ConversationId): Promise<void> {
    if (this.#store.row(id)?.mode !== "large") return;
    this.#awaitMutes();
    void this.wish(id);
    await this.#asked(id);
  }

  /** What is to be pushed of this group has changed, or whether a device is subscribed: then of all groups. The groups learn whether to bring all messages. */
  async wish(...named: ConversationId[]): Promise<void> {
    if (named.length > 0 && this.#parts.isWatched()) this.#watch(named);
    const ids = named.length === 0 ? this.#store.lists.largeIds(batches.rowPullsMax) : named;
    const large = this.#store
      .rowsOf(ids)
      .filter(({ mode, notify }) => mode === "large" && (named.length > 0 || notify === "all"));
    if (large.length === 0) return;
    const work = this.#tell(large.map(({ conversationId }) => conversationId)).then(() => {
      const { alarms, db } = this.#parts;
      if (this.#unheard.size > 0 && alarms.get(rowWishesAlarm) === undefined)
        db.transact((tx) => alarms.set(tx, rowWishesAlarm, now() + timeouts.rowPullRetryMs, 0));
    });
    await this.#parts.awake
      .during(work)
      .catch((error: unknown) => logFault("row wishes", error, { rows: large.length }));
  }

  /** Resolves when memory has the present rows, or after a while. Only rows of large groups are asked for. */
  async look(among?: readonly ConversationId[]): Promise<void> {
    const ids =
      among?.filter((id) => this.#store.row(id)?.mode === "large") ?? this.#store.lists.largeIds(batches.rowPullsMax);
    if (ids.length === 0) return;
    await withDeadline(this.#bring(ids), timeouts.rowPullMs).catch(() => undefined);
  }

  readonly alarmHandlers: AlarmHandlers = {
    [rowLooksAlarm]: async () => {
      const all = this.#parts.isWatched() ? this.#store.lists.largeIds(batches.rowPullsMax) : [];
      for (const id of this.#failed) if (!all.includes(id)) this.#failed.delete(id);
      const isEarly = this.#renewAt !== undefined && this.#renewAt > now() + timeouts.rowPullRetryMs;
      const ids = isEarly ? all.filter((id) => this.#failed.has(id)) : all;
      if (!isEarly) this.#renewAt = this.#renewalOf(all);
      const dueAt = this.#renewAt ?? now();
      this.#parts.db.transact((tx) => {
        if (all.length === 0) this.#parts.alarms.clear(tx, rowLooksAlarm);
        else this.#parts.alarms.set(tx, rowLooksAlarm, dueAt);
      });
      await this.#bring(ids);
    },
    // An earlier life of the object may have set it, so all groups that are to bring all messages are told, and not only those that this one knows of.
    [muteEndsAlarm]: async (alarm) => {
      const [from, to] = [endAwaitedBy(alarm), now()];
      const ended = this.#mutes().filter(({ mutedUntil }) => mutedUntil >= from && mutedUntil <= to);
      // After a crash in between it goes off again.
      if (ended.length > 0) await this.wish(...ended.map(({ conversationId }) => conversationId));
      this.#awaitMutes(to);
    },
    [rowWishesAlarm]: async ({ data }) => {
      const { alarms, db } = this.#parts;
      const large = this.#store.rowsOf(this.#store.lists.largeIds(batches.rowPullsMax));
      const all = large.filter(({ notify }) => notify === "all").map(({ conversationId }) => conversationId);
      await this.#tell([...new Set([...all, ...this.#unheard])]);
      const times = (data ?? 0) + 1;
      const waits = { firstMs: timeouts.rowPullRetryMs, maxMs: timeouts.dueHintMaxMs };
      db.transact((tx) => {
        if (this.#unheard.size === 0) alarms.clear(tx, rowWishesAlarm);
        else alarms.set(tx, rowWishesAlarm, now() + growingWaitMs(times + 1, waits), times);
      });
    },
  };

  /** Rows that are or were muted for a time and of which all messages are to be pushed otherwise. */
  #mutes(): { conversationId: ConversationId; mutedUntil: TimeMs }[] {
    return this.#store
      .rowsOf(this.#store.lists.largeIds(batches.rowPullsMax))
      .flatMap(({ conversationId, notify, hasLeft, mutedUntil }) =>
        notify === "all" && !hasLeft && mutedUntil !== null ? [{ conversationId, mutedUntil }] : [],
      );
  }

  /** Sets the alarm for the first mute whose end the groups do not know, and which may be over. `told`: they know of those up to then. */
  #awaitMutes(told?: TimeMs): void {
    const { alarms, db } = this.#parts;
    const at = now();
    const alarm = alarms.get(muteEndsAlarm);
    const awaited = alarm === undefined ? Infinity : endAwaitedBy(alarm);
    const since = told ?? Math.min(at, awaited - 1);
    const ends = this.#mutes().map(({ mutedUntil }) => mutedUntil);
    const next = Math.min(...ends.filter((end) => end > since && end < at + mutesForeverMs));
    if (next === awaited) return;
    db.transact((tx) => {
      if (next === Infinity) alarms.clear(tx, muteEndsAlarm);
      else alarms.set(tx, muteEndsAlarm, Math.max(next, at) + muteSlackMs, next);
    });
  }

  /** Resolves when the question about this group that is under way is answered, and the one behind it, or after a while. */
  async #asked(id: ConversationId): Promise<void> {
    const question = this.#questions.get(id);
    const answered = question?.next ?? question?.done;
    if (answered !== undefined) await withDeadline(answered, timeouts.rowPullMs).catch(() => undefined);
  }

  /** These groups learn what of them is to be pushed. */
  async #tell(ids: readonly ConversationId[]): Promise<void> {
    for (const id of ids) this.#wished.add(id);
    await this.#bring(ids);
  }

  /** An alarm that is too early asks anew and is set again; moving it each time would cost more. */
  #setAlarm(dueAt: TimeMs): void {
    const { alarms, db } = this.#parts;
    const alarm = alarms.get(rowLooksAlarm);
    if (alarm === undefined || alarm.dueAt > dueAt || alarm.dueAt <= now())
      db.transact((tx) => alarms.set(tx, rowLooksAlarm, dueAt));
  }

  /** When the groups are to be asked anew: before they cease to send changes, or when a mute ends. */
  #renewalOf(ids: readonly ConversationId[]): TimeMs {
    const at = now();
    const ends = this.#store.rowsOf(ids).map(({ mutedUntil }) => mutedUntil ?? 0);
    return Math.min(at + timeouts.rowLookMs - timeouts.rowLookRenewMs, ...ends.filter((end) => end > at));
  }

  #take(id: ConversationId): void {
    if (this.#parts.isWatched() && this.#store.row(id)?.mode === "large") this.#start([id]);
  }

  #start(ids: readonly ConversationId[]): void {
    if (ids.length === 0) return;
    this.#watch(ids);
    const note = (error: unknown): void => logFault("row pulls", error, { rows: ids.length });
    this.#parts.awake.during(this.#bring(ids)).catch(note);
  }

  /** These groups are asked anew in time. Where the alarm cannot be set, they are asked this once. */
  #watch(ids: readonly ConversationId[]): void {
    try {
      this.#setAlarm(this.#renewalOf(ids));
    } catch (error) {
      logFault("row pulls", error, { rows: ids.length });
    }
  }

  async #bring(ids: readonly ConversationId[]): Promise<void> {
    await inParallel(ids, batches.rowPullsAtOnce, (id) => this.#ask(id));
    if (this.#failed.size === 0) this.#failures = 0;
    else this.#setAlarm(now() + Math.min(timeouts.rowPullRetryMs * 2 ** this.#failures++, timeouts.rowPullRetryMaxMs));
  }

  /** The answer to a question that is under way may be older than what the caller has seen elsewhere. So there is one more behind it, for all who come meanwhile. */
  #ask(id: ConversationId): Promise<void> {
    const present = this.#questions.get(id);
    if (present !== undefined) return (present.next ??= present.done.then(() => this.#ask(id)));
    const question: Question = { done: Promise.resolve() };
    this.#questions.set(id, question);
    question.done = this.#pull(id).finally(() => this.#questions.delete(id));
    return question.done;
  }

  async #pull(id: ConversationId): Promise<void> {
    const row = this.#store.row(id);
    const isWish = this.#wished.delete(id);
    // A former member's row stays as it is until they are brought in again.
    if (row === undefined || row.hasLeft) {
      this.#failed.delete(id);
      this.#unheard.delete(id);
      return;
    }
    const { rev, read, pulled } = row;
    const known = pulled === null ? null : { membership: pulled.membership, rev, read };
    const until = !this.#parts.isWatched() ? undefined : isMuted(row, now()) ? null : now() + timeouts.rowLookMs;
    const answer = await call("conversation.rowOf", () =>
      conversationStub(this.#parts.env, id).rowOf(this.#me, known, until, this.#pushes.wantsAll(row), now()),
    );
    // Without an answer the group may not know that it is to send changes.
    if (answer.ok || typeof until !== "number") this.#failed.delete(id);
    else this.#failed.add(id);
    if (answer.ok) this.#unheard.delete(id);
    else if (isWish) this.#unheard.add(id);
    if (answer.ok && answer.value !== null) await this.#rows.bring(answer.value);
  }
}
