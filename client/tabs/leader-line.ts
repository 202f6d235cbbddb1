/**
 * Owns a tab's sockets that go by way of the tab that leads. Each looks like a socket to the server; its frames go over the channel between the
 * tabs. When another tab takes the lead, each socket ends and is opened anew from the tab's cursor.
 */
import type { Clock, SocketLike } from "../contract/platform.ts";
import { ownCodes } from "../link/backoff.ts";
import { randomId } from "../platform.ts";
import type { FromLeader, SocketAsk, ToLeader } from "./tab-messages.ts";

/** A tab that leads answers everything at once; one that is silent for so long is frozen, or stuck. */
const silenceMsMax = 1_000;

type Event = { readonly data: unknown; readonly code: number; readonly reason: string };

export interface LineParts {
  readonly clock: Clock;
  readonly deviceId: () => string;
  readonly post: (message: ToLeader) => void;
  /** The tab that leads does not answer. */
  readonly onSilence: () => void;
}

export class LeaderLine {
  readonly #parts: LineParts;
  readonly #sockets = new Map<string, LineSocket>();
  /** The tab that leads, as its last message said. */
  #leader: string | undefined;
  /** The number of its last message. */
  #n: number | undefined;
  #cancelSilence: (() => void) | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  open(ask: SocketAsk): SocketLike {
    const port = randomId();
    const socket = new LineSocket((text) => {
      if (text === undefined) this.#drop([port]);
      else this.#post(text === "ping" ? { kind: "ping", port } : { kind: "say", port, text });
    });
    this.#sockets.set(port, socket);
    this.#post({ kind: "open", port, ask, deviceId: this.#parts.deviceId() });
    return socket;
  }

  receive(from: string, message: FromLeader): void {
    if (message.kind === "lead") {
      this.#leader = from;
      this.#n = undefined;
      this.#endSilence();
      return this.endAll();
    }
    // The message is of a tab that leads no longer and does not know it yet.
    if (this.#leader !== undefined && this.#leader !== from) return;
    this.#leader = from;
    this.#endSilence();
    if (message.kind === "bye") {
      this.#leader = undefined;
      return this.endAll();
    }
    if (message.kind !== "text" && message.kind !== "closed") return;
    const isGap = this.#n !== undefined && message.n !== this.#n + 1;
    this.#n = message.n;
    // A message was lost: each socket ends, and is opened anew from the tab's cursor.
    if (isGap) return this.endAll();
    for (const port of message.ports) {
      const socket = this.#sockets.get(port);
      if (socket === undefined) continue;
      if (message.kind === "text") socket.receive(message.text);
      else {
        this.#sockets.delete(port);
        socket.end(message.code);
      }
    }
  }

  /** All sockets go another way from now on. */
  endAll(): void {
    const sockets = [...this.#sockets];
    this.#drop(sockets.map(([port]) => port));
    for (const [, socket] of sockets) socket.end(ownCodes.moved);
  }

  /** Forgets the tab that led, and does not wait for it. */
  close(): void {
    this.endAll();
    this.#leader = undefined;
    this.#n = undefined;
    this.#endSilence();
  }

  #drop(ports: readonly string[]): void {
    const here = ports.filter((port) => this.#sockets.delete(port));
    if (here.length > 0) this.#parts.post({ kind: "close", ports: here });
  }

  #post(message: ToLeader): void {
    this.#parts.post(message);
    this.#cancelSilence ??= this.#parts.clock.after(silenceMsMax, () => {
      this.#cancelSilence = undefined;
      this.#parts.onSilence();
    });
  }

  #endSilence(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
  }
}

/** `say` gets what goes to the leader; undefined: the socket is closed. */
class LineSocket implements SocketLike {
  readonly #post: (text: string | undefined) => void;
  readonly #listeners = new Map<string, ((event: Event) => void)[]>();
  readyState = 0;

  constructor(say: (text: string | undefined) => void) {
    this.#post = say;
  }

  addEventListener(type: string, listener: (event: Event) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(text: string): void {
    if (this.readyState === 1) this.#post(text);
  }

  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#post(undefined);
  }

  receive(data: string): void {
    this.readyState = 1;
    this.#emit("message", { data });
  }

  end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#emit("close", { code });
  }

  #emit(type: string, event: Partial<Event>): void {
    for (const listener of this.#listeners.get(type) ?? [])
      listener({ data: undefined, code: 0, reason: "", ...event });
  }
}
