/**
 * Owns the part of the server in the tab that leads. The sockets of the other tabs end here, in ports. Frames that this tab's sockets receive go to all
 * ports; frames of the ports go on by this tab's sockets. State that the server keeps by socket (watched users, whether the app is in front) is the union of
 * all tabs.
 */
import { closeCodes } from "../../schema/errors.ts";
import { heartbeat } from "../../schema/limits.ts";
import type { Presence as Report } from "../../schema/wire/presence.ts";
import { ownCodes } from "../link/backoff.ts";
import { Port } from "./port.ts";
import type { Door, HubPost, LiveDoor, ServedAccount } from "./served-account.ts";
import type { ToLeader } from "./tab-messages.ts";

/** A conversation that other tabs have on screen. */
interface Live {
  readonly door: LiveDoor;
  readonly release: () => void;
  readonly endStatus: () => void;
}

type Frame = { readonly type: string; readonly [field: string]: unknown };

/** The close code of a socket that could not be opened: the tab that wanted it then asks the server over HTTP. */
const failedUpgrade = 1006;
/** A live socket that no tab wants is kept for so long. */
const lingerMs = 2_000;
/** What the server says to one socket alone, and presence, which goes as this tab has learned it. */
const ownFrames = new Set(["hello", "drain", "presence"]);

export class Hub {
  readonly #account: ServedAccount;
  readonly #post: HubPost;
  readonly #ports = new Map<string, Port>();
  readonly #lives = new Map<string, Live>();
  readonly #endConnection: () => void;
  #n = 0;
  /** Whether a tab received that there is no link. */
  #hasFailed = false;
  #isDue = false;
  #cancelRelease: (() => void) | undefined;

  constructor(account: ServedAccount, post: HubPost) {
    this.#account = account;
    this.#post = post;
    this.#endConnection = account.connection.subscribe(() => this.#linkChanged());
  }

  /** Whether another tab has the app in front. */
  get isInFront(): boolean {
    return this.#all().some((port) => port.isInFront);
  }

  close(): void {
    this.#endConnection();
    const hasPorts = this.#ports.size > 0;
    this.#drop(this.#all());
    this.#cancelRelease?.();
    this.#release();
    if (hasPorts) this.#post({ kind: "bye" });
  }

  receive(from: string, message: ToLeader): void {
    if (message.kind === "open") return this.#asked(from, message);
    if (message.kind === "close") return this.#drop(message.ports.flatMap((id) => this.#ports.get(id) ?? []));
    const port = this.#ports.get(message.port);
    // The port is of an earlier time of leading, or of a tab that was taken for dead.
    if (port === undefined) return this.#sendClosed([message.port], ownCodes.moved);
    if (message.kind === "ping") {
      port.isPinging = true;
      return this.#doorOf(port)?.beat();
    }
    const door = this.#doorOf(port);
    // The socket has just closed: the tab finds another way, or waits.
    if (door === undefined) return this.#closed([port], ownCodes.drained);
    const wasInFront = this.isInFront;
    port.receive(message.text, door);
    if (wasInFront !== this.isInFront) this.#account.onForeground();
  }

  /** A tab has ended, perhaps without a message. */
  ended(tab: string): void {
    this.#drop(this.#all().filter((port) => port.tab === tab));
  }

  /** The sync socket of this tab brought frames, which it is about to take in. */
  synced(frames: readonly { readonly type: string }[]): void {
    if (this.#ports.size === 0) return;
    this.#openSoon();
    this.#sendFrames(
      this.#open("sync"),
      frames.filter(({ type }) => !ownFrames.has(type)),
    );
  }

