/** Owns what an upload is judged by: whose it may be, how many there may be, what may be a preview, and what it is once it is completed. */
import { isRaster } from "../../../core/media/sniff.ts";
import { type Refusal, refuse } from "../../../schema/errors.ts";
import { uploadBounds, uploadLimits } from "../../../schema/bounds/uploads.ts";
import type { BegunUpload } from "../../../schema/http/uploads.ts";
import type { AttachmentId, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import type { FileDraft, Found, Said } from "../../contract/uploads.ts";
import { now } from "../platform/clock.ts";
import type { Reader } from "../platform/database.ts";
import { nameOf, type UploadOwner } from "./upload-ids.ts";
import { countOpen, partsOf, readUpload, type UploadRow } from "./upload-rows.ts";

/** What differs between the uploads of a conversation and those of a user. */
export type UploadRules = {
  /** Whose keys they have; undefined as long as the object is nothing. */
  owner: () => UploadOwner | undefined;
  /** Why this user may not upload now, or undefined. It is asked when an upload begins, is completed and copied. */
  writeFault: (by: UserId) => Refusal | undefined;
  /** Why this user may not even ask about uploads. */
  seeFault: (by: UserId) => Refusal | undefined;
  /** What all uploads of a day may declare here; null: that is counted elsewhere. */
  bytesPerDayMax: number | null;
  /** The attachment that a message carries, if the upload was sent by this user. */
  sentBy: (by: UserId, name: string) => Attachment | undefined;
};

/** Why this user may begin no upload, or undefined. */
export function beginFault({ db, rules }: { db: Reader; rules: UploadRules }, by: UserId): Refusal | undefined {
  const refusal = rules.writeFault(by);
  if (refusal !== undefined) return refusal;
  const { own, all } = countOpen(db, by);
  if (own < uploadBounds.openPerUserMax && all < uploadBounds.openPerConversationMax) return undefined;
  return refuse("conflict", "too many uploads are not sent yet; send or delete some").refusal;
}

/** Why this cannot be the preview of the upload, or undefined. */
export function previewFault(db: Reader, row: UploadRow, id: AttachmentId | null): Refusal | undefined {
  if (id === null) return undefined;
  const preview = readUpload(db, nameOf(id));
  const isFit =
    preview !== undefined &&
    preview.name !== row.name &&
    preview.by === row.by &&
    preview.attachment?.id === id &&
    isRaster(preview.attachment.type) &&
    preview.attachment.bytes <= uploadLimits.previewBytesMax &&
    preview.preview === null &&
    !preview.isWithheld &&
    preview.expiresAt > now();
  if (isFit) return undefined;
  return refuse("bad_request", "preview: must be a completed picture of yours in this conversation, at most 1 MiB")
    .refusal;
}

export function allParts(parts: number): number[] {
  return Array.from({ length: parts }, (_, at) => at + 1);
}

export function begun(id: AttachmentId, row: UploadRow): BegunUpload {
  return {
    uploadId: id,
    partBytes: uploadLimits.partBytes,
    parts: partsOf(row.draft.bytes),
    expiresAt: row.expiresAt,
  };
}

/** As messages and uploads show it: with the operator's word, or without. */
export function shownAs(attachment: Attachment, isWithheld: boolean): Attachment {
  const { withheld: _, ...bare } = attachment;
  return isWithheld ? { ...bare, withheld: true } : bare;
}

/** A sound with a waveform is a voice message. */
export function attachmentFrom(
  id: AttachmentId,
  draft: FileDraft,
  said: Said,
  { type, kind, sha256 }: Found,
): Attachment {
  const { width, height, durationMs, thumbhash, waveform, preview, alt } = said;
  return {
    id,
    kind: kind === "audio" && waveform !== null ? "voice" : kind,
    name: draft.name,
    type,
    bytes: draft.bytes,
    sha256,
    width,
    height,
    durationMs,
    thumbhash,
    waveform,
    hasPreview: preview !== null,
    ...(alt == null ? {} : { alt }),
  };
}
