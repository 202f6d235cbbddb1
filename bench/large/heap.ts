/**
 * Owns the memory of a server, read from outside: the heap of its isolate over the inspector, and the memory of the workerd process. Locally all objects and the
 * gateway share one isolate, so what is measured of one object is a bound from above.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

const pokeMs = 200;

type Answer = { id: number; result?: Record<string, number>; error?: { message: string } };

export class Heap {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;
  readonly #url: string;

  private constructor(socket: WebSocket, url: string) {
    this.#socket = socket;
    this.#url = url;
    socket.on("message", (data) => {
      const answer = JSON.parse(Buffer.isBuffer(data) ? data.toString() : "{}") as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Of a Worker of the server at this address. */
  static async open(inspectorPort: number, worker: string, url: string): Promise<Heap> {
    const listed = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
    const targets = (await listed.json()) as { id: string; webSocketDebuggerUrl: string }[];
    const target = targets.find(({ id }) => id.includes(worker)) ?? targets[0];
    if (target === undefined) throw new Error("the inspector has no Worker");
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const heap = new Heap(socket, url);
    await heap.#ask("HeapProfiler.enable");
    return heap;
  }

  /** Bytes in use, garbage included. */
  async used(): Promise<number> {
    return (await this.#ask("Runtime.getHeapUsage"))["usedSize"] ?? 0;
  }

  /** Bytes in use, those of buffers included. */
  async usedWithBuffers(): Promise<number> {
    const { usedSize = 0, backingStorageSize = 0, embedderHeapUsedSize = 0 } = await this.#ask("Runtime.getHeapUsage");
    return usedSize + backingStorageSize + embedderHeapUsedSize;
  }

  /** Bytes in use, without garbage. */
  async live(): Promise<number> {
    for (let round = 0; round < 3; round++) {
      await this.#ask("HeapProfiler.collectGarbage");
      await sleep(200);
    }
    return await this.used();
  }

  /** The most that is in use while the work goes on, garbage included. */
  async peakOf(work: () => Promise<unknown>, read = () => this.used()): Promise<number> {
    let peak = await read();
    let isDone = false;
    const watching = (async () => {
      while (!isDone) {
        peak = Math.max(peak, await read());
        await sleep(20);
      }
    })();
    await work();
    isDone = true;
    await watching;
    return peak;
  }

  close(): void {
    this.#socket.close();
  }

  async #ask(method: string): Promise<Record<string, number>> {
    const id = ++this.#asked;
    // An isolate without a request does not go on with what takes it a while, such as to collect garbage.
    const poke = setInterval(() => void fetch(`${this.#url}/v1/healthz`).catch(() => undefined), pokeMs);
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method }));
    });
    clearInterval(poke);
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result ?? {};
  }
}

/** The memory of a process, SQLite's caches included. */
export function residentBytesOf(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) * 1_024;
}
