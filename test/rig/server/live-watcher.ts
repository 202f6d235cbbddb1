/** A client's live socket that comes back whenever it is cut, from the rev that it has, and says what it received twice or out of order. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../../schema/wire/message.ts";
import type { HttpPerson } from "./http.ts";
import { type HttpSocket, open } from "./http-socket.ts";

export class LiveWatcher {
  readonly seqs = new Set<number>();
  readonly faults: string[] = [];
  rev: number;
  opened = 0;
  #socket: HttpSocket | undefined;
  #folded = 0;
  #isOver = false;
  readonly #by: HttpPerson;
  readonly #path: string;

  constructor(by: HttpPerson, id: string, rev: number) {
    this.#by = by;
    this.#path = `/v1/conversations/${id}/live`;
    this.rev = rev;
  }

  /** Resolves when it is open for the first time. */
  async start(): Promise<void> {
    await this.#open();
    void this.#stay();
  }

  stop(): void {
    this.#isOver = true;
    this.#socket?.close();
  }

  say(frame: unknown): void {
    this.#socket?.say(frame);
  }

  fold(): void {
    for (const { type, ...frame } of this.#socket?.frames.slice(this.#folded) ?? []) {
      if (type === "hello" && frame["behind"] === true) this.faults.push("too far behind");
      if (type !== "message" && type !== "change") continue;
      const message = frame["message"] as Message | undefined;
      const rev = message?.rev ?? (frame["rev"] as number);
      if (rev <= this.rev) this.faults.push(`rev ${rev} behind ${this.rev}`);
      this.rev = Math.max(this.rev, rev);
      if (message !== undefined) this.seqs.add(message.seq);
    }
    this.#folded = this.#socket?.frames.length ?? 0;
  }

  async #open(): Promise<void> {
    const socket = await open(this.#by.base, `${this.#path}?rev=${this.rev}`, this.#by.token);
    await socket.next(({ type }) => type === "hello", "a hello");
    this.#socket = socket;
    this.#folded = 0;
    this.opened++;
  }

  async #stay(): Promise<void> {
    while (!this.#isOver) {
      await sleep(50);
      this.fold();
      if (this.#isOver || this.#socket?.isOpen !== false) continue;
      await this.#open().catch(() => sleep(200));
    }
  }
}
