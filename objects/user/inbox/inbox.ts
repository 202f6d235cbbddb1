/**
 * Owns the inbox: applies deliveries of conversations and changes of the user, and makes the frames that sockets and polls get of them.
 * Deliveries of one turn are one transaction; memory changes only after the commit.
 */
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { ConversationId, DeviceId, Epoch, Rev, UserId, Version } from "../../../schema/ids.ts";
import type { SummaryPatch } from "../../../schema/http/conversations.ts";
import { batches, heartbeat } from "../../../schema/limits.ts";
import type { SyncHello } from "../../../schema/wire/hello.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import { decideDelivery, type Step } from "../../../core/inbox/inbox.ts";
import { type InboxRow, patchRow, summaryOf } from "../../../core/inbox/inbox-row.ts";
import { badCursor, cursorOf, numberedPlaceOf } from "../../shared/list-pages.ts";
import { now } from "../../shared/platform/clock.ts";
import type { UserTransactor } from "../effects.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Told } from "../../shared/sockets/sockets.ts";
import type { KnownPage } from "../../contract/bringing.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery.ts";
import { marksOf, writeMarks } from "./inbox-marks.ts";
import { cutPage, type Page, pageText } from "./inbox-pages.ts";
import { InboxStore, type RowChange } from "./inbox-store.ts";
import type { InboxParts } from "../sides.ts";
import type { Announcement } from "../sockets/sync-sockets.ts";
import type { ListedConversation } from "../tellings.ts";

type Job = { delivery: Delivery; resolve: (answer: DeliveryAnswer) => void };
type Applied = { delivery: Delivery; answer: DeliveryAnswer; row: InboxRow | undefined; steps: readonly Step[] };

/** The rows and the version that a transaction has written so far; memory takes them over after the commit. */
type Stage = { changes: Map<ConversationId, RowChange>; version: Version };

export class Inbox {
  readonly #parts: Pick<InboxParts, "db" | "account">;
  readonly #store: InboxStore;
  readonly #requestTurn: () => void;
  readonly #me: UserId;
  #jobs: Job[] = [];

  constructor(parts: Pick<InboxParts, "db" | "account">, requestTurn: () => void) {
    this.#parts = parts;
    this.#store = new InboxStore(parts.db);
    this.#requestTurn = requestTurn;
    this.#me = parts.account.userId();
  }

  get version(): Version {
    return this.#store.version;
  }

  has(conversationId: ConversationId): boolean {
    return this.#store.row(conversationId) !== undefined;
  }

  /** Whether the user has marked the conversation as unread, which a receipt would clear. */
  isMarkedUnread(conversationId: ConversationId): boolean {
    return this.#store.row(conversationId)?.isMarkedUnread ?? false;
  }

  conversationsAfter(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[] {
    return this.#store.conversationsAfter(cursor, limit, which);
  }

  peerOf(conversationId: ConversationId): UserId | null {
    return this.#store.row(conversationId)?.peer?.id ?? null;
  }

  knownAfter(after: ConversationId | null): KnownPage {
    const ids = this.#store.knownIds(after ?? "", batches.knownIdsMax);
    return { ids, next: ids.length < batches.knownIdsMax ? null : (ids.at(-1) ?? null) };
  }

  isAnyKnown(ids: readonly ConversationId[]): boolean {
    return this.#store.isAnyKnown(ids);
  }

  acceptedAt(conversationId: ConversationId): Rev | null {
    const row = this.#store.row(conversationId);
    return row === undefined || row.hasLeft || row.requestBy !== null ? null : row.rev;
  }

  /** Ends all requests that a stranger made. Call the answer after the commit: it brings memory up to date and answers what to announce. */
  endRequestsBy(tx: UserTransactor, userId: UserId): () => Announcement[] {
    let { version } = this;
    const ended: { before: InboxRow; after: InboxRow }[] = [];
    for (const conversationId of this.#store.requestsBy(userId)) {
      const before = this.#store.row(conversationId);
      if (before === undefined) continue;
      const after: InboxRow = { ...before, requestBy: null, version: ++version };
      this.#store.write(tx, { before, after });
      ended.push({ before, after });
    }
    const ids = ended.map(({ after }) => after.conversationId);
    if (ids.length > 0) this.#parts.account.noteRequestsEnded(tx, ids);
    return () => {
      this.#store.committed(ended);
      return ended.map(({ after }) => ownRow(after));
    };
  }

  /** Answered at the end of the turn, when it is applied. */
  async deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return await new Promise<DeliveryAnswer>((resolve) => {
      this.#jobs.push({ delivery, resolve });
      this.#requestTurn();
    });
  }

