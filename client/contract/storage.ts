/** Owns what the SDK needs of a storage: an ordered map of strings to values, which is written atomically. */

/** A value that both `structuredClone` and JSON can copy. */
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

/** The condition of a write: under `key` there is a value with this `stamp`; with `stamp` undefined, there is no value with a stamp. */
export interface StorageCondition {
  readonly key: string;
  readonly stamp: string | undefined;
}

/** Where the files of messages are kept until the messages are sent. Keys have the same order as those of the values. */
export interface BlobStorage {
  /** Stores the bytes and the type of a Blob. A storage that is full rejects with a `QuotaExceededError`. */
  put(key: string, blob: Blob): Promise<void>;
  get(key: string): Promise<Blob | undefined>;
  /** The keys of a range in ascending order. */
  keys(range: KeyRange): Promise<readonly string[]>;
  deleteRange(range: KeyRange): Promise<void>;
}

/**
 * Where sessions, the inbox, the outbox and cached messages are stored. You can write your own over any ordered store. If a promise is
 * rejected, the SDK goes on from memory, but what the call should have stored is not there after a restart.
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
   * In one atomic step: checks the condition, writes if it is met, and answers whether it was. Only storages that several programs write at once need
   * it. Without it the SDK first reads and then writes.
   */
  writeIf?(condition: StorageCondition, write: StorageWrite): Promise<boolean>;
  /** Files of messages that are not sent yet. In a storage without it they are only in memory: a message whose files are lost so fails after a restart. */
  readonly blobs?: BlobStorage | undefined;
  /**
   * Calls the listener when a storage that did not answer, and in whose place memory stood, answers again. The SDK then looks for the sessions that
   * it could not see meanwhile.
   */
  onReturn?(listener: () => void): void;
}
