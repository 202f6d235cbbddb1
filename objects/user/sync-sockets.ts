/** Owns the sync sockets: which are open, what each remembers through hibernation, and what goes out on them. */
import { Buffer } from "node:buffer";
import type { CloseReason } from "../../schema/errors.ts";
import type { ConversationId, DeviceId, TimeMs, UserId, Version } from "../../schema/ids.ts";
import { limits, timeouts } from "../../schema/limits.ts";
import type { DrainFrame } from "../../schema/wire/attend.ts";
import { isSilent } from "../../core/presence.ts";
import type { Bucket } from "../../core/token-bucket.ts";
import type { Actor } from "../conversation/contract.ts";
import { now } from "../shared/clock.ts";
import { Heard } from "../shared/heard.ts";
import { closeSocket, sendFrames, sendText } from "../shared/sockets.ts";

/** What a socket remembers through hibernation; a format with a version, for it outlives deploys. */
export type SyncAttachment = {
  v: 1;
  userId: UserId;
  deviceId: DeviceId;
  openedAt: number;
  /** Whether the app is in front, by its own word. */
  isAttending: boolean;
  badFrames: number;
  /** When a frame other than `ping` was last heard, within a second. */
  heardAt?: TimeMs;
  /** Where the device opened live sockets of late, newest first. */
  live?: ConversationId[];
  /** What it watches: a row of `watch_sets`. */
  watchSet?: number;
};

/** An open socket. What is not in the attachment is of this moment, and lost with it. */
export type SyncSocket = {
  readonly socket: WebSocket;
  readonly attachment: SyncAttachment;
  frames: Bucket | undefined;
  /** What is for this socket alone: answers and presence, in their order, to go out with what the turn broadcasts. */
  waiting: string[];
};

/** What a delivery or a patch tells all sockets; devices that got the items on a live socket hear only of the row. */
export type Announcement = {
  frames: readonly string[];
  liveDevices: readonly DeviceId[];
  liveFrames: readonly string[];
};

