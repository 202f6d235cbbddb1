/** Owns asking a conversation which attachments a user may see, and where their bytes lie. */
import type { Media } from "../../objects/contract/uploads.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { done, type Outcome } from "../../schema/errors.ts";
import type { AttachmentId, ConversationId, UserId } from "../../schema/ids.ts";
import { askOwner } from "./uploads/ask.ts";

/** Those of these that the user may see. `isOwn`: what the user has sent is theirs also after they left. */
export async function seenOf(
  env: Env,
  id: ConversationId,
  viewer: UserId,
  ids: AttachmentId[],
  isOwn = false,
): Promise<Outcome<Media[]>> {
  const seen = await askOwner(env, { kind: "conversation", id }, viewer, { do: "see all", ids, isOwn });
  return seen.ok ? done(seen.value.filter((each) => each !== null)) : seen;
}
