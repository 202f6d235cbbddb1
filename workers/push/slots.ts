/** Owns how many requests of one batch are under way at once: in all, because the platform allows few connections, and to each service, so that a slow one leaves others room. */

type Waiting = { service: string; start: () => void };

export class Slots {
  readonly #most: number;
  readonly #mostPerService: number;
  readonly #waiting: Waiting[] = [];
  readonly #busy = new Map<string, number>();
  #all = 0;

  constructor(most: number, mostPerService: number) {
    this.#most = most;
    this.#mostPerService = mostPerService;
  }

  /** Does the work when there is room. Of those who wait, the first whose service has room comes first. */
  async run<T>(service: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.#waiting.push({ service, start });
      this.#next();
    });
    try {
      return await work();
    } finally {
      this.#all--;
      this.#busy.set(service, this.#busyAt(service) - 1);
      this.#next();
    }
  }

  #next(): void {
    while (this.#all < this.#most) {
      const index = this.#waiting.findIndex(({ service }) => this.#busyAt(service) < this.#mostPerService);
      const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (next === undefined) return;
      this.#all++;
      this.#busy.set(next.service, this.#busyAt(next.service) + 1);
      next.start();
    }
  }

  #busyAt(service: string): number {
    return this.#busy.get(service) ?? 0;
  }
}
