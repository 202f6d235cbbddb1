/** Owns the inbox: what it shows to sockets, polls and lists, and the changes that the user makes. deliveries.ts applies the changes of conversations. */
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type { ConversationId, DeviceId, Epoch, Rev, UserId, Version } from "../../../schema/ids.ts";
import type { SummaryPatch } from "../../../schema/http/conversation/conversations.ts";
import { batches, heartbeat } from "../../../schema/limits.ts";
import type { NewDevice } from "../../../schema/security/new-devices.ts";
import type { SyncHello } from "../../../schema/wire/frames/hello.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import { type InboxRow, patchRow, summaryOf } from "../../../core/inbox/inbox-row.ts";
import { stillDue } from "../../../core/inbox/decide-notify.ts";
import { badCursor, cursorOf, numberedPlaceOf } from "../../shared/list-pages.ts";
import { now } from "../../shared/platform/clock.ts";
import type { UserTransactor } from "../effects.ts";
import { type PushesParts, RowPushes } from "./row-pushes.ts";
import type { ExportRows } from "../../contract/transfer/exporting.ts";
import type { KnownPage } from "../../contract/bringing.ts";
import type { ListPlace, MentionPlace, Reachable } from "../../contract/search.ts";
import { ownRow } from "./announcements.ts";
import { Deliveries, type DeliveriesParts } from "./deliveries.ts";
import { cutPage, type Page, pageText } from "./inbox-pages.ts";
import { OwnMarks } from "./own-marks.ts";
import { InboxStore, type RowChange } from "./rows/inbox-store.ts";
import { Pulls, type PullsParts } from "./large/pulls.ts";
import type { Announcement } from "../sync-sockets.ts";
import type { ListedConversation } from "../member-changes.ts";

type OwnParts = Omit<DeliveriesParts, "rowBegan"> & PushesParts & PullsParts;

export class Inbox {
  readonly #parts: OwnParts;
  readonly #store: InboxStore;
  readonly #me: UserId;
  readonly deliveries: Deliveries;
  readonly pushes: RowPushes;
  readonly pulls: Pulls;
  readonly marks: OwnMarks;

