/**
 * Owns the stored entries of one kind of unsent thing, until the server has answered. Each entry names the instance (a tab, a process) that
 * sends it. When an instance is gone, another one takes over its entries. Those of a program that yields, as a service worker does, any tab
 * takes over while it still runs, because only a tab shows them.
 */
import { z } from "zod";
import type { KeyRange, Storage, Stored } from "../contract/storage.ts";
import type { Locks } from "../storage/locks.ts";

/** Absent in entries that an older version wrote. */
const owned = z.object({ owner: z.string().catch(""), yields: z.boolean().optional().catch(undefined) });

/** Who has this lock may change whose an entry is. */
export const keptLock = (key: string): string => `kept ${key}`;

interface Orphan<T> {
  readonly key: string;
  readonly value: T;
}

export interface OwnedEntriesParts {
  readonly storage: Storage;
  readonly locks: Locks;
  /** Of a program that yields: tabs may take over what it sends while it still runs. */
  readonly yielding?: Yielding | undefined;
}

/** How a program that yields touches only what is its own. */
export interface Yielding {
  /** Does it unless a tab has taken the entry over, or takes it just now. */
  whileMine(key: string, task: () => Promise<boolean>): Promise<boolean>;
  isMine(key: string): Promise<boolean>;
  /** Storage has it as this program's. */
  wrote(key: string): void;
}

export class OwnedEntries<T extends Readonly<Record<string, Stored | undefined>>> {
  readonly #parts: OwnedEntriesParts;
  readonly #range: KeyRange;
  readonly #form: z.ZodType<T>;

  constructor(parts: OwnedEntriesParts, range: KeyRange, form: z.ZodType<T>) {
    this.#parts = parts;
    this.#range = range;
    this.#form = form;
  }

  /** Resolves to whether storage has it. Storage that fails is survived: the entry is then lost only if the program ends before it is answered. */
  async put(key: string, value: T): Promise<boolean> {
    return await this.#touch(key, async () => await this.#write(key, value));
  }

  async delete(key: string): Promise<void> {
    const gone = async () => await this.#parts.storage.write({ deletes: [key] }).then(() => true);
    await this.#touch(key, gone).catch(() => undefined);
  }

  /** Whether it is still for this instance to send it. */
  async isMine(key: string): Promise<boolean> {
    return (await this.#parts.yielding?.isMine(key)) ?? true;
  }

  /**
   * Takes over the entries of instances that are gone, or those of them that are wanted. Each is taken by one instance alone: what two of them sent under one `clientId` could differ. Errors:
   * those of the storage.
   */
  async orphans(isWanted: (value: T) => boolean = () => true): Promise<readonly Orphan<T>[]> {
    const { storage, locks } = this.#parts;
    const [alive, stored] = await Promise.all([locks.alive(), storage.list(this.#range)]);
    const left = stored.filter(([, value]) => {
      const orphan = this.#orphaned(value, alive);
      return orphan !== undefined && isWanted(orphan);
    });
    const claimed = await Promise.all(left.map(async ([key]) => await this.#claim(key)));
    return claimed.flatMap((each) => each ?? []);
  }

  /** All entries, whichever instance sends them. */
  async all(): Promise<readonly T[]> {
    const stored = await this.#parts.storage.list(this.#range);
    return stored.flatMap(([, value]) => {
      const parsed = this.#form.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
  }

  async #claim(key: string): Promise<Orphan<T> | undefined> {
    const { storage, locks } = this.#parts;
    return await locks.exclusive(keptLock(key), async () => {
      const [alive, stored] = await Promise.all([locks.alive(), storage.get(key)]);
      const value = this.#orphaned(stored, alive);
      if (value === undefined) return undefined;
      await this.#write(key, value);
      return { key, value };
    });
  }

  async #touch(key: string, task: () => Promise<boolean>): Promise<boolean> {
    return await (this.#parts.yielding?.whileMine(key, task) ?? task());
  }

  async #write(key: string, value: T): Promise<boolean> {
    const { storage, locks, yielding } = this.#parts;
    const entry: Stored = { ...value, owner: locks.instance, ...(yielding && { yields: true }) };
    return await storage.write({ puts: [[key, entry]] }).then(
      () => {
        yielding?.wrote(key);
        return true;
      },
      () => false,
    );
  }

  /** What is stored, if its instance is gone, or leaves it to this one. */
  #orphaned(stored: unknown, alive: ReadonlySet<string>): T | undefined {
    const [parsed, whose] = [this.#form.safeParse(stored), owned.safeParse(stored).data];
    if (!parsed.success || whose === undefined) return undefined;
    const isLeft = whose.yields === true && this.#parts.yielding === undefined;
    return isLeft || !alive.has(whose.owner) ? parsed.data : undefined;
  }
}
