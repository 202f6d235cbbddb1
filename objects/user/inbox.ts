/**
 * Owns the inbox: applies what conversations deliver and what the user changes, and says what sockets and polls are told of it.
 * Deliveries of one turn are one transaction; memory follows only once it stands.
 */
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import type { ConversationId, DeviceId, Epoch, Rev, UserId, Version } from "../../schema/ids.ts";
import type { SummaryPatch } from "../../schema/http/conversations.ts";
import { batches, heartbeat } from "../../schema/limits.ts";
import type { SyncHello } from "../../schema/wire/hello.ts";
import type { Summary, SyncAnswer } from "../../schema/wire/inbox.ts";
import { decideDelivery, noExceptions, type Step } from "../../core/inbox.ts";
import { cursorOf, type InboxRow, patchRow, placeOf, summaryOf } from "../../core/inbox-row.ts";
import { now } from "../shared/clock.ts";
import type { Transactor } from "../shared/database.ts";
import { logFault } from "../shared/log.ts";
import type { Delivery, DeliveryAnswer, KnownPage } from "./contract.ts";
import { type Entry, InboxStore } from "./inbox-store.ts";
import type { InboxParts } from "./sides.ts";
import type { Announcement } from "./sync-sockets.ts";
import type { ListedConversation } from "./tellings.ts";

type Job = { delivery: Delivery; resolve: (answer: DeliveryAnswer) => void };
type Applied = { delivery: Delivery; answer: DeliveryAnswer; row: InboxRow | undefined; steps: readonly Step[] };

/** What a transaction has done so far; becomes what memory knows when it stands. */
type Stage = { entries: Map<ConversationId, Entry>; version: Version };

export class Inbox {
  readonly #parts: Pick<InboxParts, "db" | "alarms" | "account">;
  readonly #store: InboxStore;
  readonly #requestTurn: () => void;
  readonly #me: UserId;
  #jobs: Job[] = [];

  constructor(parts: Pick<InboxParts, "db" | "alarms" | "account">, requestTurn: () => void) {
    this.#parts = parts;
    this.#store = new InboxStore(parts.db);
    this.#requestTurn = requestTurn;
    this.#me = parts.account.userId();
  }

  get version(): Version {
    return this.#store.version;
  }

  has(conversationId: ConversationId): boolean {
    return this.#store.entry(conversationId) !== undefined;
  }

  /** Whether a receipt has a mark of unread to clear. */
  isMarkedUnread(conversationId: ConversationId): boolean {
    return this.#store.entry(conversationId)?.row.isMarkedUnread ?? false;
  }

  conversationsAfter(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[] {
    return this.#store.conversationsAfter(cursor, limit, which);
  }

  peerOf(conversationId: ConversationId): UserId | null {
    return this.#store.entry(conversationId)?.row.peer?.id ?? null;
  }

  knownAfter(after: ConversationId | null): KnownPage {
    const ids = this.#store.knownIds(after ?? "", batches.knownIdsMax);
    return { ids, next: ids.length < batches.knownIdsMax ? null : (ids.at(-1) ?? null) };
  }

  isAnyKnown(ids: readonly ConversationId[]): boolean {
    return this.#store.isAnyKnown(ids);
  }

  acceptedAt(conversationId: ConversationId): Rev | null {
    const row = this.#store.entry(conversationId)?.row;
    return row === undefined || row.hasLeft || row.requestBy !== null ? null : row.rev;
  }

  /** What a stranger brought is no request any more. To be called once the transaction stands: memory follows, and says what is told. */
  endRequestsBy(tx: Transactor, userId: UserId): () => Announcement[] {
    let { version } = this;
    const ended: Entry[] = [];
    for (const conversationId of this.#store.requestsBy(userId)) {
      const before = this.#store.entry(conversationId);
      if (before === undefined) continue;
      const after: Entry = { ...before, row: { ...before.row, requestBy: null, version: ++version } };
      this.#store.write(tx, before, after);
      ended.push(after);
    }
    const ids = ended.map(({ row }) => row.conversationId);
    if (ids.length > 0) this.#parts.account.noteRequestsEnded(tx, ids);
    return () => {
      this.#store.committed(ended);
      return ended.map(({ row }) => ({ frames: [rowFrame(row)], liveDevices: [], liveFrames: [] }));
    };
  }

  /** Answered at the end of the turn, when it is applied. */
  async deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return await new Promise<DeliveryAnswer>((resolve) => {
      this.#jobs.push({ delivery, resolve });
      this.#requestTurn();
    });
  }

