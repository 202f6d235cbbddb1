/** Owns the beginning of uploads: the quota of the user, then a row in the object that holds them; and the copying of attachments that are forwarded. */
import { askOwner, askUpload, type Owner } from "./ask.ts";
import { isBlocked } from "../blocklist.ts";
import { hintScan } from "../scan.ts";
import { reach } from "../../../objects/shared/archive/fault-points.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { logFault } from "../../../objects/shared/platform/log.ts";
import { cost } from "../../../objects/shared/platform/meter.ts";
import { mintUploadId } from "../../../objects/shared/uploads/upload-ids.ts";
import { notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { BegunUpload, UploadDraft } from "../../../schema/http/uploads.ts";
import type { AttachmentId, ConversationId, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";

export async function beginUpload(
  env: Env,
  by: UserId,
  owner: Owner,
  { name, type, bytes, sha256 }: UploadDraft,
  bytesMax: number,
): Promise<Outcome<BegunUpload>> {
  if (bytes > bytesMax) return refuse("too_large", `bytes: at most ${bytesMax}`);
  const user = { kind: "user", id: by } as const;
  const charged = await askOwner(env, user, by, { do: "charge", bytes });
  if (!charged.ok) return charged;
  const { day } = charged.value;
  const draft = { name, type, bytes, sha256: sha256 ?? null };
  const begun = await askOwner(env, owner, by, { do: "begin", id: mintUploadId(owner.id), draft, day });
  // Without an answer it is unknown whether it has begun; then its bytes count for this day.
  if (!begun.ok && begun.refusal.code !== "unavailable") await askOwner(env, user, by, { do: "refund", bytes, day });
  return begun;
}

/** What is given up before it was completed costs nothing of the day's quota. */
export async function removeUpload(env: Env, by: UserId, id: AttachmentId): Promise<Outcome<null>> {
  const removed = await askUpload(env, by, { do: "remove", id });
  if (!removed.ok) return removed;
  const { bytes, day } = removed.value;
  if (bytes === 0) return { ok: true, value: null };
  return await askOwner(env, { kind: "user", id: by }, by, { do: "refund", bytes, day });
}

/** Copies an attachment that the user may see into another conversation, within R2's network: nothing of it is held here. */
export async function forward(
  env: Env,
  by: UserId,
  to: ConversationId,
  from: AttachmentId,
): Promise<Outcome<Attachment>> {
  const seen = await askUpload(env, by, { do: "see", id: from });
  if (!seen.ok) return seen.refusal.code === "unavailable" ? seen : notFound;
  const { attachment: of, key, previewKey } = seen.value;
  if (await isBlocked(env, of.sha256)) return refuse("forbidden", "this file is not allowed here");
  const id = mintUploadId(to);
  const owner = { kind: "conversation", id: to } as const;
  const places = await askOwner(env, owner, by, { do: "copy", id, of });
  if (!places.ok) return places;
  const keys = places.value;
  try {
    const isCopied =
      (await copy(env, key, keys.key, of.sha256)) &&
      (previewKey === null || keys.previewKey === null || (await copy(env, previewKey, keys.previewKey)));
    // Its message was unsent meanwhile, so no copy of it may stay. Nothing names these keys yet.
    if (!isCopied) {
      await env.MEDIA.delete([keys.key, ...(keys.previewKey === null ? [] : [keys.previewKey])]);
      return notFound;
    }
    await hintScan(env, { id, key: keys.key, sha256: of.sha256, type: of.type });
  } catch (error) {
    logFault("forward", error);
    return refuse("unavailable", "it could not be copied now; try again");
  }
  await reach("uploads: copied");
  const copied = await askOwner(env, owner, by, { do: "copied", id, keys, of });
  if (!copied.ok) return copied;
  // It may have been unsent or withheld since it was looked at. Then the copy goes too, of which nobody knows yet.
  const still = await askUpload(env, by, { do: "see", id: from });
  if (still.ok || still.refusal.code === "unavailable") return copied;
  await removeUpload(env, by, id);
  return notFound;
}

async function copy(env: Env, from: string, to: string, sha256?: string): Promise<boolean> {
  cost.bucketReads++;
  const object = await env.MEDIA.get(from);
  if (object === null) return false;
  cost.bucketWrites++;
  await env.MEDIA.put(to, object.body, sha256 === undefined ? {} : { sha256 });
  return true;
}
