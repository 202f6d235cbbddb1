/** Owns what the SDK needs of a place to keep things: an ordered map of strings to values, written atomically. */

/** What `structuredClone` and JSON can both carry. */
export type Stored =
  | null
  | boolean
  | number
  | string
  | readonly Stored[]
  | { readonly [key: string]: Stored | undefined };

/** Keys from `from` (inclusive) to `to` (exclusive), in the order of their UTF-16 units. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

/** One atomic step: first the ranges are deleted, then the keys, then the values are put. */
export interface StorageWrite {
  readonly deleteRanges?: readonly KeyRange[];
  readonly deletes?: readonly string[];
  readonly puts?: readonly (readonly [key: string, value: Stored])[];
}

/** What must stand in storage for a write to be done: under `key` a value with this `stamp`, or with undefined none that has one. */
export interface StorageCondition {
  readonly key: string;
  readonly stamp: string | undefined;
}

/**
 * Where sessions, the inbox, the outbox and cached messages are kept. Write your own over any ordered store; a rejected
 * promise is survived (the SDK goes on from memory), but what it was to keep is then not there after a restart.
 */
export interface Storage {
  get(key: string): Promise<unknown>;
  /** Entries of a range in ascending order of keys; `last: true` takes the last `limit` ones instead of the first. */
  list(
    range: KeyRange,
    options?: { readonly limit?: number; readonly last?: boolean },
  ): Promise<(readonly [key: string, value: unknown])[]>;
  write(write: StorageWrite): Promise<void>;
  /**
   * Writes where the condition is met, and answers whether it was, in one atomic step. Only storages that several programs write at once need it:
   * without it the SDK looks first and then writes.
   */
  writeIf?(condition: StorageCondition, write: StorageWrite): Promise<boolean>;
  /**
   * Calls the listener when a storage that did not answer, and in whose place memory stood, answers again. The SDK then looks for the sessions that
   * it could not see meanwhile.
   */
  onReturn?(listener: () => void): void;
}
