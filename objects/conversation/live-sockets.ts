/** Owns the live sockets: the devices that have this conversation on screen. */
import { Buffer } from "node:buffer";
import type { CloseReason } from "../../schema/errors.ts";
import type { DeviceId, UserId } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import { closeSocket, sendFrames, sendText } from "../shared/sockets.ts";

/** What a socket remembers through hibernation; a format with a version, for it outlives deploys. */
export type LiveAttachment = { v: 1; userId: UserId; deviceId: DeviceId; openedAt: number; badFrames: number };

export class LiveSockets {
  readonly #ctx: DurableObjectState;
  readonly #open = new Map<WebSocket, LiveAttachment>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    for (const socket of ctx.getWebSockets()) {
      const attachment = socket.deserializeAttachment() as LiveAttachment | null;
      if (attachment !== null && socket.readyState === WebSocket.OPEN) this.#open.set(socket, attachment);
    }
  }

  get count(): number {
    return this.#open.size;
  }

  /** Takes a socket in; of too many of one device the oldest goes. */
  accept(socket: WebSocket, attachment: LiveAttachment): void {
    const ofDevice = [...this.#open].filter(
      ([, other]) => other.deviceId === attachment.deviceId && other.userId === attachment.userId,
    );
    ofDevice.sort(([, a], [, b]) => a.openedAt - b.openedAt);
    for (const [oldest] of ofDevice.slice(0, Math.max(0, ofDevice.length + 1 - limits.liveSocketsPerDeviceMax))) {
      this.#drop(oldest, "tooManySockets");
    }
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment(attachment);
    this.#open.set(socket, attachment);
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

  /** Forgets a socket that closed or failed. */
  forget(socket: WebSocket): void {
    this.#open.delete(socket);
  }

  close(socket: WebSocket, reason: CloseReason): void {
    this.#drop(socket, reason);
  }

  closeWhere(reason: CloseReason, isMeant: (attachment: LiveAttachment) => boolean): void {
    for (const [socket, attachment] of [...this.#open]) if (isMeant(attachment)) this.#drop(socket, reason);
  }

  /**
   * Everybody gets the shared frames, as one frame; before them, in the same, a socket's own answers,
   * and behind them what depends on who reads.
   */
  broadcast(
    shared: readonly string[],
    answers: ReadonlyMap<WebSocket, string[]>,
    forUser: (userId: UserId) => readonly string[],
  ): void {
    const isOneFrame = shared.length <= limits.frameObjectsMax;
    const joined = isOneFrame ? shared.join(",") : "";
    const plain = shared.length > 1 ? `[${joined}]` : joined;
    const plainBytes = Buffer.byteLength(plain);
    for (const [socket, { userId }] of this.#open) {
      const own = answers.get(socket) ?? [];
      const personal = forUser(userId);
      if (isOneFrame && own.length === 0 && personal.length === 0) {
        if (plain !== "") sendText(socket, plain, false, plainBytes);
        continue;
      }
      sendFrames(socket, [...own, ...shared, ...personal]);
    }
  }

  /** The devices of a member that are on this conversation now. */
  devicesOf(userId: UserId): DeviceId[] {
    const devices = new Set<DeviceId>();
    for (const attachment of this.#open.values()) if (attachment.userId === userId) devices.add(attachment.deviceId);
    return [...devices];
  }

  #drop(socket: WebSocket, reason: CloseReason): void {
    this.#open.delete(socket);
    closeSocket(socket, reason);
  }
}