  /** A live socket of this tab brought a frame. */
  lived(conversationId: string, frame: { readonly type: string }): void {
    if (this.#ports.size === 0 || ownFrames.has(frame.type)) return;
    const here = this.#open("live", conversationId);
    if (frame.type !== "message" && frame.type !== "change") return this.#sendFrames(here, [frame]);
    // The sync socket of a device that has the live one may receive less; the other tabs have only that one.
    const tabs = new Set(here.map(({ tab }) => tab));
    const others = this.#open("sync").filter(({ tab }) => !tabs.has(tab));
    this.#sendFrames([...here, ...others], [frame]);
  }

  /** A pong of the sync socket, or of a conversation's live one. */
  ponged(counter: number, conversationId?: string): void {
    if (this.#ports.size === 0) return;
    const ports = this.#open(conversationId === undefined ? "sync" : "live", conversationId);
    const waiting = ports.filter(({ isPinging }) => isPinging);
    for (const port of waiting) port.isPinging = false;
    this.#send(waiting, `pong:${counter}`);
  }

  /** Passes on presence that this tab received. */
  learned(presence: readonly Report[]): void {
    if (this.#ports.size > 0) this.#sendFrames(this.#open("sync"), [{ type: "presence", presence }]);
  }

  /** The inbox was asked for over HTTP, while there is a socket: something was missing. */
  polled(answer: { version: number; conversations: readonly unknown[]; reset: boolean }): void {
    if (this.#ports.size === 0) return;
    const { version, conversations, reset } = answer;
    // All rows arrive anew: a tab that opens its socket again gets all of them.
    if (reset) this.#closed(this.#open("sync"), ownCodes.drained);
    else if (conversations.length > 0)
      this.#sendFrames(this.#open("sync"), [{ type: "inbox", version, conversations }]);
  }

  #asked(tab: string, { port: id, ask }: Extract<ToLeader, { kind: "open" }>): void {
    const port: Port = new Port({ id, tab, ask }, this.#account.presence, (frame) => {
      if (port.isOpen) this.#sendFrames([port], [frame]);
    });
    this.#ports.set(id, port);
    if (ask.kind === "live") this.#hold(ask.conversationId);
    this.#openSoon();
  }

  #hold(conversationId: string): void {
    if (this.#lives.has(conversationId)) return;
    const door = this.#account.live(conversationId);
    if (door === undefined) return;
    const endStatus = door.status.subscribe(() => this.#liveChanged(conversationId));
    this.#lives.set(conversationId, { door, endStatus, release: door.hold() });
  }

  #linkChanged(): void {
    const { status } = this.#account.connection.getSnapshot();
    // They open again at once, and wait for this tab.
    if (status !== "online") this.#closed(this.#open("sync"), ownCodes.drained);
    this.#openSoon();
  }

  #liveChanged(conversationId: string): void {
    const status = this.#lives.get(conversationId)?.door.status.getSnapshot();
    if (status !== "live") this.#closed(this.#open("live", conversationId), ownCodes.drained);
    this.#openSoon();
  }

  /** When everything that came together is taken in: the first that a port receives is all of it. */
  #openSoon(): void {
    if (this.#isDue || this.#ports.size === 0) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      for (const port of this.#all()) if (!port.isOpen) this.#openNow(port);
    });
  }

  #openNow(port: Port): void {
    const verdict = port.ask.kind === "sync" ? this.#syncGreeting(port.ask) : this.#liveGreeting(port.ask);
    if (verdict === "wait") return;
    if (typeof verdict === "number") {
      this.#hasFailed = true;
      return this.#closed([port], verdict);
    }
    port.isOpen = true;
    this.#sendFrames([port], verdict);
    if (this.#hasFailed) this.#post({ kind: "up" });
    this.#hasFailed = false;
  }

  /** The frames that a sync socket begins with; a close code where there is none. */
  #syncGreeting({
    since = -1,
    epoch,
  }: {
    since?: number | undefined;
    epoch?: string | undefined;
  }): readonly Frame[] | number | "wait" {
    const { connection, inbox, userId, deviceId, serverNow, newDevices } = this.#account;
    const { status } = connection.getSnapshot();
    if (status === "reauth") return closeCodes.credentials.code;
    if (status === "stopped") return closeCodes.tooManySockets.code;
    if (status === "offline" || status === "polling") return failedUpgrade;
    const { cursor } = inbox;
    const isReady = status === "online" && connection.socket !== undefined && inbox.isWhole;
    if (!isReady || cursor === undefined) return "wait";
    const isSame = epoch === cursor.epoch;
    const conversations = [...inbox.rows()].filter((row) => !isSame || row.version > since);
    const version = isSame ? Math.max(since, cursor.since) : cursor.since;
    const hello = {
      type: "hello",
      version,
      epoch: cursor.epoch,
      userId,
      deviceId: deviceId(),
      serverTime: serverNow(),
      heartbeat,
      newDevices: newDevices(),
    };
    return [hello, { type: "inbox", version, conversations, ...(isSame ? {} : { reset: true }), more: false }];
  }

  /** The frames that a live socket begins with; a close code where there is none. */
  #liveGreeting({
    conversationId,
    rev,
    epoch,
  }: {
    conversationId: string;
    rev: number;
    epoch?: string | undefined;
  }): readonly Frame[] | number | "wait" {
    const door = this.#lives.get(conversationId)?.door;
    const status = door?.status.getSnapshot();
    if (door === undefined || status === "gone") return closeCodes.notMember.code;
    if (status === "indirect") return failedUpgrade;
    const { epoch: here, head, members } = door.facts();
    if (status !== "live" || here === null) return "wait";
    // What lies between is asked for over HTTP, where there is anything.
    const behind = epoch !== here || rev < head.rev;
    return [{ type: "hello", conversationId, epoch: here, head: { ...head, hash: "" }, members, behind }];
  }

  #doorOf({ ask, isOpen }: Port): Door | undefined {
    if (!isOpen) return undefined;
    return ask.kind === "sync" ? this.#account.connection.socket : this.#lives.get(ask.conversationId)?.door.socket;
  }

  #all(): readonly Port[] {
    return [...this.#ports.values()];
  }

  #open(kind: "sync" | "live", conversationId?: string): readonly Port[] {
    return this.#all().filter(({ isOpen, ask }) => {
      if (!isOpen || ask.kind !== kind) return false;
      return ask.kind === "sync" || conversationId === undefined || ask.conversationId === conversationId;
    });
  }

  #sendFrames(ports: readonly Port[], frames: readonly object[]): void {
    if (frames.length > 0) this.#send(ports, JSON.stringify(frames.length === 1 ? frames[0] : frames));
  }

  #send(ports: readonly Port[], text: string): void {
    if (ports.length > 0) this.#post({ kind: "text", n: ++this.#n, ports: ports.map(({ id }) => id), text });
  }

  #closed(ports: readonly Port[], code: number): void {
    this.#drop(ports);
    this.#sendClosed(
      ports.map(({ id }) => id),
      code,
    );
  }

  #sendClosed(ports: readonly string[], code: number): void {
    if (ports.length > 0) this.#post({ kind: "closed", n: ++this.#n, ports: [...ports], code });
  }

  #drop(ports: readonly Port[]): void {
    const wasInFront = this.isInFront;
    for (const port of ports) {
      this.#ports.delete(port.id);
      port.end();
    }
    this.#releaseSoon();
    if (wasInFront !== this.isInFront) this.#account.onForeground();
  }

  /** After a while: a tab whose port closed with the socket is back in a moment, and must not have the socket opened before its time. */
  #releaseSoon(): void {
    if (this.#cancelRelease !== undefined || this.#lives.size === 0) return;
    this.#cancelRelease = this.#account.clock.after(lingerMs, () => {
      this.#cancelRelease = undefined;
      this.#release();
    });
  }

  #release(): void {
    const wanted = new Set(this.#all().map(({ ask }) => (ask.kind === "live" ? ask.conversationId : "")));
    for (const [conversationId, { release, endStatus }] of this.#lives) {
      if (wanted.has(conversationId)) continue;
      this.#lives.delete(conversationId);
      endStatus();
      release();
    }
  }
}
