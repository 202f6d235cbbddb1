/**
 * Owns the upload of one attachment of a pending message: its state, its tries, and what the server has of it. It goes on after the loss of the network, a
 * restart, or the end of the upload on the server.
 */
import type { Attachment } from "../../schema/wire/attachment.ts";
import type { PendingAttachment, UploadState } from "../contract/conversation/attachments.ts";
import type { Clock } from "../contract/platform.ts";
import { faultOf, ParleyError } from "../errors.ts";
import type { Waits } from "../link/waits.ts";
import { Progress } from "./progress.ts";
import { sendFile } from "./send-file.ts";
import type { Slots } from "./slots.ts";
import { type GivenFile, kindOf, saidOf, type StoredFile } from "./stored-files.ts";
import type { Said, UploadDoor } from "./upload-calls.ts";

export interface UploadParts {
  readonly clock: Clock;
  readonly waits: Waits;
  readonly door: UploadDoor;
  readonly fileSlots: Slots;
  readonly partSlots: Slots;
  /** The file, or its preview, as storage has it. */
  readonly find: (name: string) => Promise<Blob | undefined>;
  /** Its state, or what is to be stored of it, has changed. */
  readonly onChange: () => void;
}

/** The name of a file in the folder of its message, and that of its preview. */
export const nameOfFile = (key: string): string => key;
export const nameOfPreview = (key: string): string => `${key}-preview`;

export class AttachmentUpload {
  readonly #parts: UploadParts;
  readonly progress: Progress;
  #stored: StoredFile;
  #file: Blob | null;
  #preview: Blob | null;
  #running: AbortController | undefined;
  #pending: PendingAttachment;
  /** Until when it waits, if the server named a time; by this device's clock. */
  retryAt: number | null = null;

  constructor({ stored, file, preview }: GivenFile, isPaused: boolean, parts: UploadParts) {
    this.#parts = parts;
    this.#stored = stored;
    this.#file = file;
    this.#preview = preview;
    const isDone = stored.attachment !== null;
    const state: UploadState = isDone ? "done" : isPaused ? "paused" : "waiting";
    this.progress = new Progress(parts.clock, { state, sentBytes: isDone ? stored.bytes : 0, error: null });
    this.#pending = this.#shown();
  }

  get stored(): StoredFile {
    return this.#stored;
  }

  get attachment(): Attachment | null {
    return this.#stored.attachment;
  }

  /** The same object until its state changes. */
  get pending(): PendingAttachment {
    return this.#pending;
  }

  /** Finds the file after a restart. */
  async load(): Promise<void> {
    const { key, from, hasPreview } = this.#stored;
    if (from !== null) return;
    const { find } = this.#parts;
    this.#file ??= (await find(nameOfFile(key))) ?? null;
    if (hasPreview) this.#preview ??= (await find(nameOfPreview(key))) ?? null;
    this.#changed();
  }

  /** Goes on until it is done, fails for good, or is stopped. */
  start(): void {
    if (this.#running !== undefined || this.attachment !== null) return;
    const running = new AbortController();
    this.#running = running;
    this.#turn("waiting");
    void this.#run(running);
  }

  /** Ends the try that is under way; the server keeps what it has. */
  stop(state?: "paused"): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#parts.waits.end(this);
    this.progress.end();
    const isOpen = this.attachment === null && this.progress.getSnapshot().state !== "failed";
    if (state !== undefined && isOpen) this.#turn(state);
  }

  /** It fails for a reason of its message. */
  fail(error: ParleyError): void {
    if (this.attachment !== null) return;
    this.stop();
    this.#turn("failed", error);
  }

  /** Asks whether the server still has a finished upload; if not, it is begun anew at the next start. */
  async isLost(signal: AbortSignal): Promise<boolean> {
    const { uploadId, from, previewId } = this.#stored;
    if (from === null && uploadId !== null && this.attachment !== null) {
      try {
        await this.#parts.door.complete(uploadId, this.#said(previewId), signal);
        return false;
      } catch (error) {
        if (faultOf(error).retry !== "never") throw error;
      }
    }
    this.#stored = { ...this.#stored, uploadId: null, previewId: null, attachment: null };
    this.#turn("waiting");
    return true;
  }

  /** Tells the server that the uploads are not needed. What it does not hear of ends by itself. */
  async end(): Promise<void> {
    this.stop();
    const { uploadId, previewId } = this.#stored;
    for (const id of [uploadId, previewId]) if (id !== null) await this.#parts.door.end(id).catch(() => undefined);
  }

