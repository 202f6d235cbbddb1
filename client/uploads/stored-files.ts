/** Owns what storage keeps of the attachments of an unsent message, and how what a program gives becomes that. */
import { z } from "zod";
import { completionDraft } from "../../schema/http/uploads.ts";
import { uploadLimits } from "../../schema/bounds/uploads.ts";
import { cleanText, isBlank } from "../../schema/text.ts";
import { parseWith } from "../../schema/wire/frames/parse.ts";
import { attachment, type AttachmentKind } from "../../schema/wire/attachment.ts";
import type { AttachmentFile, AttachmentSource } from "../contract/conversation/attachments.ts";
import { ParleyError } from "../errors.ts";
import type { Said } from "./upload-calls.ts";
import { sendableName } from "./file-name.ts";

export const storedFile = z.object({
  key: z.string(),
  /** The attachment that is forwarded; null for a file. */
  from: z.string().nullable(),
  name: z.string(),
  type: z.string(),
  bytes: z.int(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  durationMs: z.int().nullable(),
  thumbhash: z.string().nullable(),
  waveform: z.array(z.int()).nullable(),
  /** Absent in what an earlier version has stored. */
  alt: z.string().nullable().default(null),
  hasPreview: z.boolean(),
  /** The uploads that were begun. */
  uploadId: z.string().nullable(),
  previewId: z.string().nullable(),
  /** What the server has made of it. */
  attachment: attachment.nullable(),
});
export type StoredFile = z.infer<typeof storedFile>;

/** The attachments of one message. */
export const storedFiles = z.object({
  /** Where the files are, in the storage's blobs. */
  folder: z.string(),
  isPaused: z.boolean(),
  /** When all were uploaded: the message's place among those that are sent. */
  readyAt: z.number().nullable(),
  list: z.array(storedFile),
});
export type StoredFiles = z.infer<typeof storedFiles>;

/** A file as it was given, and what is stored of it. */
export interface GivenFile {
  readonly stored: StoredFile;
  readonly file: Blob | null;
  readonly preview: Blob | null;
}

/** What a program gives to `send`. Errors: `too_large`, `bad_request`, with the place in the list. */
export function givenFiles(sources: readonly AttachmentSource[]): readonly GivenFile[] {
  const { attachmentsPerMessageMax } = uploadLimits;
  if (sources.length > attachmentsPerMessageMax)
    throw new ParleyError({ code: "too_large", detail: `attachments: at most ${attachmentsPerMessageMax}` });
  return sources.map((source, i) => {
    if (source instanceof Blob) return givenFile({ file: source }, i);
    return "from" in source ? forwarded(source.from, i) : givenFile(source, i);
  });
}

function givenFile(given: AttachmentFile, i: number): GivenFile {
  const { file, preview } = given;
  const at = `attachments.${i}`;
  if (file.size > uploadLimits.attachmentBytesMax)
    throw new ParleyError({ code: "too_large", detail: `${at}: at most ${uploadLimits.attachmentBytesMax} bytes` });
  if (file.size === 0) throw new ParleyError({ code: "bad_request", detail: `${at}: has no bytes` });
  const usedPreview = preview !== undefined && preview.size <= uploadLimits.previewBytesMax ? preview : null;
  const stored = {
    ...blank(i),
    name: sendableName(given.name ?? ("name" in file && typeof file.name === "string" ? file.name : "")),
    type: given.type ?? file.type,
    bytes: file.size,
    width: given.width ?? null,
    height: given.height ?? null,
    durationMs: given.durationMs ?? null,
    thumbhash: given.thumbhash ?? null,
    waveform: given.waveform == null ? null : [...given.waveform],
    alt: altOf(given.alt),
    hasPreview: usedPreview !== null,
  };
  const parsed = parseWith(completionDraft, saidOf(stored));
  if (!parsed.ok) throw new ParleyError({ ...parsed.refusal, detail: `${at}.${parsed.refusal.detail}` });
  return { stored, file, preview: usedPreview };
}

function forwarded(from: string, i: number): GivenFile {
  return { stored: { ...blank(i), from }, file: null, preview: null };
}

function blank(i: number): StoredFile {
  return {
    key: String(i),
    from: null,
    name: "",
    type: "",
    bytes: 0,
    width: null,
    height: null,
    durationMs: null,
    thumbhash: null,
    waveform: null,
    alt: null,
    hasPreview: false,
    uploadId: null,
    previewId: null,
    attachment: null,
  };
}

function altOf(given: string | null | undefined): string | null {
  const clean = cleanText(given ?? "").trim();
  return isBlank(clean) ? null : clean;
}

/** What is said of a file when its upload is completed: what is known. */
export function saidOf({ width, height, durationMs, thumbhash, waveform, alt }: StoredFile): Said {
  return {
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    ...(durationMs === null ? {} : { durationMs }),
    ...(thumbhash === null ? {} : { thumbhash }),
    ...(waveform === null ? {} : { waveform }),
    ...(alt === null ? {} : { alt }),
  };
}

/** How it will be shown, as far as its type says it. */
export function kindOf({ type, waveform, attachment: done }: StoredFile): AttachmentKind {
  if (done !== null) return done.kind;
  const [family = ""] = type.split("/");
  if (family === "audio") return waveform === null ? "audio" : "voice";
  if (family === "video") return "video";
  return family === "image" && type !== "image/svg+xml" ? "image" : "file";
}

/** Whether two lists were made of the same sources. */
export function areSameFiles(a: readonly StoredFile[], b: readonly StoredFile[]): boolean {
  const isSame = (x: StoredFile, y: StoredFile | undefined) =>
    x.from === y?.from && x.name === y.name && x.type === y.type && x.bytes === y.bytes;
  return a.length === b.length && a.every((each, i) => isSame(each, b[i]));
}
