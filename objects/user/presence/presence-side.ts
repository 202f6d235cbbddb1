/** Owns the presence side of a UserObject: composes heartbeats, silent sockets, watchers and watches. */
import type { Status } from "../../../core/presence.ts";
import type { Outcome } from "../../../schema/errors.ts";
import type { ConversationId, DeviceId, TimeMs, UserId } from "../../../schema/ids.ts";
import type { Presence } from "../../../schema/wire/presence.ts";
import type { Alarms, AlarmHandlers } from "../../shared/platform/alarms.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { Seen } from "../../contract/presence.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { AccountSide, PresenceCalls } from "../sides.ts";
import type { SyncSocket, SyncSockets } from "../sync-sockets.ts";
import { Heartbeats } from "./heartbeats.ts";
import { SilentSockets } from "./silent-sockets.ts";
import { Watchers } from "./watchers.ts";
import { Watches } from "./watches.ts";

export type PresenceParts = { env: Env; db: UserDatabase; alarms: Alarms; account: AccountSide; sockets: SyncSockets };

export class PresenceSide implements PresenceCalls {
  readonly alarmHandlers: AlarmHandlers;
  readonly #account: AccountSide;
  readonly #sockets: SyncSockets;
  readonly #silent: SilentSockets;
  readonly #heartbeats: Heartbeats;
  readonly #watchers: Watchers;
  readonly #watches: Watches;

  constructor(parts: PresenceParts) {
    this.#account = parts.account;
    this.#sockets = parts.sockets;
    this.#silent = new SilentSockets(parts.sockets, (socket) => this.#closeSilent(socket));
    this.#heartbeats = new Heartbeats(parts);
    this.#watchers = new Watchers({ ...parts, heartbeats: this.#heartbeats, silent: this.#silent });
    this.#watches = new Watches({ ...parts, watchers: this.#watchers, silent: this.#silent });
    this.alarmHandlers = { ...this.#watchers.alarmHandlers, ...this.#watches.alarmHandlers };
  }

  async presenceOf(userIds: readonly UserId[]): Promise<Outcome<Presence[]>> {
    return await this.#watches.look(userIds);
  }

  async show(viewer: UserId, until: TimeMs | null): Promise<Seen> {
    return await this.#watchers.show(viewer, until);
  }

  drop(viewer: UserId): void {
    this.#watchers.drop(viewer);
  }

  changed(userId: UserId, seen: Seen): { isWatching: boolean } {
    return this.#watches.changed(userId, seen);
  }

  async watch(entry: SyncSocket, userIds: readonly UserId[]): Promise<Outcome<Presence[]>> {
    return await this.#watches.watch(entry, userIds);
  }

  socketOpened(device: DeviceId): void {
    this.#heartbeats.socketOpened(device);
    this.#watchers.review();
  }

  heard(entry: SyncSocket): void {
    this.#sockets.noteHeard(entry);
    if (this.#silent.settle(entry)) this.#watchers.review();
  }

  socketGone(entry: SyncSocket): void {
    this.#silent.settle(entry);
    const { deviceId } = entry.attachment;
    // The frames of a device that was signed out count no more.
    if (this.#account.isDeviceKnown(deviceId)) this.#heartbeats.socketGone(entry, this.#sockets.heardAt(entry));
    this.#watches.socketGone(entry);
    this.#watchers.review();
  }

  liveOpening(device: DeviceId, conversation: ConversationId): void {
    this.#heartbeats.liveOpening(device, conversation);
    this.#watchers.review();
  }

  liveClosed(device: DeviceId, conversation: ConversationId, heardAt: TimeMs): void {
    if (this.#account.isDeviceKnown(device)) this.#heartbeats.liveClosed(device, conversation, heardAt);
  }

  async polling<T>(device: DeviceId, poll: () => Promise<T>): Promise<T> {
    this.#heartbeats.pollBegan(device);
    this.#watchers.review();
    try {
      return await poll();
    } finally {
      if (this.#account.isDeviceKnown(device)) this.#heartbeats.pollEnded(device);
    }
  }

  heardAt(device: DeviceId): TimeMs | undefined {
    return this.#heartbeats.of(device);
  }

  deviceRevoked(tx: UserTransactor, device: DeviceId): void {
    this.#heartbeats.forget(tx, device);
  }

  deviceEnded(device: DeviceId): void {
    this.#heartbeats.deviceEnded(device);
    this.#watchers.review();
  }

  reportToWatchers(watchers: readonly UserId[], knownAs: Status["status"] | null): void {
    this.#watchers.report(watchers, knownAs);
  }

  showBlocked(userId: UserId): void {
    this.#watches.blockChanged(userId);
  }

  settingChanged(tx: UserTransactor): void {
    this.#watchers.viewChanged(tx);
  }

  contactChanged(tx: UserTransactor, userId: UserId): void {
    this.#watchers.viewChanged(tx, userId);
  }

  blockChanged(tx: UserTransactor, userId: UserId): void {
    this.#watchers.viewChanged(tx, userId);
    tx.afterCommit({ do: "show blocked", userId });
  }

  #closeSilent(socket: WebSocket): void {
    for (const entry of this.#sockets.close(socket, "silent")) this.socketGone(entry);
  }
}
