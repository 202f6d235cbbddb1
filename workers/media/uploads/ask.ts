/** Owns how the gateway calls the object that holds an upload. */
import type { UploadAnswers, UploadAsk, UploadBy } from "../../../objects/contract/uploads.ts";
import { ask, conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { ownerOf } from "../../../objects/shared/uploads/upload-ids.ts";
import { notFound, type Outcome } from "../../../schema/errors.ts";
import type { AttachmentId, ConversationId, UserId } from "../../../schema/ids.ts";

export type Owner = { kind: "conversation"; id: ConversationId } | { kind: "user"; id: UserId };

/** Calls the conversation or user that holds the uploads. */
export async function askOwner<Do extends UploadAsk["do"]>(
  env: Env,
  owner: Owner,
  by: UploadBy,
  asked: UploadAsk & { do: Do },
): Promise<Outcome<UploadAnswers[Do]>> {
  const name = `upload.${asked.do}`;
  const outcome =
    owner.kind === "conversation"
      ? await ask(name, () => conversationStub(env, owner.id).upload(by, asked))
      : await ask(name, () => userStub(env, owner.id).upload(by, asked));
  // Each kind of call has its kind of answer (answering.ts).
  return outcome as Outcome<UploadAnswers[Do]>;
}

/** The same for a call that names an upload. An id that this server never made is refused before an object is called. */
export async function askUpload<Do extends UploadAsk["do"]>(
  env: Env,
  by: UploadBy,
  asked: UploadAsk & { do: Do; id: AttachmentId },
): Promise<Outcome<UploadAnswers[Do]>> {
  const owner = ownerOf(env.ID_SECRET, asked.id);
  if (owner === undefined || (owner.kind === "user" && by !== null && owner.id !== by)) return notFound;
  return await askOwner<Do>(env, owner, by, asked);
}
