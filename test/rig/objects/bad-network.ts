/**
 * A bad network in workerd between SDK clients and the Worker. By the numbers of a seed, requests are lost before or after they were done, frames are
 * sent twice, each socket is slow by itself, and sockets die.
 */
import { exports } from "cloudflare:workers";
import type { Clock, Fetch, SocketConstructor, SocketLike } from "../../../client/contract/platform.ts";

/** A clock that can run faster, so that seconds of heartbeats and backoff pass in milliseconds. */
export class FastClock implements Clock {
  #times = 1;
  #real = Date.now();
  #shown = Date.now();

  /** From now on time passes this many times as fast. Timers that are set already keep their old pace. */
  speedUp(times: number): void {
    this.#shown = this.now();
    this.#real = Date.now();
    this.#times = times;
  }

  now(): number {
    return this.#shown + (Date.now() - this.#real) * this.#times;
  }

  after(ms: number, task: () => void): () => void {
    const timer = setTimeout(task, ms / this.#times);
    return () => clearTimeout(timer);
  }
}

export class BadNetwork {
  readonly #random: () => number;
  readonly #open = new Set<FaultySocket>();
  /** How likely each fault is; 0 = a good network. */
  badness = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  readonly fetch: Fetch = async (asked, init) => {
    // The server's clock is a real one, so a long poll waits one real second and not the seconds of the fast clock.
    const url = asked.replace(/\bwait=[1-9][0-9]*/, "wait=1");
    const luck = this.#random();
    if (luck < this.badness) throw new TypeError("lost on the way there");
    const request = async (): Promise<Response> => await exports.default.fetch(url, init);
    if (luck < this.badness * 2) await (await request()).text();
    const response = await request();
    if (luck > 1 - this.badness) {
      await response.text();
      throw new TypeError("lost on the way back");
    }
    return response;
  };

  get WebSocket(): SocketConstructor {
    const [network, random, open] = [this, this.#random, this.#open];
    return class extends FaultySocket {
      constructor(url: string, protocols: string[]) {
        super(network, random, (socket) => void open.delete(socket));
        open.add(this);
        void this.connect(url, protocols);
      }
    };
  }

  /** Cuts every socket at once, as a deploy does. */
  cutAll(): void {
    for (const socket of this.#open) socket.cut();
  }

  get sockets(): number {
    return this.#open.size;
  }

  isUnlucky(): boolean {
    return this.#random() < this.badness;
  }
}

type Listener = (event: { data: unknown; code: number; reason: string }) => void;

class FaultySocket implements SocketLike {
  readyState = 0;
  readonly #network: BadNetwork;
  readonly #random: () => number;
  readonly #ended: (socket: FaultySocket) => void;
  readonly #listeners = new Map<string, Listener[]>();
  #socket: WebSocket | undefined;
  /** Each frame waits for the frame before it: frames are slow, and never out of order. */
  #arrival: Promise<void> = Promise.resolve();

  constructor(network: BadNetwork, random: () => number, ended: (socket: FaultySocket) => void) {
    this.#network = network;
    this.#random = random;
    this.#ended = ended;
  }

  async connect(url: string, protocols: string[]): Promise<void> {
    const headers = { upgrade: "websocket", "sec-websocket-protocol": protocols.join(", ") };
    const response = this.#network.isUnlucky()
      ? undefined
      : await exports.default.fetch(url.replace(/^ws/, "http"), { headers }).catch(() => undefined);
    const socket = response?.webSocket;
    if (socket == null || this.readyState !== 0) {
      socket?.accept();
      socket?.close(1000);
      this.#end(1006);
      return;
    }
    socket.accept();
    this.#socket = socket;
    this.readyState = 1;
    socket.addEventListener("message", (event) => this.#arrive(() => this.#say("message", { data: event.data })));
    socket.addEventListener("close", (event) => this.#arrive(() => this.#end(event.code)));
    this.#say("open", {});
  }

  send(data: string): void {
    if (this.readyState !== 1) return;
    if (this.#network.isUnlucky()) {
      this.cut();
      return;
    }
    this.#socket?.send(data);
    if (data !== "ping" && this.#network.isUnlucky()) this.#socket?.send(data);
  }

  close(): void {
    this.#socket?.close(1000);
    this.#end(1000);
  }

  /** The link dies, and neither side learns it from the other. */
  cut(): void {
    try {
      this.#socket?.close(1001);
    } catch {
      // The socket was closed already.
    }
    this.#end(1006);
  }

  addEventListener(type: string, listener: unknown): void {
    const listeners = this.#listeners.get(type) ?? [];
    listeners.push(listener as Listener);
    this.#listeners.set(type, listeners);
  }

  #arrive(tell: () => void): void {
    const delayMs = this.#network.badness === 0 ? 0 : this.#random() * 8;
    this.#arrival = this.#arrival.then(async () => {
      if (delayMs > 4) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (this.readyState !== 1) return;
      if (this.#network.isUnlucky()) this.cut();
      else tell();
    });
  }

  #end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#ended(this);
    this.#say("close", { code });
  }

  #say(type: string, event: { data?: unknown; code?: number }): void {
    for (const listener of this.#listeners.get(type) ?? [])
      listener({ data: event.data, code: event.code ?? 1005, reason: "" });
  }
}