  async #run(running: AbortController): Promise<void> {
    const { fileSlots, waits } = this.#parts;
    const { signal } = running;
    for (let failures = 0; !signal.aborted; failures++) {
      const sentBefore = this.progress.getSnapshot().sentBytes;
      try {
        const attachment = await fileSlots.use(async () => await this.#try(signal), signal);
        if (signal.aborted) return;
        this.#running = undefined;
        this.#keep({ attachment, ...factsOf(attachment) });
        return this.#turn("done", null, attachment.bytes);
      } catch (error) {
        if (signal.aborted) return;
        const fault = await this.#meaningOf(faultOf(error));
        if (signal.aborted) return;
        if (fault.retry === "never") {
          this.#running = undefined;
          return this.#turn("failed", fault);
        }
        this.retryAt = fault.retryAfterMs === null ? null : this.#parts.clock.now() + fault.retryAfterMs;
        this.#turn("waiting", fault);
        // After progress the waits begin to grow anew.
        if (this.progress.getSnapshot().sentBytes > sentBefore) failures = 0;
        await waits.afterFault(this, fault, failures);
      }
    }
  }

  async #try(signal: AbortSignal): Promise<Attachment> {
    this.#turn("uploading");
    const { from } = this.#stored;
    if (from !== null) return await this.#parts.door.forward(from, signal);
    const file = this.#file;
    if (file === null) throw lost();
    const previewId = await this.#previewUpload(signal);
    try {
      return await this.#send(file, previewId, signal);
    } catch (error) {
      // The server may have refused the preview. The attachment goes without it.
      if (previewId === null || !(error instanceof ParleyError) || error.code !== "bad_request") throw error;
      this.#keep({ previewId: null, hasPreview: false });
      return await this.#send(file, null, signal);
    }
  }

  async #send(file: Blob, previewId: string | null, signal: AbortSignal): Promise<Attachment> {
    const { name, type, uploadId } = this.#stored;
    return await sendFile({
      door: this.#parts.door,
      partSlots: this.#parts.partSlots,
      file,
      facts: { name, type, bytes: file.size },
      about: () => this.#said(previewId),
      uploadId,
      onBegun: (id) => this.#keep({ uploadId: id }),
      onSent: (bytes) => this.progress.note(bytes),
      signal,
    });
  }

  /** The completed upload of the preview; null if there is none, or the server does not want it. */
  async #previewUpload(signal: AbortSignal): Promise<string | null> {
    const { previewId, hasPreview, name } = this.#stored;
    const preview = this.#preview;
    if (!hasPreview || preview === null) return null;
    try {
      const { id } = await sendFile({
        door: this.#parts.door,
        partSlots: this.#parts.partSlots,
        file: preview,
        facts: { name, type: preview.type, bytes: preview.size },
        about: () => ({}),
        uploadId: previewId,
        onBegun: (begun) => this.#keep({ previewId: begun }),
        onSent: () => undefined,
        signal,
      });
      return id;
    } catch (error) {
      const fault = faultOf(error);
      if (fault.retry !== "never" || signal.aborted) throw error;
      // That the user may not write here is found out by the file itself.
      this.#keep({ previewId: null, hasPreview: false });
      return null;
    }
  }

  #said(previewId: string | null): Said {
    return { ...saidOf(this.#stored), ...(previewId === null ? {} : { preview: previewId }) };
  }

  /** No answer may mean that the file cannot be read any more, because it was changed or deleted on the disk. */
  async #meaningOf(fault: ParleyError): Promise<ParleyError> {
    if (fault.status !== 0 || fault.retry !== "later" || this.#file === null) return fault;
    if (await isReadable(this.#file)) return fault;
    const { from, key } = this.#stored;
    const stored = from === null ? await this.#parts.find(nameOfFile(key)) : undefined;
    if (stored === undefined || !(await isReadable(stored))) return lost();
    this.#file = stored;
    return fault;
  }

  #keep(change: Partial<StoredFile>): void {
    this.#stored = { ...this.#stored, ...change };
    this.#parts.onChange();
  }

  #turn(state: UploadState, error: ParleyError | null = null, sentBytes?: number): void {
    const before = this.progress.getSnapshot();
    if (before.state === state && before.error === error && sentBytes === undefined) return;
    this.progress.turn({ state, error, ...(sentBytes === undefined ? {} : { sentBytes }) });
    this.#changed();
  }

  #changed(): void {
    this.#pending = this.#shown();
    this.#parts.onChange();
  }

  #shown(): PendingAttachment {
    const { key, name, type, bytes, width, height, durationMs, thumbhash, waveform, alt } = this.#stored;
    const facts = { key, name, type, bytes, width, height, durationMs, thumbhash, waveform, alt };
    const { progress } = this;
    return {
      ...facts,
      ...progress.getSnapshot(),
      kind: kindOf(this.#stored),
      blob: this.#file,
      preview: this.#preview,
      progress,
    };
  }
}

/** What is shown of a forwarded attachment, once it is known. */
function factsOf({
  name,
  type,
  bytes,
  width,
  height,
  durationMs,
  thumbhash,
  waveform,
  alt,
}: Attachment): Partial<StoredFile> {
  return { name, type, bytes, width, height, durationMs, thumbhash, waveform, alt: alt ?? null };
}

async function isReadable(file: Blob): Promise<boolean> {
  return await file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}

function lost(): ParleyError {
  return new ParleyError({ code: "file_lost", detail: "the file cannot be read any more", retry: "never" });
}
