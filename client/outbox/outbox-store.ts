/** Owns the entries of the outbox in storage. Those with attachments are in a range of their own. */
import { keys } from "../storage/keys.ts";
import { OwnedEntries, type OwnedEntriesParts } from "./owned-entries.ts";
import { type Entry, storedEntry, type StoredEntry, storedEntryWithFiles, type StoredEntryWithFiles } from "./entry.ts";

/** `files`: undefined where it has no attachments. */
interface Kept {
  readonly key: string;
  readonly files: unknown;
}

export class OutboxStore {
  readonly #plain: OwnedEntries<StoredEntry>;
  readonly #withFiles: OwnedEntries<StoredEntryWithFiles>;

  constructor(parts: OwnedEntriesParts, userId: string) {
    this.#plain = new OwnedEntries(parts, keys.outbox(userId), storedEntry);
    this.#withFiles = new OwnedEntries(parts, keys.outboxWithFiles(userId), storedEntryWithFiles);
  }

  /** Resolves to whether storage has it. */
  async put({ key, stored, files, state, pending: { error } }: Entry): Promise<boolean> {
    const failure = state === "failed" && error !== null ? { code: error.code, detail: error.detail } : null;
    const value = { ...stored, failure };
    return files === undefined
      ? await this.#plain.put(key, value)
      : await this.#withFiles.put(key, { ...value, files: files.stored });
  }

  async delete({ key, files }: Kept): Promise<void> {
    await (files === undefined ? this.#plain : this.#withFiles).delete(key);
  }

  /** Whether it is still for this instance to send it. */
  async isMine({ key, files }: Kept): Promise<boolean> {
    return await (files === undefined ? this.#plain : this.#withFiles).isMine(key);
  }

  /** The entries of instances that are gone; `isWhole`: those with attachments, too. Errors: those of the storage. */
  async orphans(
    isWhole: boolean,
  ): Promise<readonly { readonly key: string; readonly value: StoredEntry | StoredEntryWithFiles }[]> {
    const [plain, withFiles] = await Promise.all([this.#plain.orphans(), isWhole ? this.#withFiles.orphans() : []]);
    return [...plain, ...withFiles];
  }

  /** Where the files of all entries are, whoever sends them. */
  async folders(): Promise<ReadonlySet<string>> {
    return new Set((await this.#withFiles.all()).map(({ files }) => files.folder));
  }

  /** All entries, whoever sends them. */
  async all(): Promise<readonly StoredEntry[]> {
    const [plain, withFiles] = await Promise.all([this.#plain.all(), this.#withFiles.all()]);
    return [...plain, ...withFiles];
  }
}
