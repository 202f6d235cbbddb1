/**
 * Owns one user: composes the account side (who this is, devices, people), the presence side, the inbox side (conversations, sockets) and the push side, and has
 * the calls that others make. The calls of the account side are in calls/account-calls.ts. It has no SQL and no rules.
 */
import type { Outcome } from "../../schema/errors.ts";
import { type ConversationId, type DeviceId, type TimeMs, userId as idForm, type UserId } from "../../schema/ids.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Presence } from "../../schema/wire/presence.ts";
import { utf8Bytes } from "../../schema/text.ts";
import { Awake } from "../shared/meters/awake.ts";
import { Alarms } from "../shared/platform/alarms.ts";
import { Database } from "../shared/platform/database.ts";
import type { Env } from "../shared/platform/env.ts";
import { StorageRoom } from "../shared/meters/storage-room.ts";
import { Account } from "./account-side.ts";
import { AccountCalls } from "./calls/account-calls.ts";
import type { Seen } from "../contract/presence.ts";
import type { UserCalls } from "../contract/user-calls.ts";
import type { UserEffect } from "./effects.ts";
import { perform } from "./performing.ts";
import { InboxSide } from "./inbox-side.ts";
import { PresenceSide } from "./presence/presence-side.ts";
import { pushingOf } from "./push/pushing.ts";
import { PushSide } from "./push/push-side.ts";
import type { InboxCalls, PresenceCalls, PushCalls } from "./sides.ts";
import { Self } from "./self.ts";
import { SyncSockets } from "./sync-sockets.ts";
import { TaskList } from "../shared/tasks/task-list.ts";
import { steps } from "./tables.ts";
import { UserUploads } from "./uploads/user-uploads.ts";
import type { TaskKind } from "./user-tasks.ts";
import { Written } from "./meters/written.ts";

