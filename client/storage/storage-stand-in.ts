/**
 * Owns the wait for a storage that does not answer. Memory stands in for it, which begins empty, and what was written meanwhile is written to the storage
 * when it answers again.
 */
import type { KeyRange, Storage, StorageCondition, StorageWrite, Stored } from "../contract/storage.ts";
import { memoryStorage } from "./storage-memory.ts";
import { writeIf } from "./write-if.ts";

/**
 * The wait is this many timers, one after the other. A page that was frozen, or busy, runs the timer that is due before the answers that came meanwhile:
 * that timer alone must not end the wait.
 */
const timersOfWait = 5;

export interface StandInParts {
  readonly waitMs: number;
  /** Whether an error says that there is no storage, and will be none. */
  readonly isLost: (error: unknown) => boolean;
  readonly onTrouble: () => void;
}

export class StandInStorage implements Storage {
  readonly #storage: Storage;
  readonly #parts: StandInParts;
  /** A storage that was late gets twice the time at the next fall: one that is only slow is not left again and again. */
  #waitMs: number;
  #standIn: StandIn | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(storage: Storage, parts: StandInParts) {
    this.#storage = storage;
    this.#parts = parts;
    this.#waitMs = parts.waitMs;
  }

  readonly get = async (key: string): Promise<unknown> => await this.#asked((storage) => storage.get(key));

  readonly list: Storage["list"] = async (range, options) =>
    await this.#asked((storage) => storage.list(range, options));

  readonly write = async (write: StorageWrite): Promise<void> => {
    await this.#asked(async (storage) => {
      await storage.write(write);
      return true;
    }, write);
  };

  readonly writeIf = async (condition: StorageCondition, write: StorageWrite): Promise<boolean> =>
    await this.#asked((storage) => writeIf(storage, condition, write), write);

  readonly onReturn = (listener: () => void): void => void this.#listeners.push(listener);

  /** Asks the storage, and memory where it does not answer. A `write` counts where the answer is true. */
  async #asked<T>(ask: (storage: Storage) => Promise<T>, write?: StorageWrite): Promise<T> {
    if (this.#standIn === undefined) {
      const asking = ask(this.#storage);
      const inTime = await this.#inTime(asking);
      if (inTime !== undefined) return inTime.value;
      this.#fall(asking);
    }
    return await this.#standInNow().ask(ask, write);
  }

  /** The value; undefined where it did not come in time, or there is no storage. */
  async #inTime<T>(asking: Promise<T>): Promise<{ value: T } | undefined> {
    const waitMs = this.#waitMs / timersOfWait;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      const wait = (timersLeft: number): void => {
        if (timersLeft === 0) resolve(undefined);
        else timer = setTimeout(() => wait(timersLeft - 1), waitMs);
      };
      wait(timersOfWait);
    });
    const coming = asking.then(
      (value) => ({ value }),
      (error: unknown) => {
        if (this.#parts.isLost(error)) return undefined;
        throw error;
      },
    );
    try {
      return await Promise.race([coming, late]);
    } finally {
      clearTimeout(timer);
      coming.catch(() => undefined);
    }
  }

  /** Memory stands in from now on, until something that was asked is answered. */
  #fall(asking: Promise<unknown>): void {
    if (this.#standIn === undefined) this.#waitMs *= 2;
    const standIn = this.#standInNow();
    this.#parts.onTrouble();
    const goBack = async () =>
      await standIn.handOver(this.#storage, () => {
        this.#standIn = undefined;
        for (const listener of this.#listeners) listener();
      });
    asking
      .then(goBack, async (error: unknown) => {
        if (!this.#parts.isLost(error)) await goBack();
      })
      // It cannot take what was written meanwhile: memory stays.
      .catch(() => undefined);
  }

  #standInNow(): StandIn {
    return (this.#standIn ??= new StandIn());
  }
}

/** The memory, and what of it the storage has not got. */
class StandIn {
  readonly #memory = memoryStorage();
  /** Writes that are not noted yet. */
  readonly #noting = new Set<Promise<void>>();
  readonly #keys = new Set<string>();
  #ranges: readonly KeyRange[] = [];
  #isHandingOver = false;

  /** A `write` counts where the answer is true. */
  async ask<T>(ask: (storage: Storage) => Promise<T>, write: StorageWrite | undefined): Promise<T> {
    const answer = ask(this.#memory);
    if (write === undefined) return await answer;
    const noting = this.#noted(write, answer).finally(() => this.#noting.delete(noting));
    this.#noting.add(noting);
    return await answer;
  }

  /** Calls `onDone` in the moment in which nothing is owed. Errors: those of the storage. */
  async handOver(storage: Storage, onDone: () => void): Promise<void> {
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    while (this.#noting.size + this.#keys.size + this.#ranges.length > 0) {
      await Promise.all(this.#noting);
      await storage.write(await this.#taken());
    }
    onDone();
  }

  async #noted({ deleteRanges = [], deletes = [], puts = [] }: StorageWrite, answer: Promise<unknown>): Promise<void> {
    if ((await answer.catch(() => false)) !== true) return;
    const isNew = (range: KeyRange) => !this.#ranges.some(({ from, to }) => from === range.from && to === range.to);
    this.#ranges = [...this.#ranges, ...deleteRanges.filter(isNew)];
    for (const key of [...deletes, ...puts.map(([name]) => name)]) this.#keys.add(key);
  }

  /** What is owed, as one write: what later writes have replaced is not in it. */
  async #taken(): Promise<StorageWrite> {
    const deletes = [...this.#keys];
    const deleteRanges = this.#ranges;
    this.#keys.clear();
    this.#ranges = [];
    // All at once, so that they are of one moment.
    const values = await Promise.all(deletes.map((key) => this.#memory.get(key)));
    const puts = deletes.flatMap((key, i) => (values[i] === undefined ? [] : [[key, values[i] as Stored] as const]));
    return { deleteRanges, deletes, puts };
  }
}
