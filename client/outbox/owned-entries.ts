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

interface Orphan<T> {
  readonly key: string;
  readonly value: T;
}

export interface OwnedEntriesParts {
  readonly storage: Storage;
  readonly locks: Locks;
  /** Whether tabs may take over what this program sends while it still runs. It then looks before each try whether the entry is its own. */
  readonly yields?: boolean | undefined;
}

export class OwnedEntries<T extends Readonly<Record<string, Stored | undefined>>> {
  readonly #parts: OwnedEntriesParts;
  readonly #range: KeyRange;
  readonly #form: z.ZodType<T>;
  /** What storage has, or had, of this instance. */
  readonly #written = new Set<string>();

  constructor(parts: OwnedEntriesParts, range: KeyRange, form: z.ZodType<T>) {
    this.#parts = parts;
    this.#range = range;
    this.#form = form;
  }

  /** Resolves to whether storage has it. Storage that fails is survived: the entry is then lost only if the program ends before it is answered. */
  async put(key: string, value: T): Promise<boolean> {
    if (this.#parts.yields !== true) return await this.#write(key, value);
    return await this.#whileMine(key, async () => await this.#write(key, value));
  }

  async delete(key: string): Promise<void> {
    const gone = async () => await this.#parts.storage.write({ deletes: [key] }).then(() => true);
    await (this.#parts.yields === true ? this.#whileMine(key, gone) : gone()).catch(() => undefined);
    this.#written.delete(key);
  }

  /** Whether it is still for this instance to send it. */
  async isMine(key: string): Promise<boolean> {
    // What storage has never had nobody can have taken.
    if (this.#parts.yields !== true || !this.#written.has(key)) return true;
    const stored = await this.#parts.storage.get(key).catch(() => undefined);
    return owned.safeParse(stored).data?.owner === this.#parts.locks.instance;
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
    return await locks.exclusive(`kept ${key}`, async () => {
      const [alive, stored] = await Promise.all([locks.alive(), storage.get(key)]);
      const value = this.#orphaned(stored, alive);
      if (value === undefined) return undefined;
      await this.#write(key, value);
      return { key, value };
    });
  }

  /** Does it unless a tab has taken the entry over, or takes it just now. */
  async #whileMine(key: string, task: () => Promise<boolean>): Promise<boolean> {
    return await this.#parts.locks.exclusive(`kept ${key}`, async () => (await this.isMine(key)) && (await task()));
  }

  async #write(key: string, value: T): Promise<boolean> {
    const { storage, locks, yields } = this.#parts;
    const entry: Stored = { ...value, owner: locks.instance, ...(yields === true ? { yields } : {}) };
    return await storage.write({ puts: [[key, entry]] }).then(
      () => {
        this.#written.add(key);
        return true;
      },
      () => false,
    );
  }

  /** What is stored, if its instance is gone, or leaves it to this one. */
  #orphaned(stored: unknown, alive: ReadonlySet<string>): T | undefined {
    const [parsed, whose] = [this.#form.safeParse(stored), owned.safeParse(stored).data];
    if (!parsed.success || whose === undefined) return undefined;
    const { locks, yields } = this.#parts;
    const isLeft = whose.yields === true && yields !== true && whose.owner !== locks.instance;
    return isLeft || !alive.has(whose.owner) ? parsed.data : undefined;
  }
}
