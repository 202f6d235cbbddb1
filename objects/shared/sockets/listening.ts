/**
 * Owns the runtime's answer to `ping`, and the check of sockets that look silent. The runtime notes when it last answered a `ping`. If that note is too old
 * after hibernation, a socket that pings looks silent. So no socket is closed for the note alone. The runtime stops answering for a little longer
 * than two pings lie apart, so that pings come to the object; only a socket from which nothing comes in that time is closed.
 */
import { heartbeat } from "../../../schema/limits.ts";

/** How long a socket is listened to; tests make it shorter. */
export const listening = { ms: heartbeat.intervalMs + 1_500 };

export class Listening {
  readonly #ctx: DurableObjectState;
  readonly #close: (socket: WebSocket) => void;
  /** The sockets that are listened to, and since when, by the platform's clock. */
  readonly #suspects = new Map<WebSocket, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pong = "pong:0";

  constructor(ctx: DurableObjectState, close: (socket: WebSocket) => void) {
    this.#ctx = ctx;
    this.#close = close;
  }

  /** The answer to a `ping` that comes to the object. */
  get pong(): string {
    return this.#pong;
  }

  setPong(pong: string): void {
    this.#pong = pong;
    if (this.#suspects.size === 0) this.#answerAsleep();
  }

  /** A socket looks silent. */
  suspect(socket: WebSocket): void {
    if (this.#suspects.has(socket)) return;
    if (this.#suspects.size === 0) this.#ctx.setWebSocketAutoResponse();
    this.#suspects.set(socket, Date.now());
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#judge(), listening.ms);
  }

  /** A frame came on the socket, or the socket is gone; answers whether it was listened to. */
  settle(socket: WebSocket): boolean {
    const wasSuspected = this.#suspects.delete(socket);
    if (wasSuspected && this.#suspects.size === 0) this.#answerAsleep();
    return wasSuspected;
  }

  #judge(): void {
    this.#timer = undefined;
    for (const [socket, since] of [...this.#suspects]) {
      if (Date.now() - since >= listening.ms) this.#close(socket);
    }
    if (this.#suspects.size > 0) this.#timer = setTimeout(() => this.#judge(), listening.ms);
  }

  #answerAsleep(): void {
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", this.#pong));
  }
}
