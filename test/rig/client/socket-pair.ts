/** Sockets without a network. The test is the server: it decides when each socket opens, receives frames and closes. */
import type { SocketConstructor, SocketLike } from "../../../client/index.ts";

type Listener = (event: { data: unknown; code: number; reason: string }) => void;

export class FakeSocket implements SocketLike {
  readonly url: URL;
  readonly protocols: readonly string[];
  /** What the client has sent, parsed; arrays flattened, `ping`s left out. */
  readonly sent: Record<string, unknown>[] = [];
  pings = 0;
  /** Whether pings are answered by themselves, and with which counter. */
  pong: number | undefined;
  readyState = 0;
  closedByClient: number | undefined;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(url: string, protocols: readonly string[]) {
    this.url = new URL(url);
    this.protocols = protocols;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(data: string): void {
    if (this.readyState !== 1) throw new Error("not open");
    if (data === "ping") {
      this.pings++;
      if (this.pong !== undefined) this.say(`pong:${this.pong}`);
      return;
    }
    const json: unknown = JSON.parse(data);
    for (const element of Array.isArray(json) ? json : [json]) this.sent.push({ ...element });
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 3;
    this.closedByClient = code;
  }

  /** The server accepts the upgrade. */
  accept(): void {
    this.readyState = 1;
    this.#emit("open", {});
  }

  /** The server sends a text, or a frame. */
  say(frame: object | string): void {
    this.#emit("message", { data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** The server closes, or the upgrade fails (1006 before `accept`). */
  end(code: number): void {
    this.readyState = 3;
    this.#emit("close", { code });
  }

  /** The last frame of a type. */
  last(type: string): Record<string, unknown> | undefined {
    return this.sent.findLast((frame) => frame["type"] === type);
  }

  #emit(type: string, event: Partial<{ data: unknown; code: number }>): void {
    for (const listener of this.#listeners.get(type) ?? [])
      listener({ data: undefined, code: 0, reason: "", ...event });
  }
}

function fakeSockets(sockets: FakeSocket[]): SocketConstructor {
  return class extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
}

/** Opens sockets that the test controls, and lists them in the order of opening. */
export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];
  readonly WebSocket: SocketConstructor = fakeSockets(this.sockets);

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }
}
