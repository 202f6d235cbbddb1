/** Owns the attachments of one pending message: all must be uploaded before it can be sent. */
import type { Attachment } from "../../schema/wire/attachment.ts";
import type { PendingAttachment } from "../contract/conversation/attachments.ts";
import type { ParleyError } from "../errors.ts";
import { AttachmentUpload, nameOfFile, nameOfPreview, type UploadParts } from "./attachment-upload.ts";
import type { FileKeeper } from "./file-keeper.ts";
import type { GivenFile, StoredFiles } from "./stored-files.ts";

export interface MessageFilesParts extends Omit<UploadParts, "find"> {
  readonly keeper: FileKeeper;
}

export class MessageFiles {
  readonly #parts: MessageFilesParts;
  readonly #folder: string;
  readonly #uploads: readonly AttachmentUpload[];
  readonly #given: readonly GivenFile[];
  readonly #abort = new AbortController();
  #isPaused: boolean;
  /** Whether storage has had no room for the files. A second try does without it. */
  #isUnkept = false;
  #shown: readonly PendingAttachment[] = [];
  readyAt: number | null;
  /** Set while several of them change at once, which counts as one change. */
  #isChanging = false;
  #hasChanged = false;

  constructor({ folder, isPaused, readyAt, list }: StoredFiles, given: readonly GivenFile[], parts: MessageFilesParts) {
    this.#parts = parts;
    this.#folder = folder;
    this.#isPaused = isPaused;
    this.#given = given;
    this.readyAt = readyAt;
    const changes = { ...parts, onChange: () => this.#changed() };
    const find = async (name: string) => await parts.keeper.find(folder, name);
    this.#uploads = list.map((stored, i) => {
      const { file, preview } = given[i] ?? { file: null, preview: null };
      return new AttachmentUpload({ stored, file, preview }, isPaused, { ...changes, find });
    });
  }

  get stored(): StoredFiles {
    const list = this.#uploads.map(({ stored }) => stored);
    return { folder: this.#folder, isPaused: this.#isPaused, readyAt: this.readyAt, list };
  }

  get pending(): readonly PendingAttachment[] {
    const now = this.#uploads.map(({ pending }) => pending);
    if (now.some((each, i) => each !== this.#shown[i])) this.#shown = now;
    return this.#shown;
  }

  /** What the message is sent with; undefined until all are uploaded. */
  get attachments(): readonly Attachment[] | undefined {
    const done = this.#uploads.flatMap(({ attachment }) => attachment ?? []);
    return done.length === this.#uploads.length ? done : undefined;
  }

  /** Why one of them cannot be uploaded. */
  get failure(): ParleyError | null {
    return this.pending.find(({ state }) => state === "failed")?.error ?? null;
  }

  /** Why one of them waits, and until when, if the server named a time. */
  get wait(): { readonly error: ParleyError | null; readonly retryAt: number | null } {
    const waiting = this.#uploads.find(({ pending }) => pending.error !== null);
    return { error: waiting?.pending.error ?? null, retryAt: waiting?.retryAt ?? null };
  }

  /** Stores the files. Answers whether storage has all of them. Errors: `storage_full`. */
  async keep(): Promise<boolean> {
    if (this.#isUnkept) return false;
    const { keeper } = this.#parts;
    let areKept = true;
    try {
      for (const { stored, file, preview } of this.#given) {
        if (file !== null) areKept = (await keeper.keep(this.#folder, nameOfFile(stored.key), file)) && areKept;
        if (preview !== null)
          areKept = (await keeper.keep(this.#folder, nameOfPreview(stored.key), preview)) && areKept;
      }
    } catch (error) {
      this.#isUnkept = true;
      await keeper.drop(this.#folder);
      throw error;
    }
    return areKept;
  }

  /** Finds the files after a restart. */
  async load(): Promise<void> {
    await Promise.all(this.#uploads.map((upload) => upload.load()));
  }

  /** Begins, or goes on with, all that are not done, unless they are paused. */
  start(): void {
    if (this.#abort.signal.aborted || this.#isPaused) return;
    this.#atOnce((upload) => upload.start());
  }

  pause(): void {
    if (this.#isPaused || this.attachments !== undefined) return;
    this.#isPaused = true;
    this.#atOnce((upload) => upload.stop("paused"));
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#atOnce((upload) => {
      if (upload.pending.state === "paused") upload.start();
    });
  }

  fail(error: ParleyError): void {
    this.#atOnce((upload) => upload.fail(error));
  }

  /** The server refused the message. Answers whether that may be because it has lost uploads, which are then begun anew. */
  async areLost(): Promise<boolean> {
    let areLost = false;
    for (const upload of this.#uploads) areLost = (await upload.isLost(this.#abort.signal)) || areLost;
    if (areLost) this.readyAt = null;
    return areLost;
  }

  /** The message was sent: its files are not needed here. */
  async settle(): Promise<void> {
    this.close();
    await this.#parts.keeper.drop(this.#folder);
  }

  /** The message was discarded. */
  async discard(): Promise<void> {
    this.close();
    await Promise.all([this.#parts.keeper.drop(this.#folder), ...this.#uploads.map((upload) => upload.end())]);
  }

  /** Ends what is under way; nothing is deleted. */
  close(): void {
    this.#abort.abort();
    for (const upload of this.#uploads) upload.stop();
  }

  #atOnce(task: (upload: AttachmentUpload) => void): void {
    this.#isChanging = true;
    this.#hasChanged = false;
    for (const upload of this.#uploads) task(upload);
    this.#isChanging = false;
    if (this.#hasChanged) this.#parts.onChange();
  }

  #changed(): void {
    this.#hasChanged = true;
    if (!this.#isChanging) this.#parts.onChange();
  }
}
