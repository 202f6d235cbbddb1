/** Uploads: begun, sent in parts, completed. A completed upload is an attachment, which a message can carry or a picture be made of. */
import { z } from "zod";
import { uploadLimits } from "../bounds/uploads.ts";
import { attachmentId } from "../ids.ts";
import { alternative } from "../text.ts";
import { attachment, fileName, sha256 } from "../wire/attachment.ts";
import { byConversation } from "./conversation/conversations.ts";
import { queryInteger, route } from "./route.ts";

const byUpload = z.object({ uploadId: attachmentId });

/** `bytes` beyond the maximum is `too_large`, which the door says, for it differs between the two kinds of uploads. */
export const uploadDraft = z.object({
  name: fileName,
  /** What the client takes it for. The bytes decide. */
  type: z.string().max(uploadLimits.saidTypeCharactersMax),
  bytes: z.int().min(1),
  sha256: sha256.optional(),
});
export type UploadDraft = z.infer<typeof uploadDraft>;

/** A new file, or with `from` a copy of an attachment; then nothing else is looked at. */
export const conversationUploadDraft = z
  .object({ ...uploadDraft.partial().shape, from: attachmentId.optional() })
  .refine(({ from, name }) => from !== undefined || name !== undefined, "name: is missing")
  .refine(({ from, type }) => from !== undefined || type !== undefined, "type: is missing")
  .refine(({ from, bytes }) => from !== undefined || bytes !== undefined, "bytes: is missing");

export const begunUpload = z.object({
  uploadId: attachmentId,
  partBytes: z.int(),
  parts: z.int(),
  expiresAt: z.int(),
});
export type BegunUpload = z.infer<typeof begunUpload>;

export const uploadState = z.object({ received: z.array(z.int()), parts: z.int(), partBytes: z.int() });
export type UploadState = z.infer<typeof uploadState>;

const side = z.int().min(1).max(uploadLimits.mediaSideMax).nullish();

/** What the uploader says of the file. Nobody checks it. */
export const completionDraft = z.object({
  width: side,
  height: side,
  durationMs: z.int().min(0).max(uploadLimits.mediaDurationMsMax).nullish(),
  thumbhash: z
    .string()
    .regex(
      new RegExp(`^(?=.{1,${uploadLimits.thumbhashCharactersMax}}$)[A-Za-z0-9+/]+={0,2}$`),
      `must be base64 of at most ${uploadLimits.thumbhashCharactersMax} characters`,
    )
    .nullish(),
  waveform: z
    .array(z.int().min(0).max(255))
    .refine((peaks) => peaks.length <= uploadLimits.waveformPeaksMax, {
      message: `must have at most ${uploadLimits.waveformPeaksMax} peaks`,
    })
    .nullish(),
  /** What it shows, in words. */
  alt: alternative.nullish(),
  /** An upload of the same conversation and uploader, which becomes part of this one. */
  preview: attachmentId.nullish(),
});
export type CompletionDraft = z.infer<typeof completionDraft>;

export const createUpload = route({
  method: "POST",
  path: "/v1/conversations/:conversationId/uploads",
  summary: "Begin an upload, or copy an attachment that the caller may see, to be sent in this conversation",
  tag: "Uploads",
  params: byConversation,
  body: conversationUploadDraft,
  answers: {
    201: { description: "Begun; with `from` the attachment itself", body: z.union([begunUpload, attachment]) },
  },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "too_large", "rate_limited"],
});

export const createOwnUpload = route({
  method: "POST",
  path: "/v1/me/uploads",
  summary: "Begin the upload of a picture of the caller, or of a group",
  tag: "Uploads",
  body: uploadDraft,
  answers: { 201: { description: "Begun", body: begunUpload } },
  errors: ["unauthenticated", "bad_request", "conflict", "too_large", "rate_limited"],
});

export const putUploadPart = route({
  method: "PUT",
  path: "/v1/uploads/:uploadId/parts/:n",
  summary: "Send a part, or send it again; every part but the last has `partBytes`",
  tag: "Uploads",
  params: z.object({ ...byUpload.shape, n: queryInteger.pipe(z.int().min(1)) }),
  rawBody: "The bytes of the part, with a Content-Length",
  answers: { 204: { description: "It is stored", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict", "unsupported"],
});

export const getUpload = route({
  method: "GET",
  path: "/v1/uploads/:uploadId",
  summary: "Which parts have arrived",
  tag: "Uploads",
  params: byUpload,
  answers: { 200: { description: "The upload", body: uploadState } },
  errors: ["unauthenticated", "bad_request", "not_found"],
});

export const deleteUpload = route({
  method: "DELETE",
  path: "/v1/uploads/:uploadId",
  summary: "Give an upload up, completed or not",
  tag: "Uploads",
  params: byUpload,
  answers: { 204: { description: "It is gone", body: null } },
  errors: ["unauthenticated", "bad_request", "not_found", "conflict"],
});

export const completeUpload = route({
  method: "POST",
  path: "/v1/uploads/:uploadId/complete",
  summary: "Make the parts one file, whose type and hash are read from the bytes; a repeat gets the same answer",
  tag: "Uploads",
  params: byUpload,
  body: completionDraft,
  answers: { 200: { description: "The attachment", body: attachment } },
  errors: ["unauthenticated", "bad_request", "not_found", "forbidden", "conflict", "too_large"],
});

export const getAvatar = route({
  method: "GET",
  path: "/v1/avatars/:picture",
  summary: "A picture of a person or group; its address cannot be guessed, and is all the right that is needed",
  tag: "Uploads",
  isOpen: true,
  isGenuine: true,
  params: z.object({ picture: z.string().min(1).max(64) }),
  answers: {
    200: { description: "The picture, as PNG, JPEG, GIF, WebP or AVIF", body: z.string(), mediaType: "image/*" },
    304: { description: "It is the one that the client has", body: null },
  },
  errors: ["bad_request", "not_found"],
});
