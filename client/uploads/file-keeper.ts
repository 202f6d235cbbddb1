/** Owns the files of unsent messages in storage: keeps them, finds them again after a restart, and deletes those that belong to no message any more. */
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { ParleyError } from "../errors.ts";
import { randomId } from "../platform.ts";
import { keys } from "../storage/keys.ts";
import type { Locks } from "../storage/locks.ts";

/** How long a database has for one file. One that does not answer must not hold up the message. */
const answerMsMax = 30_000;

export interface FileKeeperParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly locks: Locks;
  readonly userId: string;
}

export class FileKeeper {
  readonly #parts: FileKeeperParts;

  constructor(parts: FileKeeperParts) {
    this.#parts = parts;
  }

  /** A folder for the files of one message. Its name says which instance has made it. */
  newFolder(): string {
    return `${this.#parts.locks.instance}/${randomId()}`;
  }

  /**
   * Stores a file. Answers whether storage has it. Where there is no room for it the call rejects with `storage_full`; other troubles of the storage are
   * survived: the file is then lost if the program ends before it is sent.
   */
  async keep(folder: string, name: string, file: Blob): Promise<boolean> {
    const { storage, clock, userId } = this.#parts;
    if (storage.blobs === undefined) return false;
    const putting = storage.blobs.put(keys.blob(userId, folder, name), file).then(
      () => true,
      (error: unknown) => {
        if (isFull(error)) throw noRoom();
        return false;
      },
    );
    return await new Promise((resolve, reject) => {
      const cancel = clock.after(answerMsMax, () => resolve(false));
      putting.finally(cancel).then(resolve, reject);
    });
  }

  async find(folder: string, name: string): Promise<Blob | undefined> {
    const { storage, userId } = this.#parts;
    return await storage.blobs?.get(keys.blob(userId, folder, name)).catch(() => undefined);
  }

  async drop(folder: string): Promise<void> {
    const { storage, userId } = this.#parts;
    await storage.blobs?.deleteRange(keys.blobFolder(userId, folder)).catch(() => undefined);
  }

  /** Deletes the folders of instances that are gone, other than those that are named. `named` is asked after the folders were listed. */
  async dropOrphans(named: () => Promise<ReadonlySet<string>>): Promise<void> {
    const { storage, locks, userId } = this.#parts;
    if (storage.blobs === undefined) return;
    const range = keys.blobs(userId);
    const [alive, stored] = await Promise.all([locks.alive(), storage.blobs.keys(range)]);
    const folders = new Set(stored.map((key) => keys.folderOf(key, range)));
    if (folders.size === 0) return;
    const kept = await named();
    for (const folder of folders) {
      const [instance = ""] = folder.split("/");
      if (!alive.has(instance) && !kept.has(folder)) await this.drop(folder);
    }
  }
}

function isFull(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === "QuotaExceededError" || /database or disk is full/.test(error.message))
  );
}

function noRoom(): ParleyError {
  return new ParleyError({
    code: "storage_full",
    detail: "there is no room on this device to keep the file until it is sent",
    retry: "never",
  });
}
