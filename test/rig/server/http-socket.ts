/** A socket to a server from Node, and upgrades that are refused. */
import { WebSocket } from "ws";

export type Frame = { type: string } & Record<string, unknown>;

export type Refused = { status: number; body: Record<string, unknown> | null };

export type Upgrade = { token?: string; protocols?: string[]; headers?: Record<string, string> };

/** How often a wait looks, at the least. */
const roundMs = 100;

export class HttpSocket {
  readonly frames: Frame[] = [];
  readonly texts: string[] = [];
  readonly protocol: string;
  closedWith: number | undefined;
  readonly #socket: WebSocket;
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.protocol = socket.protocol;
    socket.on("message", (data) => {
      const text = Buffer.isBuffer(data) ? data.toString() : "";
      this.texts.push(text);
      if (!text.startsWith("pong")) this.frames.push(...[JSON.parse(text)].flat());
      this.#wake();
    });
    socket.on("close", (code) => {
      this.closedWith = code;
      this.#wake();
    });
    socket.on("error", () => undefined);
  }

  get isOpen(): boolean {
    return this.closedWith === undefined;
  }

  say(frame: unknown): void {
    this.#socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  close(): void {
    this.#socket.terminate();
  }

  async next(fits: (frame: Frame) => boolean, what = "a frame", maxMs = 10_000): Promise<Frame> {
    return await this.#until(() => this.frames.find(fits), what, maxMs);
  }

  async closes(maxMs = 10_000): Promise<number> {
    return await this.#until(() => this.closedWith, "a close", maxMs);
  }

  async pong(): Promise<string> {
    const before = this.texts.length;
    this.say("ping");
    return await this.#until(() => this.texts.slice(before).find((text) => text.startsWith("pong")), "a pong", 10_000);
  }

  async #until<T>(look: () => T | undefined, what: string, maxMs: number): Promise<T> {
    // A round takes longer than its timer where the machine holds the test up. That does not count.
    let [last, countedMs] = [Date.now(), 0];
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const at = Date.now();
      countedMs += Math.min(at - last, 2 * roundMs);
      last = at;
      if (countedMs > maxMs) throw new Error(`${what} did not come: ${this.texts.join(" ").slice(0, 2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, roundMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Asks for a socket, and answers it, or the response that refuses it. */
export async function upgrade(base: string, path: string, how: Upgrade = {}): Promise<HttpSocket | Refused> {
  const protocols = how.protocols ?? ["parley.v1", ...(how.token === undefined ? [] : [`bearer.${how.token}`])];
  const socket = new WebSocket(base.replace(/^http/, "ws") + path, protocols, { headers: how.headers ?? {} });
  return await new Promise<HttpSocket | Refused>((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer to the upgrade")), 10_000).unref();
    // Listens from here on, before the first frame is read.
    socket.once("open", () => resolve(new HttpSocket(socket)));
    socket.once("unexpected-response", (_, response) => {
      let text = "";
      response.on("data", (part) => (text += String(part)));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: text === "" ? null : JSON.parse(text) }),
      );
    });
    socket.once("error", reject);
  });
}

export async function open(base: string, path: string, token: string): Promise<HttpSocket> {
  const opened = await upgrade(base, path, { token });
  if (opened instanceof HttpSocket) return opened;
  throw new Error(`${path}: ${opened.status} ${JSON.stringify(opened.body)}`);
}
