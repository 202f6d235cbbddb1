/**
 * Owns the stored entries of one kind of unsent thing, until the server has answered. Each entry names the instance (a tab, a process) that
 * sends it. When an instance is gone, another one takes over its entries.
 */
import { z } from "zod";
import type { KeyRange, Storage, Stored } from "../contract/storage.ts";
import type { Locks } from "../storage/locks.ts";

/** Absent in entries that an older version wrote. */
const owned = z.object({ owner: z.string().catch("") });

export interface KeptParts {
  readonly storage: Storage;
  readonly locks: Locks;
}

export class Kept<T> {
  readonly #parts: KeptParts;
  readonly #range: KeyRange;
  readonly #form: z.ZodType<T>;

  constructor(parts: KeptParts, range: KeyRange, form: z.ZodType<T>) {
    this.#parts = parts;
    this.#range = range;
    this.#form = form;
  }

  /** Resolves to whether storage has it. Storage that fails is survived: the entry is then lost only if the program ends before it is answered. */
  async put(key: string, value: T & Readonly<Record<string, Stored | undefined>>): Promise<boolean> {
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

  /** The entries of instances that are gone. Errors: those of the storage. */
  async orphans(): Promise<readonly { readonly key: string; readonly value: T }[]> {
    const { storage, locks } = this.#parts;
    const [alive, stored] = await Promise.all([locks.alive(), storage.list(this.#range)]);
    return stored.flatMap(([key, value]) => {
      const [parsed, owner] = [this.#form.safeParse(value), owned.safeParse(value).data?.owner];
      return parsed.success && owner !== undefined && !alive.has(owner) ? [{ key, value: parsed.data }] : [];
    });
  }
}
