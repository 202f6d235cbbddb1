/** One socket of a tab, with a server in the same process at its other end. */
import type { SocketLike } from "../../../../client/index.ts";
import type { FakeTab } from "./fake-ground.ts";

export type Frame = Record<string, unknown>;
export type OnSaid = (socket: TabSocket, frame: Frame | "ping") => void;

/** A socket with the server at its other end. */
export class TabSocket implements SocketLike {
  readonly url: URL;
  readonly kind: "sync" | "live";
  readonly tab: FakeTab;
  /** What the client has sent, parsed and flattened, without pings. */
  readonly sent: Frame[] = [];
  pings = 0;
  readyState = 0;
  readonly #listeners = new Map<string, ((event: { data: unknown; code: number; reason: string }) => void)[]>();
  readonly #onSaid: OnSaid;

  constructor(url: string, tab: FakeTab, onSaid: OnSaid) {
    this.url = new URL(url);
    this.kind = this.url.pathname.endsWith("/sync") ? "sync" : "live";
    this.tab = tab;
    this.#onSaid = onSaid;
  }

  get isOpen(): boolean {
    return this.readyState < 2 && !this.tab.isDead;
  }

  addEventListener(type: string, listener: (event: { data: unknown; code: number; reason: string }) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(data: string): void {
    if (this.readyState !== 1) throw new Error("not open");
    if (data === "ping") {
      this.pings++;
      return this.#onSaid(this, "ping");
    }
    const json: unknown = JSON.parse(data);
    for (const element of Array.isArray(json) ? json : [json]) {
      const frame: Frame = { ...element };
      this.sent.push(frame);
      this.#onSaid(this, frame);
    }
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    if (this.readyState === 0) this.readyState = 1;
  }

  say(frame: object | string): void {
    const data = typeof frame === "string" ? frame : JSON.stringify(frame);
    this.#emit("message", { data });
  }

  end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#emit("close", { code });
  }

  #emit(type: string, event: { data?: unknown; code?: number }): void {
    this.tab.run(() => {
      for (const listener of this.#listeners.get(type) ?? [])
        listener({ data: undefined, code: 0, reason: "", ...event });
    });
  }
}
