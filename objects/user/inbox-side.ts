/** Owns the inbox side of a UserObject as a whole: composes inbox, sockets, polls and the way up, and their common turn. */
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import type { ConversationId, DeviceId, Rev, UserId } from "../../schema/ids.ts";
import type { SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { DevicesFrame } from "../../schema/security/new-devices.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Awake } from "../shared/meters/awake.ts";
import type { AlarmHandlers, Alarms } from "../shared/platform/alarms.ts";
import type { Env } from "../shared/platform/env.ts";
import { refusalFrame } from "../shared/sockets/frames.ts";
import type { UserDatabase, UserTransactor } from "./effects.ts";
import type { Attention } from "./push/attention.ts";
import type { Hints } from "./push/hints.ts";
import type { Subscriptions } from "./push/subscriptions.ts";
import { logFault } from "../shared/platform/log.ts";
import { answerClose, sendFree } from "../shared/sockets/sockets.ts";
import { Timers } from "../shared/platform/timers.ts";
import { Turn } from "../shared/platform/turn.ts";
import { CatchUp } from "./sockets/catch-up.ts";
import type { KnownPage } from "../contract/bringing.ts";
import type { Delivery, DeliveryAnswer } from "../contract/delivery/delivery.ts";
import type { ExportRows } from "../contract/transfer/exporting.ts";
import type { PackedDelivery } from "../contract/delivery/packed-delivery.ts";
import type { RowAnswer, RowDelivery } from "../contract/delivery/pulled-row.ts";
import type { MarksAnswer, MarksAsk, ListPlace, MentionPlace, Reachable } from "../contract/search.ts";
import { CommitPace } from "./inbox/commit-pace.ts";
import { Inbox } from "./inbox/inbox.ts";
import type { RowChange } from "./inbox/rows/inbox-store.ts";
import { PassUp, type Submit, submitTo } from "./sockets/pass-up.ts";
import { Polls } from "./sockets/polls.ts";
import type { AccountSide, InboxCalls, PresenceCalls, PushRows } from "./sides.ts";
import { SyncDoor } from "./sockets/sync-door.ts";
import { SyncMeters } from "./sockets/sync-meters.ts";
import { SyncRequests } from "./sockets/sync-requests.ts";
import type { Announcement, SyncSocket, SyncSockets } from "./sync-sockets.ts";
import type { ListedConversation } from "./member-changes.ts";

/** The tables of the inbox (inbox/rows/inbox-tables.ts) exist by then. */
export type InboxSideParts = {
  env: Env;
  awake: Awake;
  db: UserDatabase;
  alarms: Alarms;
  account: AccountSide;
  sockets: SyncSockets;
  presence: PresenceCalls;
  attention: Attention;
  hints: Hints;
  subscriptions: Subscriptions;
};

export class InboxSide implements InboxCalls {
  readonly #account: AccountSide;
  readonly #inbox: Inbox;
  readonly #sockets: SyncSockets;
  readonly #presence: PresenceCalls;
  readonly #polls = new Polls();
  readonly #passUp: PassUp;
  readonly #door: SyncDoor;
  readonly #meters: SyncMeters;
  readonly #requests: SyncRequests;
  readonly #turn = new Turn(() => this.#drain(), "frames");
  readonly #timers = new Timers();
  readonly #pace = new CommitPace(this.#timers, () => this.#commit());

  constructor(parts: InboxSideParts, submit?: Submit) {
    const { env, awake, account, sockets, presence } = parts;
    this.#account = account;
    this.#sockets = sockets;
    this.#presence = presence;
    const polls = this.#polls;
    const isWatched = (): boolean => sockets.count > 0 || polls.isAny;
    const gaveUp = (id: ConversationId, rev: Rev): void => this.#ended(sockets.noteShown(id, rev));
    const inbox = new Inbox({ ...parts, turn: this.#turn, isWatched, gaveUp });
    this.#inbox = inbox;
    const passOn = submit ?? submitTo(env, this.#timers);
    this.#passUp = new PassUp((...batch) => awake.during(passOn(...batch)), inbox.deliveries);
    this.#meters = new SyncMeters(env, account.userId());
    const ways = { env, inbox, sockets, presence, catchUp: new CatchUp(inbox, sockets) };
    const attended = (): void => inbox.pushes.attended();
    this.#door = new SyncDoor({ ...ways, meters: this.#meters, passUp: this.#passUp, attended });
    sockets.setPong(inbox.version);
    this.#requests = new SyncRequests({ ...ways, account, polls, ended: (gone) => this.#ended(gone) });
  }

  deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return this.#inbox.deliveries.deliver(delivery);
  }

  deliverPacked(packed: PackedDelivery): Promise<DeliveryAnswer | undefined> {
    return this.#inbox.deliveries.deliverPacked(packed);
  }

  deliverRow(delivery: RowDelivery): Promise<RowAnswer> {
    return this.#inbox.deliveries.rows.deliver(delivery);
  }

  get alarmHandlers(): AlarmHandlers {
    return this.#inbox.pulls.alarmHandlers;
  }

  get pushes(): PushRows {
    return this.#inbox.pushes;
  }

  /** The first device subscribed to pushes. */
  subscribed(): void {
    void this.#inbox.pulls.wish();
  }

  async summaries(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ conversations: Summary[]; cursor: string | null }>> {
    await this.#inbox.pulls.look();
    return this.#inbox.summaries(cursor, limit);
  }

  reachable(after: ListPlace | null, limit: number): Reachable {
    return this.#inbox.reachable(after, limit);
  }

  mentions(after: MentionPlace | null, limit: number): MentionPlace[] {
    return this.#inbox.mentions(after, limit);
  }

  async patchSummary(conversationId: ConversationId, patch: SummaryPatch): Promise<Outcome<Summary>> {
    const limited = this.#meters.refusalToPatch();
    if (limited !== undefined) return { ok: false, refusal: limited };
    await this.#inbox.pulls.look([conversationId]);
    const patched = this.#inbox.patch(conversationId, patch);
    if (!patched.ok) return patched;
    const { summary, announcement } = patched.value;
    if (announcement !== undefined) this.#announce([announcement]);
    if (patch.notify !== undefined) await this.#inbox.pulls.chose(conversationId);
    else if (patch.mutedUntil !== undefined) await this.#inbox.pulls.muted(conversationId);
    return done(summary);
  }

  marks(ask: MarksAsk): Outcome<MarksAnswer> {
    const isChange = ask.do === "star" || ask.do === "hide" || ask.do === "clear";
    const limited = isChange ? this.#meters.refusalToPatch() : undefined;
    if (limited !== undefined) return { ok: false, refusal: limited };
    const kept = this.#inbox.marks.answer(ask);
    if (!kept.ok) return kept;
    if (kept.value.announcement !== undefined) this.#announce([kept.value.announcement]);
    return done(kept.value.answer);
  }

  async fetch(request: Request): Promise<Response> {
    return await this.#requests.fetch(request);
  }

  webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const entry = this.#sockets.get(socket);
    // The server has closed this socket, so its frames are dropped.
    if (entry === undefined) return;
    try {
      this.#door.receive(entry, message);
    } catch (error) {
      logFault("sync frame", error);
      sendFree(socket, refusalFrame(refuse("internal", "something failed here").refusal, undefined));
    }
  }

  webSocketClose(socket: WebSocket): void {
    this.#ended(this.#sockets.forget(socket));
    answerClose(socket);
  }

  webSocketError(socket: WebSocket): void {
    this.#ended(this.#sockets.forget(socket));
  }

  closeDevice(device: DeviceId): void {
    this.#passUp.closeDevice(device);
    this.#ended(this.#sockets.closeDevice(device));
    this.#polls.closeDevice(device);
  }

  /** Asks all devices to connect again, each at a random moment within some time. */
  drain(afterMs?: number): void {
    this.#sockets.drain(afterMs);
  }

  conversationsAfter(cursor: string, limit: number, which: "all" | "groups"): ListedConversation[] {
    return this.#inbox.conversationsAfter(cursor, limit, which);
  }

  exportRows(after: ConversationId | null): ExportRows {
    return this.#inbox.exportRows(after);
  }

  peerOf(conversationId: ConversationId): UserId | null {
    return this.#inbox.peerOf(conversationId);
  }

  has(conversationId: ConversationId): boolean {
    return this.#inbox.has(conversationId);
  }

  knownAfter(after: ConversationId | null): KnownPage {
    return this.#inbox.knownAfter(after);
  }

  isAnyKnown(ids: readonly ConversationId[]): boolean {
    return this.#inbox.isAnyKnown(ids);
  }

  acceptedAt(conversationId: ConversationId): Rev | null {
    return this.#inbox.acceptedAt(conversationId);
  }

  endRequestsBy(tx: UserTransactor, userId: UserId): void {
    this.#inbox.endRequestsBy(tx, userId);
  }

  forget(): void {
    this.#inbox.forget();
  }

  keepRows(rows: readonly RowChange[]): void {
    this.#inbox.keep(rows);
  }

  showNewDevices(): void {
    for (const entry of this.#sockets.entries()) {
      const frame: DevicesFrame = {
        type: "devices",
        newDevices: this.#account.newDevices(entry.attachment.deviceId),
      };
      this.#sockets.queue(entry, JSON.stringify(frame), false);
    }
    this.#polls.wake();
  }

  showAccepted(rows: readonly RowChange[]): void {
    this.#announce(this.#inbox.accepted(rows));
  }

  #ended(sockets: readonly SyncSocket[]): void {
    for (const entry of sockets) this.#presence.socketGone(entry);
  }

  /** The end of a turn: each socket receives the announcements, and the answers that wait for it, in one frame. Then the rows are written, or a little later. */
  #drain(): void {
    let announcements: Announcement[] = [];
    const versionBefore = this.#inbox.version;
    try {
      announcements = this.#inbox.deliveries.apply({
        isOpen: this.#sockets.count > 0,
        hasShown: this.#sockets.hasShown,
      });
    } catch (error) {
      logFault("inbox turn", error);
    }
    const { waiting } = this.#inbox.deliveries;
    this.#announce(announcements, this.#inbox.version !== versionBefore, waiting !== "nothing");
    if (waiting !== "nothing") this.#pace.request(waiting === "urgent");
  }

  #commit(): void {
    this.#inbox.deliveries.commit();
    this.#sockets.setPong(this.#inbox.version);
  }

  /** Sends announcements to sockets and polls. After a write, the output gate holds them back until the write is stored. */
  #announce(announcements: readonly Announcement[], hasChanged = true, isToBeWritten = false): void {
    this.#sockets.flush(announcements);
    if (!hasChanged) return;
    // To set the pong costs as much as a frame, so under load it is set when the rows are written.
    if (!isToBeWritten) this.#sockets.setPong(this.#inbox.version);
    this.#polls.wake();
  }
}
