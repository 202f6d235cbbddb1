/**
 * Owns the stored entries of one kind of unsent thing, until the server has answered. Each entry names the instance (a tab, a process) that
 * sends it. When an instance is gone, another one takes over its entries.
 */
import { z } from "zod";
import type { KeyRange, Storage, Stored } from "../contract/storage.ts";
import type { Locks } from "../storage/locks.ts";

/** Absent in entries that an older version wrote. */
const owned = z.object({ owner: z.string().catch("") });

interface Orphan<T> {
  readonly key: string;
  readonly value: T;
}

export interface OwnedEntriesParts {
  readonly storage: Storage;
  readonly locks: Locks;
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
    const { storage, locks } = this.#parts;
    const entry: Stored = { ...value, owner: locks.instance };
    return await storage.write({ puts: [[key, entry]] }).then(
      () => true,
      () => false,
    );
  }

  async delete(key: string): Promise<void> {
    await this.#parts.storage.write({ deletes: [key] }).catch(() => undefined);
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
      await this.put(key, value);
      return { key, value };
    });
  }

  /** What is stored, if its instance is gone. */
  #orphaned(stored: unknown, alive: ReadonlySet<string>): T | undefined {
    const [parsed, owner] = [this.#form.safeParse(stored), owned.safeParse(stored).data?.owner];
    return parsed.success && owner !== undefined && !alive.has(owner) ? parsed.data : undefined;
  }
}
