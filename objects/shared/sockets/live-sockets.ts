/** Owns the live sockets that one object holds: devices that have a conversation on screen. */
import type { CloseReason } from "../../../schema/errors.ts";
import type { DeviceId, Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import { isSilent } from "../../../core/presence.ts";
import type { RelayName, SocketId } from "../../contract/delivery/relay-calls.ts";
import { now } from "../platform/clock.ts";
import { LastHeard } from "./last-heard.ts";
import { Listening } from "./listening.ts";
import { Pong } from "./pong.ts";
import { Rotation } from "./rotation.ts";
import { Slices } from "./slices.ts";
import { closeSocket, type Parcel, parcelOf, sendParcel, type Outgoing } from "./sockets.ts";

/** The values that a socket keeps through hibernation. The format has a version, because it outlives deploys. */
export type LiveAttachment = {
  v: 1;
  userId: UserId;
  deviceId: DeviceId;
  openedAt: number;
  badFrames: number;
  /** When the last frame other than `ping` came, within a second. */
  heardAt?: TimeMs;
  /** Where a relay holds the socket. */
  relayed?: Relayed;
};

/** `rev`: what the socket had when it opened. `joinedSeq`: messages after it are not from before its user joined. */
export type Relayed = { id: SocketId; relay: RelayName; rev: Rev; joinedSeq: Seq };

/** A frame as JSON. `by`: the user who caused it, if that is known. */
export type Shown = { readonly text: string; readonly by?: UserId | undefined };

export interface LiveSocketEvents {
  /** A socket is no longer open, no matter which side ended it. `isLast`: the device has no other socket here. */
  left(attachment: LiveAttachment, heardAt: TimeMs, isLast: boolean): void;
  /** A socket that looked silent has sent a frame after all. */
  spoke(attachment: LiveAttachment): void;
}

export class LiveSockets {
  readonly #ctx: DurableObjectState;
  readonly #lastHeard: LastHeard;
  readonly #pong: Pong;
  readonly #listening: Listening;
  readonly #on: LiveSocketEvents;
  readonly #open = new Map<WebSocket, LiveAttachment>();
  /** The devices of each user, made when they are asked for after a socket came or went. */
  #devices: ReadonlyMap<UserId, DeviceId[]> | undefined;
  readonly #rotation = new Rotation(() => this.#open);
  readonly #slices = new Slices(() => this.#setDuePong());
  /** The answer to `ping` that holds when what is being sent is out. */
  #duePong: Rev | undefined;

  constructor(ctx: DurableObjectState, on: LiveSocketEvents) {
    this.#ctx = ctx;
    this.#on = on;
    this.#lastHeard = new LastHeard(ctx);
    this.#pong = new Pong(ctx);
    this.#listening = new Listening(this.#pong, (socket) => this.#drop(socket, "silent"));
    for (const socket of ctx.getWebSockets()) {
      const attachment = socket.deserializeAttachment() as LiveAttachment | null;
      if (attachment !== null && socket.readyState === WebSocket.OPEN) this.#open.set(socket, attachment);
    }
  }

  get count(): number {
    return this.#open.size;
  }

  /** The users who have a socket. */
  users(): UserId[] {
    return [...new Set([...this.#open.values()].map(({ userId }) => userId))];
  }

  /** Accepts a socket. If the device then has too many, its oldest is closed. */
  accept(socket: WebSocket, attachment: LiveAttachment): void {
    const ofDevice = this.ofDevice(attachment.userId, attachment.deviceId);
    for (const [oldest] of ofDevice.slice(0, Math.max(0, ofDevice.length + 1 - limits.liveSocketsPerDeviceMax))) {
      this.#drop(oldest, "tooManySockets");
    }
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment(attachment);
    this.#open.set(socket, attachment);
    this.#changed();
  }

  /** The sockets of a device, the oldest first. */
  ofDevice(userId: UserId, deviceId: DeviceId): [WebSocket, LiveAttachment][] {
    return [...this.#open]
      .filter(([, other]) => other.deviceId === deviceId && other.userId === userId)
      .sort(([, a], [, b]) => a.openedAt - b.openedAt);
  }

  /** The open sockets, those first that were opened first in this life of the object. */
  get all(): IterableIterator<[WebSocket, LiveAttachment]> {
    return this.#open.entries();
  }

  attachmentOf(socket: WebSocket): LiveAttachment | undefined {
    return this.#open.get(socket);
  }

  /** Counts a bad frame against the socket's life. */
  countBad(socket: WebSocket): void {
    const attachment = this.#open.get(socket);
    if (attachment === undefined) return;
    attachment.badFrames++;
    socket.serializeAttachment(attachment);
    if (attachment.badFrames > limits.badFramesMax) this.#drop(socket, "badProtocol");
  }

  /** Notes that a frame other than `ping` came. */
  noteHeard(socket: WebSocket): void {
    const attachment = this.#open.get(socket);
    if (attachment === undefined) return;
    this.#lastHeard.note(socket, attachment);
    if (this.#listening.settle(socket)) this.#on.spoke(attachment);
  }

  /** The answer to a `ping`, by the runtime or by this object. */
  get pong(): string {
    return this.#pong.text;
  }

  /** Without a socket nobody asks. A socket that is accepted later sets the pong anew. */
  setPong(rev: Rev): void {
    this.#duePong = rev;
    // A socket that is still to be sent something would take it for missed.
    if (this.#slices.sent === undefined) this.#setDuePong();
  }

  /** Resolves when everything is sent; undefined where nothing is left to be sent. */
  get sent(): Promise<void> | undefined {
    return this.#slices.sent;
  }

  /** When the last frame of a device came here; null if it has no socket. The object waits for pings of sockets that look silent, and closes those that send none. */
  heardOf(userId: UserId, deviceId: DeviceId): TimeMs | null {
    const heard: TimeMs[] = [];
    for (const [socket, attachment] of [...this.#open]) {
      if (attachment.userId !== userId || attachment.deviceId !== deviceId) continue;
      const heardAt = this.#lastHeard.at(socket, attachment);
      heard.push(heardAt);
      if (isSilent(heardAt, now())) this.#listening.suspect(socket);
    }
    return heard.length === 0 ? null : Math.max(...heard);
  }

  /** Forgets a socket that closed or failed. */
  forget(socket: WebSocket): void {
    const attachment = this.#open.get(socket);
    if (attachment === undefined) return;
    this.#open.delete(socket);
    this.#changed();
    this.#listening.settle(socket);
    const { userId, deviceId } = attachment;
    const hasOther = [...this.#open.values()].some((one) => one.userId === userId && one.deviceId === deviceId);
    this.#on.left(attachment, this.#lastHeard.at(socket, attachment), !hasOther);
  }

  /** It has been sent everything that was published before. */
  close(socket: WebSocket, reason: CloseReason): void {
    this.#slices.flush();
    this.#drop(socket, reason);
  }

  closeWhere(reason: CloseReason, isMeant: (attachment: LiveAttachment) => boolean): void {
    this.#slices.flush();
    for (const [socket, attachment] of [...this.#open]) if (isMeant(attachment)) this.#drop(socket, reason);
  }

  /**
   * Sends each socket its own answers, then what all get, then what only its reader gets, together in as few frames as possible.
   * What a reader's own act caused does not count against the reader. `forReader` is missing where nobody gets anything of their own.
   * Each broadcast begins with another socket, behind those that have an answer. What is the same for all readers goes out in slices.
   */
  broadcast(
    shared: readonly Shown[],
    answers: ReadonlyMap<WebSocket, string[]>,
    forReader?: (reader: LiveAttachment) => readonly Shown[],
  ): void {
    this.#slices.begin(this.#frames(shared, answers, forReader));
    // What differs is worked out from what is known now.
    if (forReader !== undefined) this.#slices.flush();
  }

  *#frames(
    shared: readonly Shown[],
    answers: ReadonlyMap<WebSocket, string[]>,
    forReader?: (reader: LiveAttachment) => readonly Shown[],
  ): Generator<void> {
    const actors = new Set(shared.map((one) => one.by));
    const parcels = new Map<UserId | undefined, Parcel>();
    for (const [socket, attachment] of this.#rotation.next(answers)) {
      // It may have been closed since the round began.
      if (!this.#open.has(socket)) continue;
      const { userId } = attachment;
      const own = answers.get(socket) ?? nothing;
      const personal = forReader?.(attachment) ?? nothing;
      if (own.length > 0 || personal.length > 0) {
        const answered = own.map((text): Outgoing => ({ text, isOwn: true }));
        sendParcel(socket, parcelOf([...answered, ...outgoingTo(userId, shared), ...outgoingTo(userId, personal)]));
        yield;
        continue;
      }
      if (shared.length === 0) continue;
      const reader = actors.has(userId) ? userId : undefined;
      let parcel = parcels.get(reader);
      if (parcel === undefined) parcels.set(reader, (parcel = parcelOf(outgoingTo(userId, shared))));
      sendParcel(socket, parcel);
      yield;
    }
  }

  /** The devices of a member that are on this conversation now. */
  devicesOf(userId: UserId): readonly DeviceId[] {
    this.#devices ??= devicesOfAll(this.#open.values());
    return this.#devices.get(userId) ?? nothing;
  }

  #setDuePong(): void {
    const rev = this.#duePong;
    this.#duePong = undefined;
    if (rev !== undefined && this.#open.size > 0) this.#pong.set(`pong:${rev}`);
  }

  #changed(): void {
    this.#devices = undefined;
    this.#rotation.forget();
  }

  #drop(socket: WebSocket, reason: CloseReason): void {
    this.forget(socket);
    closeSocket(socket, reason);
  }
}

const nothing: readonly never[] = [];

function devicesOfAll(attachments: Iterable<LiveAttachment>): Map<UserId, DeviceId[]> {
  const all = new Map<UserId, DeviceId[]>();
  for (const { userId, deviceId } of attachments) {
    const devices = all.get(userId);
    if (devices === undefined) all.set(userId, [deviceId]);
    else if (!devices.includes(deviceId)) devices.push(deviceId);
  }
  return all;
}

function outgoingTo(userId: UserId, shown: readonly Shown[]): Outgoing[] {
  return shown.map(({ text, by }) => ({ text, isOwn: by === userId }));
}