  /** Applies the deliveries of this turn. `isHeard`: whether a socket is open. */
  commit(isHeard: boolean): Announcement[] {
    const jobs = this.#jobs;
    if (jobs.length === 0) return [];
    this.#jobs = [];
    const applied = this.#applyAll(jobs);
    return isHeard ? applied.flatMap((one) => announcementsOf(one, this.#me)) : [];
  }

  /** A page of the list, cut by rows and by bytes. */
  summaries(cursor: string | undefined, limit: number): Outcome<{ conversations: Summary[]; cursor: string | null }> {
    const place = numberedPlaceOf(cursor, { by: Number.MAX_SAFE_INTEGER, id: "" });
    if (place === null) return badCursor;
    const rows = this.#store.newest({ at: place.by, conversationId: place.id as ConversationId }, limit + 1);
    const { page } = cutPage(rows, limit);
    const last = page.at(-1);
    return done({
      conversations: page.map((row) => summaryOf(row, now())),
      cursor:
        rows.length > page.length && last !== undefined ? cursorOf({ by: last.at, id: last.conversationId }) : null,
    });
  }

  /** The row as changed, and the announcement of it; none where nothing changed. */
  patch(
    conversationId: ConversationId,
    patch: SummaryPatch,
  ): Outcome<{ summary: Summary; announcement: Announcement | undefined }> {
    const before = this.#store.row(conversationId);
    if (before === undefined) return notFound;
    const patched = patchRow(before, patch);
    if (patched === before) return done({ summary: summaryOf(before, now()), announcement: undefined });
    const after = { ...patched, version: this.version + 1 };
    this.#parts.db.transact((tx) => {
      this.#store.write(tx, { before, after });
      if (before.requestBy !== after.requestBy) this.#parts.account.noteRequestsEnded(tx, [conversationId]);
    });
    this.#store.committed([{ before, after }]);
    return done({
      summary: summaryOf(after, now()),
      announcement: ownRow(after),
    });
  }

