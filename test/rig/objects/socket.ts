/** A client's end of a socket in workerd: the frames that it received, in order, and a way to wait for more. */
import { identify } from "../../../objects/shared/identity/identity.ts";
import type { Actor } from "../../../objects/contract/actor.ts";

export type Frame = { type: string } & Record<string, unknown>;

export class TestSocket {
  readonly frames: Frame[] = [];
  readonly texts: string[] = [];
  closed: { code: number } | undefined;
  /** Called with each frame when it comes. */
  onFrame: (frame: Frame) => void = () => {};
  readonly #socket: WebSocket;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.accept();
    socket.addEventListener("message", (event) => {
      const text = String(event.data);
      this.texts.push(text);
      if (!text.startsWith("pong")) {
        const said = JSON.parse(text) as Frame | Frame[];
        for (const frame of Array.isArray(said) ? said : [said]) {
          this.frames.push(frame);
          this.onFrame(frame);
        }
      }
      this.#wake();
    });
    socket.addEventListener("close", (event) => {
      this.closed = { code: event.code };
      this.#wake();
    });
  }

  say(frame: unknown): void {
    this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  sayBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  close(): void {
    this.#socket.close(1000);
  }

  /** The first frame that fits; waits for it if it is not there yet. */
  async next(fits: (frame: Frame) => boolean, what = "a frame"): Promise<Frame> {
    return this.#until(() => this.frames.find(fits), what);
  }

  async closes(): Promise<number> {
    return (await this.#until(() => this.closed, "a close")).code;
  }

  async pong(): Promise<string> {
    const before = this.texts.length;
    this.say("ping");
    return this.#until(() => this.texts.slice(before).find((text) => text.startsWith("pong")), "a pong");
  }

  async #until<T>(look: () => T | undefined, what: string): Promise<T> {
    // Less than the time of a test, so that the error says what is missing.
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > deadline)
        throw new Error(`${what} did not come; there were: ${this.texts.join(" ").slice(0, 2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Asks an object for a socket; the Response where it refuses. */
export async function openSocket(
  stub: Pick<Fetcher, "fetch">,
  path: string,
  actor: Actor,
): Promise<TestSocket | Response> {
  const headers = identify(new Headers({ upgrade: "websocket", "sec-websocket-protocol": "parley.v1" }), actor);
  const response = await stub.fetch(`http://object${path}`, { headers });
  return response.webSocket === null ? response : new TestSocket(response.webSocket);
}

/** The same where a socket is expected. */
export async function socketOf(stub: Pick<Fetcher, "fetch">, path: string, actor: Actor): Promise<TestSocket> {
  const opened = await openSocket(stub, path, actor);
  if (opened instanceof TestSocket) return opened;
  throw new Error(`refused: ${opened.status} ${await opened.text()}`);
}