  constructor(parts: OwnParts) {
    this.#parts = parts;
    this.#store = new InboxStore(parts.db, (...written) => this.pushes.written(...written));
    this.#me = parts.account.userId();
    this.pushes = new RowPushes(parts, this.#store);
    const rowBegan = (id: ConversationId): void => this.pulls.began(id);
    this.deliveries = new Deliveries({ ...parts, rowBegan }, this.#store, this.pushes);
    this.marks = new OwnMarks(parts, this.#store);
    this.pulls = new Pulls(parts, this.#store, this.deliveries.rows, this.pushes);
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
    return this.#store.lists.conversationsAfter(cursor, limit, which);
  }

  exportRows(after: ConversationId | null): ExportRows {
    const ids = this.#store.lists.idsAfter(after ?? "", batches.exportRows);
    const rows = this.#store
      .rowsOf(ids)
      .map((row) => ({ ...summaryOf(row, now()), ...this.marks.exported(row.conversationId) }));
    return { rows, next: ids.length < batches.exportRows ? null : (ids.at(-1) ?? null) };
  }

  forget(): void {
    this.#store.forget();
  }

  peerOf(conversationId: ConversationId): UserId | null {
    return this.#store.row(conversationId)?.peer?.id ?? null;
  }

  knownAfter(after: ConversationId | null): KnownPage {
    const ids = this.#store.lists.knownIds(after ?? "", batches.knownIdsMax);
    return { ids, next: ids.length < batches.knownIdsMax ? null : (ids.at(-1) ?? null) };
  }

  isAnyKnown(ids: readonly ConversationId[]): boolean {
    return this.#store.lists.isAnyKnown(ids);
  }

  acceptedAt(conversationId: ConversationId): Rev | null {
    const row = this.#store.row(conversationId);
    return row === undefined || row.hasLeft || row.requestBy !== null ? null : row.rev;
  }

  /** Ends all requests that a stranger made; after the commit `accepted` is called with their rows. */
  endRequestsBy(tx: UserTransactor, userId: UserId): void {
    let version = this.#store.lastVersion;
    const ended: { before: InboxRow; after: InboxRow }[] = [];
    for (const conversationId of this.#store.lists.requestsBy(userId)) {
      const before = this.#store.row(conversationId);
      if (before === undefined) continue;
      const after: InboxRow = { ...before, requestBy: null, version: ++version };
      this.#store.write(tx, { before, after });
      ended.push({ before, after });
    }
    if (ended.length === 0) return;
    this.#parts.account.noteRequestsEnded(
      tx,
      ended.map(({ after }) => after.conversationId),
    );
    tx.afterCommit({ do: "show accepted", rows: ended });
  }

  /** Rows were written of which clients see nothing. */
  keep(rows: readonly RowChange[]): void {
    this.#store.committed(rows);
  }

  /** Updates memory, and answers the announcements. */
  accepted(rows: readonly RowChange[]): Announcement[] {
    this.#store.committed(rows);
    return rows.map(({ after }) => ownRow(after));
  }

  /** A page of the list, cut by rows and by bytes. It leaves out deleted chats, so it may be short, and have a cursor. */
  summaries(cursor: string | undefined, limit: number): Outcome<{ conversations: Summary[]; cursor: string | null }> {
    const place = numberedPlaceOf(cursor, { by: Number.MAX_SAFE_INTEGER, id: "" });
    if (place === null) return badCursor;
    const rows = this.#store.newest({ at: place.by, conversationId: place.id as ConversationId }, limit + 1);
    const { page } = cutPage(rows, limit);
    const last = page.at(-1);
    return done({
      conversations: page.filter((row) => row.kept?.isDeleted === undefined).map((row) => summaryOf(row, now())),
      cursor:
        rows.length > page.length && last !== undefined ? cursorOf({ by: last.at, id: last.conversationId }) : null,
    });
  }

  /** The conversations behind a place of the list that the user is in now. */
  reachable(after: ListPlace | null, limit: number): Reachable {
    const place = after === null ? undefined : { at: after.at, conversationId: after.id };
    const rows = this.#store.newest(place, limit);
    const last = rows.at(-1);
    return {
      ids: rows.filter((row) => !row.hasLeft).map((row) => row.conversationId),
      next: rows.length < limit || last === undefined ? null : { at: last.at, id: last.conversationId },
    };
  }

  mentions(after: MentionPlace | null, limit: number): MentionPlace[] {
    return this.#store.mentions(after, limit);
  }

  /** The changed row, and its announcement; no announcement if nothing changed. */
  patch(
    conversationId: ConversationId,
    patch: SummaryPatch,
  ): Outcome<{ summary: Summary; announcement: Announcement | undefined }> {
    const before = this.#store.row(conversationId);
    if (before === undefined) return notFound;
    const patched = patchRow(before, patch);
    if (patched === before) return done({ summary: summaryOf(before, now()), announcement: undefined });
    const pushes = stillDue(patched, patched.pushes, now());
    const after = { ...patched, pushes, version: this.#store.lastVersion + 1 };
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

  /** The version at which a client that has `since` begins. A client that names no epoch means the present one. */
  startOf(since: Version | undefined, epoch: Epoch | undefined): { since: Version; reset: boolean } {
    const isOurs =
      since !== undefined && since <= this.#store.lastVersion && (epoch === undefined || epoch === this.#store.epoch);
    // The client received this version before the object woke. The change of that version may be lost, and comes again with a higher version.
    if (isOurs) this.#store.reach(since);
    return isOurs ? { since, reset: false } : { since: 0, reset: true };
  }

  hello(deviceId: DeviceId, newDevices: NewDevice[]): string {
    const hello: SyncHello = {
      type: "hello",
      version: this.version,
      epoch: this.#store.epoch,
      userId: this.#me,
      deviceId,
      serverTime: now(),
      heartbeat,
    };
    if (newDevices.length > 0) hello.newDevices = newDevices;
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
  answer(page: Page, reset: boolean, newDevices: readonly NewDevice[]): string {
    return pageText(page, { epoch: this.#store.epoch, reset, newDevices });
  }
}