  /** Where a client that stands at `since` has to begin. A client that names no epoch means this one. */
  startOf(since: Version | undefined, epoch: Epoch | undefined): { since: Version; reset: boolean } {
    const isOurs = since !== undefined && since <= this.version && (epoch === undefined || epoch === this.#store.epoch);
    return isOurs ? { since, reset: false } : { since: 0, reset: true };
  }

  hello(deviceId: DeviceId): string {
    const hello: SyncHello = {
      type: "hello",
      version: this.version,
      epoch: this.#store.epoch,
      userId: this.#me,
      deviceId,
      serverTime: now(),
      heartbeat,
    };
    return JSON.stringify(hello);
  }

  /** One page of the rows that changed after a version. It names the version that it brings the client to, so a client that gets no further page resumes from there. */
  page(since: Version): Page {
    const rows = this.#store.changedAfter(since, batches.inboxPageRows + 1);
    const { page, texts } = cutPage(rows, batches.inboxPageRows);
    const more = page.length < rows.length;
    return { version: more ? (page.at(-1)?.version ?? this.version) : this.version, texts, more };
  }

  /** The answer to a poll. */
  answer(page: Page, reset: boolean): string {
    return pageText(page, { epoch: this.#store.epoch, reset });
  }

  #applyAll(jobs: readonly Job[]): Applied[] {
    try {
      return this.#transact(jobs);
    } catch (error) {
      if (jobs.length > 1) return jobs.flatMap((job) => this.#applyAll([job]));
      // One delivery alone failed: its conversation tries it again later.
      logFault("delivery", error, { conversationId: jobs[0]?.delivery.conversationId });
      for (const job of jobs)
        job.resolve({ rev: this.#store.row(job.delivery.conversationId)?.rev ?? 0, isFailed: true });
      return [];
    }
  }

  #transact(jobs: readonly Job[]): Applied[] {
    const stage: Stage = { changes: new Map(), version: this.version };
    const applied = this.#parts.db.transact((tx) => jobs.map((job) => this.#apply(tx, stage, job.delivery)));
    this.#store.committed(stage.changes.values());
    for (const [index, job] of jobs.entries()) job.resolve(applied[index]?.answer ?? { rev: 0 });
    return applied;
  }

  #apply(tx: UserTransactor, stage: Stage, delivery: Delivery): Applied {
    const { conversationId, requestBy, ...noRequest } = delivery;
    // The stranger has become a contact while the delivery was under way: it is no request any more.
    const isAccepted = requestBy !== undefined && this.#parts.account.hasContact(requestBy);
    const staged = stage.changes.get(conversationId);
    const before = staged?.after ?? this.#store.row(conversationId);
    const decision = decideDelivery({
      row: before,
      marks: marksOf(tx, before),
      arrival: isAccepted ? { ...noRequest, conversationId } : delivery,
      me: this.#me,
      version: stage.version,
      now: now(),
    });
    if (decision.do === "nothing") return { delivery, answer: { rev: decision.rev }, row: before, steps: [] };
    const { row, marks, steps, begins } = decision;
    if (row !== before) {
      this.#store.write(tx, { before, after: row });
      writeMarks(tx, before, row, marks, begins || row.hasLeft);
      stage.changes.set(conversationId, { before: staged === undefined ? before : staged.before, after: row });
      stage.version = Math.max(stage.version, row.version);
    }
    const added = delivery.facts?.added ?? [];
    if (begins || added.length > 0) this.#parts.account.noteConversation(tx, conversationId, { isNew: begins, added });
    if (begins && isAccepted) this.#parts.account.noteRequestsEnded(tx, [conversationId]);
    return { delivery, answer: { rev: row.rev }, row, steps };
  }
}

function announcementsOf({ delivery, row, steps }: Applied, me: UserId): Announcement[] {
  const { liveDevices, items } = delivery;
  if (steps.length === 0 && delivery.passing.length === 0) return [];
  const told: Told[] = [];
  for (const step of steps) {
    if (step.show === "row") {
      told.push({ text: rowFrame(step.row), isOwn: false });
      continue;
    }
    const item = items[step.index];
    if (item === undefined) continue;
    const numbers = `"inbox":{"version":${step.version},"unread":${step.unread},"mentionsUnread":${step.mentionsUnread}}}`;
    told.push({
      text:
        item.kind === "message"
          ? `{"type":"message","message":${item.json},${numbers}`
          : `{"type":"change",${item.json},${numbers}`,
      isOwn: (item.by ?? (item.kind === "message" ? item.message.senderId : undefined)) === me,
    });
  }
  const passing = delivery.passing.map((text) => ({ text, isOwn: false }));
  const liveTold =
    liveDevices.length > 0 && steps.length > 0 && row !== undefined ? [{ text: rowFrame(row), isOwn: false }] : [];
  return [{ told, passing, liveDevices, liveTold }];
}

/** A row that the user themselves changed. */
function ownRow(row: InboxRow): Announcement {
  return { told: [{ text: rowFrame(row), isOwn: true }], passing: [], liveDevices: [], liveTold: [] };
}

function rowFrame(row: InboxRow): string {
  return `{"type":"inbox","version":${row.version},"conversations":[${JSON.stringify(summaryOf(row, now()))}]}`;
}
