/**
 * Owns how a change of this user reaches all their conversations. Each thing that changed is one row. One walk goes over the conversations in the order of
 * their ids, a batch at a time, and sends each of them everything that changed. A row is done when the walk has come round to the place where it was when
 * the change was made. A change of the profile begins a round at most every `profileSendMs`, because in a direct chat it takes a rev; the conversations receive
 * the newest profile. A conversation that cannot be reached gets a task of its own.
 */
import { retryWaitMs } from "../../core/retry.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import { batches, timeouts } from "../../schema/limits.ts";
import type { Alarms, AlarmHandlers } from "../shared/platform/alarms.ts";
import { withDeadline } from "../shared/platform/calls.ts";
import { now } from "../shared/platform/clock.ts";
import type { Reader, Transactor } from "../shared/platform/database.ts";
import { inParallel, pause } from "../shared/platform/in-parallel.ts";
import type { UserDatabase, UserTransactor } from "./effects.ts";
import { logFault } from "../shared/platform/log.ts";

/**
 * The tables and the alarm keep the names under which they are stored. `tellings` has one row for each thing that changed: `since` is the place of the walk
 * when it changed, null while the change waits; `has_turned` says that the walk has begun anew since then; `due_at` is when a waiting change begins its round,
 * null where none waits. `telling_walk` has the last conversation that received the changes, how often in a row a whole batch failed, and when the last round
 * of the public profile (`face`) began.
 */
export const memberChangeTables = `
  CREATE TABLE tellings (subject TEXT PRIMARY KEY, since TEXT, has_turned INTEGER NOT NULL, due_at INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE telling_walk (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT NOT NULL, failures INTEGER NOT NULL, retry_at INTEGER NOT NULL, face_at INTEGER NOT NULL) STRICT;
  INSERT INTO telling_walk (one, cursor, failures, retry_at, face_at) VALUES (1, '', 0, 0, 0);
`;

/** A thing that changed, as it is stored: the public profile (`face`), whether reading and typing are shown, or whether somebody is blocked. */
export type Subject = "face" | "shows" | `block ${UserId}`;

export function isBlock(subject: Subject): subject is `block ${UserId}` {
  return subject.startsWith("block ");
}

export type ListedConversation = { id: ConversationId; kind: "dm" | "group" };

/** How the walk reaches the conversations of the user. */
export interface Sender {
  /** Some of the user's conversations, in order of their ids, behind this one. A block concerns groups, and one direct chat, which has a task of its own. */
  after(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[];
  /** Sends one conversation the present state of these; false where it could not be reached. */
  send(place: ListedConversation, subjects: readonly Subject[]): Promise<boolean>;
  /** Makes a task for each conversation that could not be reached; the task sends everything. */
  retry(tx: UserTransactor, conversations: readonly ConversationId[]): void;
}

export type MemberChangeParts = { db: UserDatabase; alarms: Alarms; sender: Sender };

const alarmName = "tellings";
/** How long the alarm waits for the walk, which goes on by itself. */
const alarmRunMs = 5_000;

type Walk = { cursor: string; failures: number; retry_at: number; face_at: number };
type Step = { subjects: Subject[]; page: ListedConversation[] };

export class MemberChanges {
  readonly #parts: MemberChangeParts;
  #isWalking = false;
  #waiting: (() => void)[] = [];

  constructor(parts: MemberChangeParts) {
    this.#parts = parts;
  }

  /** In the transaction of the change. The walk goes on when it is committed. */
  request(tx: UserTransactor, subjects: readonly Subject[]): void {
    if (subjects.length === 0) return;
    const walk = walkOf(tx);
    const at = now();
    let nextAt = Infinity;
    for (const subject of subjects) {
      const dueAt = subject === "face" ? Math.max(at, walk.face_at + timeouts.profileSendMs) : at;
      nextAt = Math.min(nextAt, dueAt);
      // A walk reads the newest profile at each call. Conversations that received an older one before receive the newest in the next round.
      tx.run(
        `INSERT INTO tellings (subject, since, has_turned, due_at) VALUES (?, NULL, 0, ?)
         ON CONFLICT (subject) DO UPDATE SET due_at = excluded.due_at`,
        subject,
        dueAt,
      );
    }
    const { alarms } = this.#parts;
    const alarm = alarms.get(alarmName);
    const dueAt = Math.max(nextAt, at + timeouts.taskAlarmMs);
    if (alarm === undefined || alarm.dueAt > dueAt) alarms.set(tx, alarmName, dueAt);
    tx.afterCommit({ do: "walk" });
  }

  /** Goes on with the walk; never throws. */
  walk(): void {
    void this.#walk();
  }