export class SyncSockets {
  readonly #ctx: DurableObjectState;
  readonly #heard: Heard;
  readonly #open = new Map<WebSocket, SyncSocket>();
  /** Called when something waits to be sent on a socket. */
  onWaiting: () => void = () => undefined;
  /** Called when a socket is no longer open, whoever ended it. */
  onGone: (entry: SyncSocket) => void = () => undefined;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#heard = new Heard(ctx);
    for (const socket of ctx.getWebSockets()) {
      const attachment = socket.deserializeAttachment() as SyncAttachment | null;
      if (attachment !== null && socket.readyState === WebSocket.OPEN) this.#hold(socket, attachment);
    }
  }

  get count(): number {
    return this.#open.size;
  }

  get(socket: WebSocket): SyncSocket | undefined {
    return this.#open.get(socket);
  }

  entries(): IterableIterator<SyncSocket> {
    return this.#open.values();
  }

  ofDevice(deviceId: string): SyncSocket[] {
    return [...this.#open.values()].filter((entry) => entry.attachment.deviceId === deviceId);
  }

  /** When the socket was last heard, a `ping` that the runtime answered included. */
  heardAt({ socket, attachment }: SyncSocket): TimeMs {
    return this.#heard.at(socket, attachment);
  }

  /** Notes that a frame other than `ping` was heard. */
  noteHeard({ socket, attachment }: SyncSocket): void {
    this.#heard.note(socket, attachment);
  }

  /** Keeps something through hibernation. */
  keep(entry: SyncSocket, change: Partial<SyncAttachment>): void {
    Object.assign(entry.attachment, change);
    entry.socket.serializeAttachment(entry.attachment);
  }

  /** Takes a socket in; of too many of one device the oldest goes. */
  accept(socket: WebSocket, { userId, deviceId }: Actor): void {
    const ofDevice = this.ofDevice(deviceId);
    ofDevice.sort((a, b) => a.attachment.openedAt - b.attachment.openedAt);
    const excess = ofDevice.slice(0, Math.max(0, ofDevice.length + 1 - limits.syncSocketsPerDeviceMax));
    for (const oldest of excess) this.close(oldest.socket, "tooManySockets");
    this.#ctx.acceptWebSocket(socket);
    const attachment: SyncAttachment = { v: 1, userId, deviceId, openedAt: now(), isAttending: false, badFrames: 0 };
    socket.serializeAttachment(attachment);
    this.#hold(socket, attachment);
  }

  attend(entry: SyncSocket, isAttending: boolean): void {
    this.keep(entry, { isAttending });
  }

  /** Counts a bad frame against the socket's life; the answer to the last one still goes out. */
  countBad(entry: SyncSocket): void {
    this.keep(entry, { badFrames: entry.attachment.badFrames + 1 });
    if (entry.attachment.badFrames <= limits.badFramesMax) return;
    sendFrames(entry.socket, entry.waiting);
    this.close(entry.socket, "badProtocol");
  }

  /** Says something on one socket, at the end of the turn, behind what was said before. */
  say(entry: SyncSocket, text: string): void {
    entry.waiting.push(text);
    this.onWaiting();
  }

  /** Sends what the turn has to say: to each socket its own answers, then what all are told, as one frame. */
  flush(announcements: readonly Announcement[]): void {
    const frames = announcements.flatMap((announcement) => announcement.frames);
    const isPlain = frames.length <= limits.frameObjectsMax;
    const plain = frames.length > 1 ? `[${frames.join(",")}]` : (frames[0] ?? "");
    const plainBytes = Buffer.byteLength(plain);
    for (const entry of this.#open.values()) {
      const { deviceId } = entry.attachment;
      const answers = entry.waiting;
      const isLive = announcements.some((announcement) => announcement.liveDevices.includes(deviceId));
      if (answers.length === 0 && !isLive && isPlain) {
        if (plain !== "") sendText(entry.socket, plain, false, plainBytes);
        continue;
      }
      entry.waiting = [];
      const own = !isLive
        ? frames
        : announcements.flatMap((announcement) =>
            announcement.liveDevices.includes(deviceId) ? announcement.liveFrames : announcement.frames,
          );
      sendFrames(entry.socket, answers.length === 0 ? own : [...answers, ...own]);
    }
  }

  /** What the runtime answers to `ping` without waking the object: how a device learns that it is behind. */
  setPong(version: Version): void {
    if (this.#open.size === 0) return;
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", `pong:${version}`));
  }

  /** Asks all devices to connect anew, spread over a while. */
  drain(afterMs: number = timeouts.drainAfterMs): void {
    const frame: DrainFrame = { type: "drain", afterMs };
    const text = JSON.stringify(frame);
    for (const { socket } of this.#open.values()) sendText(socket, text);
  }

  /** Closes those that were not heard for longer than anybody is believed to be there. One that speaks again comes back as a new one, which is noticed. */
  closeSilent(): void {
    const at = now();
    for (const entry of [...this.#open.values()]) {
      if (isSilent(this.heardAt(entry), at)) this.close(entry.socket, "silent");
    }
  }

  closeDevice(deviceId: DeviceId): void {
    for (const entry of this.ofDevice(deviceId)) this.close(entry.socket, "credentials");
  }

  close(socket: WebSocket, reason: CloseReason): void {
    this.forget(socket);
    closeSocket(socket, reason);
  }

  /** Forgets a socket that closed or failed. */
  forget(socket: WebSocket): void {
    const entry = this.#open.get(socket);
    if (entry === undefined) return;
    this.#open.delete(socket);
    this.onGone(entry);
  }

  #hold(socket: WebSocket, attachment: SyncAttachment): void {
    this.#open.set(socket, { socket, attachment, frames: undefined, waiting: [] });
  }
}
