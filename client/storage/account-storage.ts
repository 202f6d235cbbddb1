/**
 * Owns an account's access to storage. When the account is forgotten, the access is closed for good. So a save that was due, or a refresh whose answer
 * comes late, writes nothing back, in this tab or another one.
 */
import type { BlobStorage, KeyRange, Storage, StorageCondition, StorageWrite } from "../contract/storage.ts";
import { keys } from "./keys.ts";
import { writeIf } from "./write-if.ts";

export class AccountStorage implements Storage {
  readonly #storage: Storage;
  readonly #writing = new Set<Promise<unknown>>();
  #isForgotten = false;
  readonly blobs: BlobStorage | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
    const { blobs } = storage;
    this.blobs =
      blobs === undefined ? undefined : { ...blobs, put: async (key, blob) => await this.#put(blobs, key, blob) };
  }

  readonly get = (key: string): Promise<unknown> => this.#storage.get(key);

  readonly list = (
    range: KeyRange,
    options?: { readonly limit?: number; readonly last?: boolean },
  ): Promise<(readonly [key: string, value: unknown])[]> => this.#storage.list(range, options);

  readonly write = async (write: StorageWrite): Promise<void> => {
    if (!this.#isForgotten) await this.#tracked(this.#storage.write(write));
  };

  readonly writeIf = async (condition: StorageCondition, write: StorageWrite): Promise<boolean> =>
    !this.#isForgotten && (await this.#tracked(writeIf(this.#storage, condition, write)));

  /**
   * Writes nothing from now on, and deletes everything of the account except what is kept over sign-outs. `decide` receives the stored session. It answers
   * what the same write puts, or undefined if nothing is to be deleted, because the user has signed in again since.
   */
  async forget(userId: string, decide: (session: unknown) => StorageWrite["puts"] | undefined): Promise<void> {
    this.#isForgotten = true;
    await Promise.allSettled(this.#writing);
    const puts = decide(await this.#storage.get(keys.session(userId)).catch(() => undefined));
    if (puts === undefined) return;
    await this.#storage.blobs?.deleteRange(keys.blobs(userId)).catch(() => undefined);
    const wipe = { deletes: [keys.session(userId)], deleteRanges: [keys.account(userId)] };
    await this.#storage
      .write({ ...wipe, puts })
      // A full storage cannot put, but it may still delete.
      .catch(async () => await this.#storage.write(wipe))
      .catch(() => undefined);
  }

  async #put(blobs: BlobStorage, key: string, blob: Blob): Promise<void> {
    if (!this.#isForgotten) await this.#tracked(blobs.put(key, blob));
  }

  async #tracked<T>(writing: Promise<T>): Promise<T> {
    this.#writing.add(writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }
}
