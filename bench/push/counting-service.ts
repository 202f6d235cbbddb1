/** Owns the push service of the bench: it takes everything, reads nothing, and knows when the first and the last push of a run came. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

export class CountingService {
  readonly #server: Server;
  #count = 0;
  #firstAt = 0;
  #lastAt = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      request.resume();
      request.on("end", () => {
        response.writeHead(201).end();
        this.#lastAt = performance.now();
        if (this.#count++ === 0) this.#firstAt = this.#lastAt;
      });
    });
  }

  static async start(): Promise<CountingService> {
    const service = new CountingService();
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get endpoint(): string {
    return `http://${this.host}/push/somebody`;
  }

  /** How many pushes a second come, from the first one to the last of so many. */
  async rateOf(pushes: number, maxMs: number, work: () => Promise<void>): Promise<number> {
    this.#count = 0;
    const giveUpAt = performance.now() + maxMs;
    await work();
    while (this.#count < pushes) {
      if (performance.now() > giveUpAt) throw new Error(`only ${this.#count} of ${pushes} pushes came`);
      await sleep(20);
    }
    return ((pushes - 1) / (this.#lastAt - this.#firstAt)) * 1_000;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
