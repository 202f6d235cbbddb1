/** Owns how long a message takes from its sender's live socket to another member: one at a time, and at a steady pace beside other work. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { heartbeat } from "../../schema/limits.ts";
import type { HttpPerson } from "../../test/rig/server/http.ts";
import { LoadSocket } from "../load/socket.ts";

const answerMaxMs = 10_000;
const perSecond = 20;
let made = 0;

function open({ base, token }: HttpPerson, path: string): Promise<LoadSocket> {
  const headers = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "parley.v1" };
  return LoadSocket.open(Number(new URL(base).port), path, headers);
}

/** A sender on the live socket of a conversation, and a reader on a sync socket or the same conversation's live socket. */
export class Line {
  readonly #from: LoadSocket;
  readonly #to: LoadSocket;
  readonly #saysSeen: ReturnType<typeof setInterval>;
  #fault = "a message did not arrive";
  readonly #waiting = new Map<string, { sentAt: number; take: (ms: number) => void }>();

  private constructor(from: LoadSocket, to: LoadSocket) {
    this.#from = from;
    this.#to = to;
    from.begin((text) => {
      if (text.includes('"type":"error"')) this.#fault = text.slice(0, 500);
    });
    // A reader that never says that it has seen what it received is closed.
    this.#saysSeen = setInterval(() => {
      for (const socket of [from, to]) socket.send('{"type":"seen"}');
    }, heartbeat.intervalMs);
    for (const socket of [from, to]) socket.onClose = (reason) => (this.#fault = reason);
    to.begin((text) => {
      for (const [mark] of text.matchAll(/bench-\d+-end/g)) {
        const waiting = this.#waiting.get(mark);
        this.#waiting.delete(mark);
        waiting?.take(performance.now() - waiting.sentAt);
      }
    });
  }

  static async open(by: HttpPerson, reader: HttpPerson, id: string, path: "sync" | "live"): Promise<Line> {
    const from = await open(by, `/v1/conversations/${id}/live`);
    const to = await open(reader, path === "sync" ? "/v1/sync" : `/v1/conversations/${id}/live`);
    return new Line(from, to);
  }

  /** Milliseconds until the reader has the message. */
  async deliver(): Promise<number> {
    return await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(this.#fault)), answerMaxMs);
      this.#send((ms) => {
        clearTimeout(timer);
        resolve(ms);
      });
    });
  }

  /** The times of deliveries at a steady pace, while `beside` goes on, again and again until `isOver`. */
  async paced(seconds: number, beside?: (isOver: () => boolean) => Promise<unknown>): Promise<number[]> {
    const ms: number[] = [];
    const until = performance.now() + 1_000 * seconds;
    const isOver = (): boolean => performance.now() >= until;
    const work = (async () => {
      while (beside !== undefined && !isOver()) await beside(isOver);
    })();
    for (let at = performance.now(); at < until; at += 1_000 / perSecond) {
      await sleep(Math.max(0, at - performance.now()));
      this.#send((took) => ms.push(took));
    }
    await work;
    for (const giveUpAt = performance.now() + answerMaxMs; this.#waiting.size > 0; await sleep(10))
      if (performance.now() > giveUpAt) throw new Error(`${this.#waiting.size}: ${this.#fault}`);
    return ms;
  }

  close(): void {
    clearInterval(this.#saysSeen);
    this.#from.close();
    this.#to.close();
  }

  #send(take: (ms: number) => void): void {
    const mark = `bench-${++made}-end`;
    this.#waiting.set(mark, { sentAt: performance.now(), take });
    const send = {
      type: "send",
      ref: mark,
      clientId: crypto.randomUUID(),
      text: `a message of the bench ${mark}`,
    };
    this.#from.send(JSON.stringify(send));
  }
}
