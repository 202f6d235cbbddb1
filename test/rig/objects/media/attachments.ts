/** Attachments for tests in workerd: uploads that are completed as a gateway does it, without one. */
import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import type { Said, UploadAnswers, UploadAsk } from "../../../../objects/contract/uploads.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { mintUploadId } from "../../../../objects/shared/uploads/upload-ids.ts";
import type { AttachmentId, ConversationId } from "../../../../schema/ids.ts";
import type { Attachment, AttachmentKind } from "../../../../schema/wire/attachment.ts";
import type { TestPerson } from "../people.ts";

export type TestFile = {
  bytes?: Uint8Array;
  name?: string;
  type?: string;
  kind?: AttachmentKind;
  waveform?: number[];
  preview?: AttachmentId | null;
};

let made = 0;

/** Bytes that no other file of the test has. */
export function someBytes(length = 40): Uint8Array {
  made++;
  return new TextEncoder().encode(`file ${made} `.padEnd(length, "x"));
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Asks the conversation about an upload, where any refusal is an error. */
export async function askUpload<D extends UploadAsk["do"]>(
  id: ConversationId,
  by: TestPerson,
  ask: Extract<UploadAsk, { do: D }>,
): Promise<UploadAnswers[D]> {
  const answer = await conversationStub(env, id).upload(by.userId, ask);
  if (!answer.ok) throw new Error(`${ask.do}: ${answer.refusal.detail}`);
  return answer.value as UploadAnswers[D];
}

/** An attachment of this person that is not sent yet. */
export async function uploaded(id: ConversationId, by: TestPerson, file: TestFile = {}): Promise<Attachment> {
  const { bytes = someBytes(), name = "picture.png", type = "image/png", kind = "image", preview = null } = file;
  const uploadId = mintUploadId(id);
  const draft = { name, type, bytes: bytes.length, sha256: null };
  await askUpload<"begin">(id, by, { do: "begin", id: uploadId, draft, day: 0 });
  const place = await askUpload<"part">(id, by, { do: "part", id: uploadId, n: 1, bytes: bytes.length });
  await env.MEDIA.put(place.key, bytes);
  await askUpload<"stored">(id, by, { do: "stored", id: uploadId, n: 1, key: place.key, etag: null });
  const waveform = file.waveform ?? null;
  const said: Said = { width: null, height: null, durationMs: null, thumbhash: null, waveform, preview };
  const completion = await askUpload<"complete">(id, by, { do: "complete", id: uploadId, said });
  if (completion.do !== "work") throw new Error(`the completion is ${completion.do}`);
  const found = { type, kind, sha256: sha256Of(bytes) };
  return await askUpload<"completed">(id, by, { do: "completed", id: uploadId, key: completion.work.key, said, found });
}

/** The keys of all objects in R2 that belong to a conversation. */
export async function keysOf(id: ConversationId): Promise<string[]> {
  return (await env.MEDIA.list({ prefix: `media/${id}/` })).objects.map(({ key }) => key);
}
