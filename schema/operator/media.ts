/** The operator's door for files: those that nobody may upload, and those that nobody may see any more. */
import { z } from "zod";
import { uploadBounds } from "../bounds/uploads.ts";
import { attachmentId } from "../ids.ts";
import { sha256 } from "../wire/attachment.ts";

const hashes = z.array(sha256).min(1).max(uploadBounds.operatorPageMax);
const ids = z.array(attachmentId).min(1).max(uploadBounds.operatorPageMax);

export const mediaCall = z.discriminatedUnion("do", [
  /** The hashes of files that are refused when they are completed or forwarded. */
  z.object({
    do: z.literal("blocked"),
    cursor: sha256.optional(),
    limit: z.int().min(1).max(uploadBounds.operatorPageMax).default(uploadBounds.operatorPageMax),
  }),
  z.object({ do: z.literal("block"), sha256: hashes }),
  z.object({ do: z.literal("unblock"), sha256: hashes }),
  /** Every address of these attachments is 404 from now on; `release` ends it. */
  z.object({ do: z.literal("withhold"), ids }),
  z.object({ do: z.literal("release"), ids }),
]);
export type MediaCall = z.input<typeof mediaCall>;
