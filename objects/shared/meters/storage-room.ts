/**
 * Owns the room that is left in an object's storage. What makes the object grow is refused while a fifth is still free, so that what must always
 * work (erasing, leaving, removing, revoking, the object's own notes) has room for as long as anybody can need it.
 */
import { type Refusal, refuse } from "../../../schema/errors.ts";
import { storage as bounds } from "../../../schema/limits.ts";

let growthBytesMax: number = bounds.growthBytesMax;

/** Bounds the storage of every object in this thread, for tests; without a number the bound is as before. */
export function boundStorage(bytes: number = bounds.growthBytesMax): void {
  growthBytesMax = bytes;
}

/** What a row takes with its entries in indexes, beside its text. */
const rowBytes = 1_024;

export class StorageRoom {
  readonly #sql: SqlStorage;
  readonly #refusal: Refusal;
  /** How many bytes may still be written before the size is read again: reading it for every message would cost more than the message. */
  #spareBytes = 0;
  #bound = 0;

  /** `what` is full: "the conversation". */
  constructor(sql: SqlStorage, what: string) {
    this.#sql = sql;
    this.#refusal = refuse(
      "conflict",
      `${what} is full: it takes nothing more, and what is in it can be read and erased`,
    ).refusal;
  }

  /** Why something that stores this much more is not stored, or undefined. `bytes` 0: nothing grows, and nothing is refused. */
  refusal(bytes: number): Refusal | undefined {
    if (bytes <= 0) return undefined;
    const needed = bytes + rowBytes;
    if (this.#bound !== growthBytesMax || needed > this.#spareBytes) this.#look();
    if (needed > this.#spareBytes) return this.#refusal;
    this.#spareBytes -= needed;
    return undefined;
  }

  /** The refusal for a fault that says that the storage is full; undefined for other faults. */
  faultOf(error: unknown): Refusal | undefined {
    return error instanceof Error && error.message.includes("SQLITE_FULL") ? this.#refusal : undefined;
  }

  #look(): void {
    this.#bound = growthBytesMax;
    this.#spareBytes = growthBytesMax - this.#sql.databaseSize;
  }
}
