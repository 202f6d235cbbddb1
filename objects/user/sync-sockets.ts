/** Owns the sync sockets: which are open, their attachments, and the frames that go out on them. */
import type { CloseReason } from "../../schema/errors.ts";
import type { ConversationId, DeviceId, Rev, TimeMs, UserId, Version } from "../../schema/ids.ts";
import { limits, timeouts } from "../../schema/limits.ts";
import { rates } from "../../schema/rates.ts";
import type { DrainFrame } from "../../schema/wire/attend.ts";
import type { Actor } from "../contract/actor.ts";
import { Buckets } from "../shared/meters/buckets.ts";
import { now } from "../shared/platform/clock.ts";
import { LastHeard } from "../shared/sockets/last-heard.ts";
import { Pong } from "../shared/sockets/pong.ts";
import { Turn } from "../shared/platform/turn.ts";
import { closeSocket, type Parcel, parcelOf, sendFree, sendParcel, type Outgoing } from "../shared/sockets/sockets.ts";

/** The attachment of a socket, which outlives hibernation and deploys: hence its version. */
export type SyncAttachment = {
  v: 1;
  userId: UserId;
  deviceId: DeviceId;
  openedAt: number;
  /** Whether the app is in front, as its `attend` frames say. */
  isAttending: boolean;
  badFrames: number;
  /** When a frame other than `ping` was last heard, within a second. */
  heardAt?: TimeMs;
  /** The conversations in which the device opened live sockets lately, newest first. */
  live?: ConversationId[];
  /** The row of `watch_sets` with the users whom the socket watches. */
  watchSet?: number;
  /** Bytes of the first pages, which were sent to it at once, where they are many. */
  greetingBytes?: number;
  /** While it is brought up to date, see catch-up.ts. */
  catchUp?: CatchUpState | undefined;
  /** Conversations whose rows could not be written after the socket had received their changes, and up to which rev it has. These come again. */
  shown?: Shown[] | undefined;
};

type Shown = readonly [ConversationId, Rev];

/** `reached`: the version up to which pages were sent. `ahead`: the bytes of each page that the client has not answered yet, oldest first. */
export type CatchUpState = { reached: Version; ahead: readonly number[] };

/** An open socket. Fields outside the attachment are in memory only, and lost at hibernation. */
export type SyncSocket = {
  readonly socket: WebSocket;
  readonly attachment: SyncAttachment;
  /** Frames for this socket alone, answers and presence, in their order. They go out at the end of the turn, before its announcements. */
  waiting: Outgoing[];
};

/** A frame of the inbox. `rev`: it brings this change of its conversation, which no socket gets twice. */
export type Change = Outgoing & { readonly rev?: Rev };

/**
 * The frames that a delivery or a patch sends to all sockets. `changes`: those of the inbox. `passing`: frames that leave nothing behind, such as
 * typing. `liveDevices` got the items on a live socket, so they get `liveChanges`, the row, in place of `changes`; so does a socket in place of changes that it has
 * received before. Sockets that are still catching up get only `passing`: the inbox comes to them by its pages.
 */
export type Announcement = {
  conversationId: ConversationId;
  changes: readonly Change[];
  passing: readonly Outgoing[];
  liveDevices: readonly DeviceId[];
  liveChanges: readonly Outgoing[];
};

