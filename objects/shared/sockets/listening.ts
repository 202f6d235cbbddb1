/**
 * Owns the check of sockets that look silent. The runtime notes when it last answered a `ping`. If that note is too old after hibernation, a socket that
 * pings looks silent. So no socket is closed for the note alone. The runtime stops answering for a little longer than two pings lie apart, so that pings
 * come to the object; only a socket from which nothing comes in that time is closed.
 */
import { heartbeat } from "../../../schema/limits.ts";
import type { Pong } from "./pong.ts";

/** How long a socket is listened to; tests make it shorter. */
export const listening = { ms: heartbeat.intervalMs + 1_500 };

export class Listening {
  readonly #pong: Pong;
  readonly #close: (socket: WebSocket) => void;
  /** The sockets that are listened to, and since when, by the platform's clock. */
  readonly #suspects = new Map<WebSocket, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `close` is the task of the timer: what is done with a socket that stayed silent. */
  constructor(pong: Pong, close: (socket: WebSocket) => void) {
    this.#pong = pong;
    this.#close = close;
  }

  /** A socket looks silent. */
  suspect(socket: WebSocket): void {
    if (this.#suspects.has(socket)) return;
    if (this.#suspects.size === 0) this.#pong.pause();
    this.#suspects.set(socket, Date.now());
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#judge(), listening.ms);
  }

  /** A frame came on the socket, or the socket is gone; answers whether it was listened to. */
  settle(socket: WebSocket): boolean {
    const wasSuspected = this.#suspects.delete(socket);
    if (wasSuspected && this.#suspects.size === 0) this.#pong.resume();
    return wasSuspected;
  }

  #judge(): void {
    this.#timer = undefined;
    for (const [socket, since] of [...this.#suspects]) {
      if (Date.now() - since >= listening.ms) this.#close(socket);
    }
    if (this.#suspects.size > 0) this.#timer = setTimeout(() => this.#judge(), listening.ms);
  }
}