export class UserObject extends AccountCalls implements UserCalls {
  readonly #awake = new Awake();
  protected readonly alarms: Alarms;
  readonly #room: StorageRoom;
  protected readonly self: Self;
  protected readonly account: Account;
  readonly #presence: PresenceCalls;
  readonly #inbox: InboxCalls;
  readonly #push: PushCalls;
  readonly #written: Written;
  protected readonly uploads: UserUploads;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const db = new Database<UserEffect>(ctx.storage, (effect) =>
      perform(effect, { account: this.account, presence: this.#presence, inbox: this.#inbox, push: this.#push }),
    );
    db.migrate(steps);
    this.alarms = new Alarms(ctx.storage, db);
    this.#written = new Written(db);
    this.#room = new StorageRoom(ctx.storage.sql, "the account's own store");
    const requests = new TaskList<TaskKind>(this.alarms);
    const self = (this.self = new Self({ id: idForm.parse(ctx.id.name), db, tasks: requests }));
    const own = { env, db, alarms: this.alarms, account: self, sockets: new SyncSockets(ctx) };
    const shared = { ...own, ...pushingOf(own) };
    this.#presence = new PresenceSide(shared);
    this.#inbox = new InboxSide({ ...shared, awake: this.#awake, presence: this.#presence });
    const sides = { inbox: this.#inbox, presence: this.#presence };
    this.#push = new PushSide({ ...shared, ...sides });
    this.uploads = new UserUploads({ ...own, userId: self.userId(), avatar: () => self.avatar() });
    this.account = new Account({ ...shared, ...sides, self, requests, push: this.#push, uploads: this.uploads });
    const handlers = { ...this.uploads.alarmHandlers, ...this.account.alarmHandlers };
    const ofSides = { ...this.#presence.alarmHandlers, ...this.#inbox.alarmHandlers };
    this.alarms.use({ ...handlers, ...ofSides }, () => this.#push.rung());
    // The alarm of a push that waits has no row, and must be known before another is set.
    if (shared.subscriptions.isAny) void ctx.blockConcurrencyWhile(async () => void (await this.alarms.look()));
  }

  // Presence

  async presenceOf(userIds: UserId[]): Promise<Outcome<Presence[]>> {
    return this.#presence.presenceOf(userIds);
  }

  async showPresence(viewer: UserId, until: TimeMs | null): Promise<Seen> {
    return this.#presence.show(viewer, until);
  }

  async dropWatch(viewer: UserId): Promise<void> {
    this.#presence.drop(viewer);
  }

  async liveClosed(device: DeviceId, conversationId: ConversationId, heardAt: TimeMs): Promise<void> {
    this.#presence.liveClosed(device, conversationId, heardAt);
  }

  async presenceChanged(userId: UserId, seen: Seen): Promise<{ isWatching: boolean }> {
    return this.#presence.changed(userId, seen);
  }

  // Inbox

  deliver(...[delivery]: Parameters<UserCalls["deliver"]>): ReturnType<UserCalls["deliver"]> {
    this.alarms.rouse();
    return this.#awake.during(this.#inbox.deliver(delivery));
  }

  deliverPacked(...[packed]: Parameters<UserCalls["deliverPacked"]>): ReturnType<UserCalls["deliverPacked"]> {
    this.alarms.rouse();
    return this.#inbox.deliverPacked(packed);
  }

  deliverRow(...[delivery]: Parameters<UserCalls["deliverRow"]>): ReturnType<UserCalls["deliverRow"]> {
    this.alarms.rouse();
    return this.#awake.during(this.#inbox.deliverRow(delivery));
  }

  async knownAfter(after: ConversationId): ReturnType<UserCalls["knownAfter"]> {
    return this.#inbox.knownAfter(after);
  }

  async sharesOne(ids: ConversationId[]): Promise<boolean> {
    return this.#inbox.isAnyKnown(ids);
  }

  async summaries(cursor: string | undefined, limit: number): ReturnType<UserCalls["summaries"]> {
    return this.#inbox.summaries(cursor, limit);
  }

  async reachable(...asked: Parameters<UserCalls["reachable"]>): ReturnType<UserCalls["reachable"]> {
    return this.#inbox.reachable(...asked);
  }

  async mentions(...asked: Parameters<UserCalls["mentions"]>): ReturnType<UserCalls["mentions"]> {
    return this.#inbox.mentions(...asked);
  }

  async patchSummary(...[conversationId, patch]: Parameters<UserCalls["patchSummary"]>): Promise<Outcome<Summary>> {
    const full = patch.draft === undefined ? undefined : this.#room.refusal(utf8Bytes(patch.draft ?? ""));
    if (full !== undefined) return { ok: false, refusal: full };
    const patched = await this.#inbox.patchSummary(conversationId, patch);
    // The user accepted a request: the conversation receives this before the user is answered.
    if (patch.request === false) await this.account.settle();
    return patched;
  }
  async marks(...[ask]: Parameters<UserCalls["marks"]>): ReturnType<UserCalls["marks"]> {
    return this.#inbox.marks(ask);
  }
  async exportRows(after: ConversationId | null): ReturnType<UserCalls["exportRows"]> {
    return this.#inbox.exportRows(after);
  }

  override async fetch(request: Request): Promise<Response> {
    this.alarms.rouse();
    return this.#inbox.fetch(request);
  }

  async wrote(units: number): Promise<{ isOver: boolean }> {
    return this.#written.add(units);
  }

  // Pushes

  async subscribe(...asked: Parameters<UserCalls["subscribe"]>): Promise<Outcome<null>> {
    return this.#push.subscribe(...asked);
  }

  async unsubscribe(device: DeviceId): Promise<Outcome<null>> {
    return this.#push.unsubscribe(device);
  }

  async pushAddresses(): ReturnType<UserCalls["pushAddresses"]> {
    return this.#push.addresses();
  }

  async pushesDue(putOff: DeviceId[] = []): ReturnType<UserCalls["pushesDue"]> {
    this.alarms.rouse();
    return this.#push.due(putOff);
  }

  async isStillDue(...[push]: Parameters<UserCalls["isStillDue"]>): Promise<boolean> {
    return this.#push.isStillDue(push);
  }

  async pushesDone(...[report]: Parameters<UserCalls["pushesDone"]>): Promise<{ more: boolean }> {
    return this.#push.report(report);
  }

  async pushesAgain(...[again]: Parameters<UserCalls["pushesAgain"]>): Promise<{ due: number }> {
    return this.#push.again(again);
  }

  // What the platform calls

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.alarms.rouse();
    this.#inbox.webSocketMessage(socket, message);
  }

  override webSocketClose(socket: WebSocket): void {
    this.#inbox.webSocketClose(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#inbox.webSocketError(socket);
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#awake.during(this.alarms.run(info));
  }
}