  /** Applies the deliveries of this turn. `isHeard`: whether anybody is there to be told. */
  commit(isHeard: boolean): Announcement[] {
    const jobs = this.#jobs;
    if (jobs.length === 0) return [];
    this.#jobs = [];
    const applied = this.#applyAll(jobs);
    return isHeard ? applied.flatMap(announcementsOf) : [];
  }

  summaries(cursor: string | undefined, limit: number): Outcome<{ conversations: Summary[]; cursor: string | null }> {
    const place = cursor === undefined ? undefined : placeOf(cursor);
    if (cursor !== undefined && place === undefined) return refuse("bad_request", "cursor: is none of ours");
    const rows = this.#store.newest(place, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return done({
      conversations: page.map((row) => summaryOf(row, now())),
      cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
    });
  }

  /** The row as changed, and what is told of it; nothing is told where nothing changed. */
  patch(
    conversationId: ConversationId,
    patch: SummaryPatch,
  ): Outcome<{ summary: Summary; announcement: Announcement | undefined }> {
    const entry = this.#store.entry(conversationId);
    if (entry === undefined) return notFound;
    const patched = patchRow(entry.row, patch);
    if (patched === entry.row) return done({ summary: summaryOf(entry.row, now()), announcement: undefined });
    const after: Entry = { row: { ...patched, version: this.version + 1 }, exceptions: entry.exceptions };
    this.#parts.db.transact((tx) => {
      this.#store.write(tx, entry, after);
      if (entry.row.requestBy !== after.row.requestBy) this.#parts.account.noteRequestsEnded(tx, [conversationId]);
    });
    this.#store.committed([after]);
    return done({
      summary: summaryOf(after.row, now()),
      announcement: { frames: [rowFrame(after.row)], liveDevices: [], liveFrames: [] },
    });
  }

  /** Whether a client that stands at `since` must start anew. A client that names no epoch means this one. */
  isReset(since: Version | undefined, epoch: Epoch | undefined): boolean {
    return since === undefined || since > this.version || (epoch !== undefined && epoch !== this.#store.epoch);
  }

  /** Hello, and everything since, in pages. A page says up to where it brings the client, so that it may be cut off after any. */
  greeting(deviceId: DeviceId, since: Version | undefined, epoch: Epoch | undefined): string[] {
    const reset = this.isReset(since, epoch);
    const rows = this.#store.changedAfter(reset ? 0 : (since ?? 0), -1);
    const hello: SyncHello = {
      type: "hello",
      version: this.version,
      epoch: this.#store.epoch,
      userId: this.#me,
      deviceId,
      serverTime: now(),
      heartbeat,
    };
    const frames = [JSON.stringify(hello)];
    for (let from = 0; from === 0 || from < rows.length; from += batches.inboxPageRows) {
      const page = rows.slice(from, from + batches.inboxPageRows);
      const more = from + page.length < rows.length;
      const version = more ? (page.at(-1)?.version ?? 0) : this.version;
      const conversations = page.map((row) => summaryOf(row, now()));
      frames.push(JSON.stringify({ type: "inbox", version, reset: reset && from === 0, conversations, more }));
    }
    return frames;
  }

  /** One page of what changed, for a poll. */
  page(since: Version | undefined, epoch: Epoch | undefined): SyncAnswer {
    const reset = this.isReset(since, epoch);
    const rows = this.#store.changedAfter(reset ? 0 : (since ?? 0), batches.inboxPageRows + 1);
    const page = rows.slice(0, batches.inboxPageRows);
    const more = rows.length > page.length;
    return {
      version: more ? (page.at(-1)?.version ?? 0) : this.version,
      epoch: this.#store.epoch,
      reset,
      conversations: page.map((row) => summaryOf(row, now())),
      more,
    };
  }

  #applyAll(jobs: readonly Job[]): Applied[] {
    try {
      return this.#transact(jobs);
    } catch (error) {
      if (jobs.length > 1) return jobs.flatMap((job) => this.#applyAll([job]));
      // The caller tries again later, and this one alone.
      logFault("delivery", error, { conversationId: jobs[0]?.delivery.conversationId });
      for (const job of jobs)
        job.resolve({ rev: this.#store.entry(job.delivery.conversationId)?.row.rev ?? 0, isFailed: true });
      return [];
    }
  }

  #transact(jobs: readonly Job[]): Applied[] {
    const stage: Stage = { entries: new Map(), version: this.version };
    const applied = this.#parts.db.transact((tx) => jobs.map((job) => this.#apply(tx, stage, job.delivery)));
    this.#store.committed(stage.entries.values());
    for (const [index, job] of jobs.entries()) job.resolve(applied[index]?.answer ?? { rev: 0 });
    return applied;
  }

  #apply(tx: Transactor, stage: Stage, delivery: Delivery): Applied {
    const { conversationId, requestBy, ...noRequest } = delivery;
    // Who has become a contact on the way is no stranger any more.
    const isAccepted = requestBy !== undefined && this.#parts.account.hasContact(requestBy);
    const before = stage.entries.get(conversationId) ?? this.#store.entry(conversationId);
    const decision = decideDelivery({
      row: before?.row,
      exceptions: before?.exceptions ?? noExceptions,
      arrival: isAccepted ? { ...noRequest, conversationId } : delivery,
      me: this.#me,
      version: stage.version,
      now: now(),
    });
    if (decision.do === "nothing") return { delivery, answer: { rev: decision.rev }, row: before?.row, steps: [] };
    const { row, exceptions, steps, begins } = decision;
    if (row !== before?.row) {
      const after: Entry = { row, exceptions };
      this.#store.write(tx, before, after);
      stage.entries.set(conversationId, after);
      stage.version = Math.max(stage.version, row.version);
    }
    const added = delivery.facts?.added ?? [];
    if (begins || added.length > 0) this.#parts.account.noteConversation(tx, conversationId, { isNew: begins, added });
    if (begins && isAccepted) this.#parts.account.noteRequestsEnded(tx, [conversationId]);
    return { delivery, answer: { rev: row.rev }, row, steps };
  }
}

function announcementsOf({ delivery, row, steps }: Applied): Announcement[] {
  const { passing, liveDevices, items } = delivery;
  if (steps.length === 0 && passing.length === 0) return [];
  const frames: string[] = [];
  for (const step of steps) {
    if (step.show === "row") {
      frames.push(rowFrame(step.row));
      continue;
    }
    const item = items[step.index];
    if (item === undefined) continue;
    const numbers = `"inbox":{"version":${step.version},"unread":${step.unread},"mentionsUnread":${step.mentionsUnread}}}`;
    frames.push(
      item.kind === "message"
        ? `{"type":"message","message":${item.json},${numbers}`
        : `{"type":"change",${item.json},${numbers}`,
    );
  }
  const liveFrames =
    liveDevices.length > 0 && steps.length > 0 && row !== undefined ? [rowFrame(row), ...passing] : passing;
  return [{ frames: passing.length === 0 ? frames : [...frames, ...passing], liveDevices, liveFrames }];
}

function rowFrame(row: InboxRow): string {
  return `{"type":"inbox","version":${row.version},"conversations":[${JSON.stringify(summaryOf(row, now()))}]}`;
}