  /** Waits until the conversations have received everything that is due, but no longer than this. */
  async settle(waitMs: number = timeouts.taskWaitMs): Promise<void> {
    if (!this.#isWalking) return;
    const settled = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await withDeadline(settled, waitMs).catch(() => undefined);
  }

  readonly alarmHandlers: AlarmHandlers = {
    [alarmName]: async () => {
      void this.#walk();
      await this.settle(alarmRunMs);
      const { db, alarms } = this.#parts;
      const alarm = alarms.get(alarmName);
      // The walk goes on by itself; if it is cut off, the next alarm continues it.
      if (this.#isWalking && alarm !== undefined && alarm.dueAt <= now())
        db.transact((tx) => alarms.set(tx, alarmName, now() + timeouts.taskAlarmMs));
    },
  };

  /** Never throws. After a fault that lasts, such as a full disk, the alarm begins again. */
  async #walk(): Promise<void> {
    if (this.#isWalking) return;
    this.#isWalking = true;
    const { db } = this.#parts;
    try {
      for (;;) {
        const step = db.transact((tx) => this.#next(tx));
        if (step === null) break;
        const failed = await this.#send(step);
        db.transact((tx) => this.#note(tx, step, failed));
        await pause();
      }
      this.#isWalking = false;
      db.transact((tx) => this.#rearm(tx));
    } catch (error) {
      logFault("member changes", error);
    }
    this.#isWalking = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #send({ page, subjects }: Step): Promise<ConversationId[]> {
    const failed: ConversationId[] = [];
    const send = async (place: ListedConversation): Promise<void> => {
      try {
        if (!(await this.#parts.sender.send(place, subjects))) failed.push(place.id);
      } catch (error) {
        logFault("member change", error, { conversationId: place.id });
        failed.push(place.id);
      }
    };
    await inParallel(page, batches.memberChangeCallsMax, send, { hasPauses: true });
    return failed;
  }

  /** The next batch: its conversations and what to send them; null where nothing is due. */
  #next(tx: Transactor): Step | null {
    const { cursor, retry_at } = walkOf(tx);
    const at = now();
    if (retry_at > at) return null;
    const due = tx.all<{ subject: Subject; since: string | null }>(
      "SELECT subject, since FROM tellings WHERE due_at <= ?",
      at,
    );
    for (const { subject, since } of due) {
      // If a thing changes again while its round is under way, a new round begins here. A change of the profile waits for the end of its round instead.
      if (subject === "face" && since !== null) continue;
      tx.run("UPDATE tellings SET since = ?, has_turned = 0, due_at = NULL WHERE subject = ?", cursor, subject);
      if (subject === "face") tx.run("UPDATE telling_walk SET face_at = ?", at);
    }
    const active = tx.all<{ subject: Subject }>(
      "SELECT subject FROM tellings WHERE since IS NOT NULL ORDER BY subject",
    );
    if (active.length === 0) return null;
    const subjects = active.map(({ subject }) => subject);
    const isForDms = subjects.some((subject) => !isBlock(subject));
    return { subjects, page: this.#parts.sender.after(cursor, batches.memberChangePage, isForDms ? "all" : "groups") };
  }

  #note(tx: UserTransactor, { page, subjects }: Step, failed: readonly ConversationId[]): void {
    // If a whole batch fails, many objects are probably out of reach: the walk waits, rather than making a task for each conversation.
    if (failed.length === page.length && page.length >= batches.memberChangeOutage) {
      const failures = walkOf(tx).failures + 1;
      const again = { firstMs: timeouts.taskRetryFirstMs, maxMs: timeouts.taskRetryMaxMs };
      const retryAt = now() + retryWaitMs(failures, Math.random(), again);
      tx.run("UPDATE telling_walk SET failures = ?, retry_at = ?", failures, retryAt);
      return;
    }
    if (failed.length > 0) this.#parts.sender.retry(tx, failed);
    const isEnd = page.length < batches.memberChangePage;
    const cursor = isEnd ? "" : (page.at(-1)?.id ?? "");
    tx.run("UPDATE telling_walk SET cursor = ?, failures = 0, retry_at = 0", cursor);
    const isRound = isEnd ? "(has_turned = 1 OR since = '')" : "(has_turned = 1 AND since <= ?)";
    const isDone = `${isRound} AND subject IN (SELECT value FROM json_each(?))`;
    const sent = JSON.stringify(subjects);
    const values = isEnd ? [sent] : [cursor, sent];
    tx.run(`DELETE FROM tellings WHERE since IS NOT NULL AND due_at IS NULL AND ${isDone}`, ...values);
    tx.run(`UPDATE tellings SET since = NULL WHERE since IS NOT NULL AND ${isDone}`, ...values);
    if (isEnd) tx.run("UPDATE tellings SET has_turned = 1 WHERE since IS NOT NULL");
  }

  /** After the walk: sets the alarm for the next change that waits, or clears it. */
  #rearm(tx: Transactor): void {
    const { alarms } = this.#parts;
    const alarm = alarms.get(alarmName);
    const dueAt = tx.first<{ due_at: number | null }>(
      "SELECT MIN(CASE WHEN since IS NULL THEN due_at ELSE 0 END) AS due_at FROM tellings",
    )?.due_at;
    if (dueAt === null || dueAt === undefined) {
      if (alarm !== undefined) alarms.clear(tx, alarmName);
      return;
    }
    const next = Math.max(dueAt, walkOf(tx).retry_at, now());
    if (alarm?.dueAt !== next) alarms.set(tx, alarmName, next);
  }
}

function walkOf(db: Reader): Walk {
  return (
    db.first<Walk>("SELECT cursor, failures, retry_at, face_at FROM telling_walk") ?? {
      cursor: "",
      failures: 0,
      retry_at: 0,
      face_at: 0,
    }
  );
}