/** Methods that end sockets answer those that were open until now. The caller reports them to the presence side, by `socketGone`. */
export class SyncSockets {
  /** The answer to `ping`. */
  readonly pong: Pong;
  readonly #ctx: DurableObjectState;
  readonly #lastHeard: LastHeard;
  readonly #open = new Map<WebSocket, SyncSocket>();
  /** Whether some socket has received changes that come again. */
  #hasShown = false;
  readonly #openings = new Buckets(rates.syncUpgradesPerDevice, limits.devicesMax);
  /** Answers have a turn of their own, besides the turn of deliveries: they need no commit. */
  readonly #answerTurn = new Turn(() => this.flush([]), "frames");

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.pong = new Pong(ctx);
    this.#lastHeard = new LastHeard(ctx);
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
    return this.#lastHeard.at(socket, attachment);
  }

  /** Notes that a frame was heard which the runtime did not answer. */
  noteHeard({ socket, attachment }: SyncSocket): void {
    this.#lastHeard.note(socket, attachment);
  }

  /** Keeps something through hibernation. */
  keep(entry: SyncSocket, change: Partial<SyncAttachment>): void {
    Object.assign(entry.attachment, change);
    entry.socket.serializeAttachment(entry.attachment);
  }

  /** How long a device has to wait until it may open another socket. 0: it may now, and this opening is counted. */
  openingWaitMs(deviceId: DeviceId): number {
    if (this.#leavingBytes() > limits.leavingBytesMax) return timeouts.leavingSocketsMs;
    const waitMs = this.#openings.waitMs(deviceId, now());
    if (waitMs === 0) this.#openings.spend(deviceId, now());
    return waitMs;
  }

  /** Closes the oldest sockets of a device that could not have one more. Answers those. */
  makeRoom(deviceId: DeviceId): SyncSocket[] {
    const ofDevice = this.ofDevice(deviceId);
    ofDevice.sort((a, b) => a.attachment.openedAt - b.attachment.openedAt);
    const excess = ofDevice.slice(0, Math.max(0, ofDevice.length + 1 - limits.syncSocketsPerDeviceMax));
    return excess.flatMap((oldest) => this.close(oldest.socket, "tooManySockets"));
  }

  accept(socket: WebSocket, { userId, deviceId }: Actor): SyncSocket {
    this.#ctx.acceptWebSocket(socket);
    const attachment: SyncAttachment = { v: 1, userId, deviceId, openedAt: now(), isAttending: false, badFrames: 0 };
    socket.serializeAttachment(attachment);
    return this.#hold(socket, attachment);
  }

  attend(entry: SyncSocket, isAttending: boolean): void {
    this.keep(entry, { isAttending });
  }

  /** Counts a bad frame. After too many of them the socket is closed; the answer to the last one still goes out. Answers the socket if it was closed. */
  countBad(entry: SyncSocket): SyncSocket[] {
    this.keep(entry, { badFrames: entry.attachment.badFrames + 1 });
    if (entry.attachment.badFrames <= limits.badFramesMax) return [];
    sendParcel(entry.socket, parcelOf(entry.waiting));
    return this.close(entry.socket, "badProtocol");
  }

  get hasShown(): boolean {
    return this.#hasShown;
  }

  /** What sockets have received of a conversation up to this rev could not be written, and comes again. Answers the sockets that are closed because of it: they begin anew. */
  noteShown(conversationId: ConversationId, rev: Rev): SyncSocket[] {
    return [...this.#open.values()].flatMap((entry) => {
      const { catchUp, shown = [] } = entry.attachment;
      if (catchUp !== undefined) return [];
      const others = shown.filter(([id]) => id !== conversationId);
      if (others.length >= limits.shownConversationsMax) return this.close(entry.socket, "tryLater");
      this.#hasShown = true;
      this.keep(entry, { shown: [...others, [conversationId, Math.max(rev, shownRev(shown, conversationId))]] });
      return [];
    });
  }

  /** Puts a frame in line for one socket; it goes out at the end of the turn. `isOwn`: it answers a frame of the reader's. */
  queue(entry: SyncSocket, text: string, isOwn = true): void {
    entry.waiting.push({ text, isOwn });
    this.#answerTurn.request();
  }

  /** Ends a turn: sends each socket the frames that wait for it, then the announcements, in as few frames as they need. */
  flush(announcements: readonly Announcement[]): void {
    let shared: Parcel | undefined;
    for (const entry of this.#open.values()) {
      const { deviceId, catchUp, shown } = entry.attachment;
      if (entry.waiting.length > 0) {
        const answers = entry.waiting;
        entry.waiting = [];
        const outgoing = outgoingTo(announcements, entry.attachment);
        sendParcel(entry.socket, parcelOf(outgoing.length === 0 ? answers : [...answers, ...outgoing]));
        continue;
      }
      if (announcements.length === 0) continue;
      const isLive = announcements.some((one) => one.liveDevices.includes(deviceId));
      const isApart = isLive || catchUp !== undefined || shown !== undefined;
      const parcel = (isApart ? undefined : shared) ?? parcelOf(outgoingTo(announcements, entry.attachment));
      if (!isApart) shared = parcel;
      sendParcel(entry.socket, parcel);
      if (shown !== undefined) this.#forgetShown(entry, shown, announcements);
    }
  }

  /** Sets the answer that the runtime gives to `ping` without waking the object. A device learns by it that it is behind. */
  setPong(version: Version): void {
    if (this.#open.size === 0) return;
    this.pong.set(`pong:${version}`);
  }

  /** Asks all devices to connect anew, spread over a while. */
  drain(afterMs: number = timeouts.drainAfterMs): void {
    const frame: DrainFrame = { type: "drain", afterMs };
    const text = JSON.stringify(frame);
    for (const { socket } of this.#open.values()) sendFree(socket, text);
  }

  closeDevice(deviceId: DeviceId): SyncSocket[] {
    return this.ofDevice(deviceId).flatMap((entry) => this.close(entry.socket, "credentials"));
  }

  close(socket: WebSocket, reason: CloseReason): SyncSocket[] {
    const ended = this.forget(socket);
    closeSocket(socket, reason);
    return ended;
  }

  /** Forgets a socket that closed or failed. Answers it if it was open until now. */
  forget(socket: WebSocket): SyncSocket[] {
    const entry = this.#open.get(socket);
    if (entry === undefined) return [];
    this.#open.delete(socket);
    return [entry];
  }

  /** Bytes that were sent to sockets which we closed and whose clients have not answered the close. Until a client reads, the runtime keeps them. */
  #leavingBytes(): number {
    let bytes = 0;
    for (const socket of this.#ctx.getWebSockets()) {
      if (socket.readyState === WebSocket.OPEN) continue;
      bytes += (socket.deserializeAttachment() as SyncAttachment | null)?.greetingBytes ?? 0;
    }
    return bytes;
  }

  /** Nothing that the socket has comes again of conversations that have gone on. */
  #forgetShown(entry: SyncSocket, shown: readonly Shown[], announcements: readonly Announcement[]): void {
    const hasGoneOn = ([id, rev]: Shown): boolean =>
      announcements.some(({ conversationId, changes }) => {
        const revs = changes.flatMap((change) => change.rev ?? []);
        return conversationId === id && revs.length > 0 && Math.min(...revs) > rev;
      });
    const left = shown.filter((each) => !hasGoneOn(each));
    if (left.length < shown.length) this.keep(entry, { shown: left.length === 0 ? undefined : left });
  }

  #hold(socket: WebSocket, attachment: SyncAttachment): SyncSocket {
    this.#hasShown ||= attachment.shown !== undefined;
    const entry: SyncSocket = { socket, attachment, waiting: [] };
    this.#open.set(socket, entry);
    return entry;
  }
}

