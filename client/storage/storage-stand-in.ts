/**
 * Owns the wait for a storage that does not answer. Memory, which begins empty, stands in for it. What is written meanwhile goes into the storage when it
 * answers again.
 */
import type { KeyRange, Storage, StorageCondition, StorageWrite, Stored } from "../contract/storage.ts";
import { memoryStorage } from "./storage-memory.ts";
import { writeIf } from "./write-if.ts";

/**
 * The wait is this many timers, one after the other. For example, a page is frozen while the storage answers. When it runs again, it runs the timer that
 * is due before it processes the answer. So one timer alone must not end the wait.
 */
const timersOfWait = 5;

export interface StandInParts {
  readonly waitMs: number;
  /** Whether an error means that there is no storage, now and later. */
  readonly isLost: (error: unknown) => boolean;
  readonly onTrouble: () => void;
}

export class StandInStorage implements Storage {
  readonly #storage: Storage;
  readonly #parts: StandInParts;
  /** The wait doubles each time when memory begins to stand in, so that a storage that is only slow is not replaced again and again. */
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

  /** Asks the storage, or memory if the storage does not answer. `write`: what this call writes, if it answers true. */
  async #asked<T>(ask: (storage: Storage) => Promise<T>, write?: StorageWrite): Promise<T> {
    if (this.#standIn === undefined) {
      const asking = ask(this.#storage);
      const inTime = await this.#inTime(asking);
      if (inTime !== undefined) return inTime.value;
      this.#fall(asking);
    }
    return await this.#standInNow().ask(ask, write);
  }

  /** The value; undefined if it did not come in time, or if there is no storage. */
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

  /** Memory stands in from now on, until the storage answers a call. */
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
      // The storage refused what was written meanwhile, so memory stays.
      .catch(() => undefined);
  }

  #standInNow(): StandIn {
    return (this.#standIn ??= new StandIn());
  }
}

/** The memory, and the keys and ranges that are not written to the storage yet. */
class StandIn {
  readonly #memory = memoryStorage();
  /** Writes that are in the memory and whose keys are not noted yet. */
  readonly #noting = new Set<Promise<void>>();
  readonly #keys = new Set<string>();
  #ranges: readonly KeyRange[] = [];
  #isHandingOver = false;

  /** `write`: what this call writes, if it answers true. */
  async ask<T>(ask: (storage: Storage) => Promise<T>, write: StorageWrite | undefined): Promise<T> {
    const answer = ask(this.#memory);
    if (write === undefined) return await answer;
    const noting = this.#noted(write, answer).finally(() => this.#noting.delete(noting));
    this.#noting.add(noting);
    return await answer;
  }

  /** Writes to the storage until nothing is left, and then calls `onDone` in the same moment. Errors: those of the storage. */
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

  /** What the storage lacks, as one write. It has only the latest value of each key. */
  async #taken(): Promise<StorageWrite> {
    const deletes = [...this.#keys];
    const deleteRanges = this.#ranges;
    this.#keys.clear();
    this.#ranges = [];
    // All values are read at once, so that they are of one moment.
    const values = await Promise.all(deletes.map((key) => this.#memory.get(key)));
    const puts = deletes.flatMap((key, i) => (values[i] === undefined ? [] : [[key, values[i] as Stored] as const]));
    return { deleteRanges, deletes, puts };
  }
}
