/**
 * Owns which parts were allowed to be put once, and no second time. If a part is put twice, nobody but R2 knows which bytes it has. This is only in memory: what the
 * object forgets was perhaps put twice.
 */
import { randomUUID } from "node:crypto";

/** Uploads that are remembered; the one that was begun first goes. */
const uploadsMax = 200;

export class PartGrants {
  /** By upload, the grants of its parts in order; undefined for one that was not put, null for one that was allowed twice. */
  readonly #uploads = new Map<string, (string | null | undefined)[]>();

  /** From here on all puts of this upload's parts are known. */
  begin(name: string): void {
    this.#uploads.set(name, []);
    for (const [first] of this.#uploads) if (this.#uploads.size > uploadsMax) this.#uploads.delete(first);
  }

  /** A name for the only put of this part, or null. `n` counts from 1. */
  grant(name: string, n: number): string | null {
    const grants = this.#uploads.get(name);
    if (grants === undefined) return null;
    return (grants[n - 1] = grants[n - 1] === undefined ? randomUUID() : null);
  }

  /** Of each part the name of its only put; null where there were more, or none is known. */
  of(name: string): (string | null)[] {
    return Array.from(this.#uploads.get(name) ?? [], (grant) => grant ?? null);
  }

  forget(name: string): void {
    this.#uploads.delete(name);
  }
}