function outgoingTo(announcements: readonly Announcement[], attachment: SyncAttachment): readonly Outgoing[] {
  const [only] = announcements;
  if (only !== undefined && announcements.length === 1) return partOf(only, attachment);
  return announcements.flatMap((one) => partOf(one, attachment));
}

function partOf(
  { conversationId, changes, passing, liveDevices, liveChanges }: Announcement,
  { deviceId, catchUp, shown = [] }: SyncAttachment,
): readonly Outgoing[] {
  if (catchUp !== undefined) return passing;
  if (liveDevices.includes(deviceId)) return joined(liveChanges, passing);
  const rev = shownRev(shown, conversationId);
  if (rev === 0) return joined(changes, passing);
  const fresh = changes.filter((change) => change.rev === undefined || change.rev > rev);
  // The numbers that the last change brings are in the row, too.
  const row = fresh.at(-1) === changes.at(-1) ? [] : liveChanges;
  return [...fresh, ...row, ...passing];
}

function joined(some: readonly Outgoing[], more: readonly Outgoing[]): readonly Outgoing[] {
  return more.length === 0 ? some : [...some, ...more];
}

function shownRev(shown: readonly Shown[], conversationId: ConversationId): Rev {
  return shown.find(([id]) => id === conversationId)?.[1] ?? 0;
}
