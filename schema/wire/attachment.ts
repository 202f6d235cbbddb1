/**
 * Owns an attachment, as messages and answers carry it: a file that a member has uploaded.
 * `type` is what the bytes are, whatever was said. What was not said is null; `sha256` is always there.
 * `alt`: what it shows, in words, where the uploader has said that; nothing hashes it.
 * `withheld`: the operator's scanner has taken it out of reach, and every address of it is 404.
 */
import { z } from "zod";
import { attachmentId } from "../ids.ts";
import { uploadLimits } from "../bounds/uploads.ts";
import { codePoints } from "../text.ts";

export const attachmentKind = z.enum(["image", "video", "audio", "voice", "file"]);
export type AttachmentKind = z.infer<typeof attachmentKind>;

export const attachment = z.object({
  id: attachmentId,
  kind: attachmentKind,
  name: z.string(),
  type: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  durationMs: z.int().nullable(),
  /** A tiny picture that is shown until the real one is there, as base64. */
  thumbhash: z.string().nullable(),
  /** The peaks of a voice message, 0 to 255. */
  waveform: z.array(z.int()).nullable(),
  hasPreview: z.boolean(),
  alt: z.string().optional(),
  /** What the bytes of the preview are. */
  previewType: z.string().optional(),
  withheld: z.literal(true).optional(),
});
export type Attachment = z.infer<typeof attachment>;

/** What lists and pushes say of an attachment. */
export const attachmentLabel = z.object({ kind: attachmentKind, name: z.string() });
export type AttachmentLabel = z.infer<typeof attachmentLabel>;

/** The attachments that a send names, in their order. */
export const attachmentIds = z
  .array(attachmentId)
  .max(uploadLimits.attachmentsPerMessageMax)
  .refine((ids) => new Set(ids).size === ids.length, "must not name one twice");

/** SHA-256 in lowercase hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lowercase hex digits");

/** What no name of a file holds: C0, C1 and U+007F; the separators of paths; all controls of writing direction. */
// eslint-disable-next-line no-control-regex -- these are what is refused
export const refusedInNames = /[\u0000-\u001F\u007F-\u009F/\\\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
const nameMax = uploadLimits.attachmentNameCodePointsMax;

/** The name of a file. Too long is `too_large`, everything else `bad_request`. */
export const fileName = z.string().check((ctx) => {
  const { value } = ctx;
  if (value.length > 2 * nameMax || (value.length > nameMax && codePoints(value) > nameMax)) {
    ctx.issues.push({
      code: "too_big",
      maximum: nameMax,
      inclusive: true,
      origin: "string",
      input: value,
      message: `must be at most ${nameMax} code points`,
    });
    return;
  }
  const fault = nameFault(value);
  if (fault !== undefined) ctx.issues.push({ code: "custom", input: value, message: fault });
});

function nameFault(name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (name === "." || name === "..") return "must name a file";
  if (!name.isWellFormed()) return "must be well-formed Unicode";
  return name.search(refusedInNames) !== -1
    ? "must not hold path separators, control characters or bidi controls"
    : undefined;
}
