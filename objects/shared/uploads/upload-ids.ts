/**
 * Owns the ids of uploads and attachments, and the keys under which their bytes lie in R2. An id is that of the object that holds it, a dot, and 128 random bits. So
 * the gateway finds the object, and by the tag of the object's own id it knows that there is one (identity/mint.ts). Whoever knows an id has no right by it.
 */
import { randomBytes } from "node:crypto";
import type { AttachmentId, ConversationId, UserId } from "../../../schema/ids.ts";
import { isMinted } from "../identity/mint.ts";

export type UploadOwner = ConversationId | UserId;

const form = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{22})$/;
const random = (): string => randomBytes(16).toString("base64url");

export function mintUploadId(owner: UploadOwner): AttachmentId {
  return `${owner}.${random()}` as AttachmentId;
}

/** The conversation or user whose object holds the upload, and which of the two it is; undefined where this server made no such id. */
export function ownerOf(
  secret: string,
  id: string,
): { kind: "conversation"; id: ConversationId } | { kind: "user"; id: UserId } | undefined {
  const owner = form.exec(id)?.[1] ?? "";
  if (isMinted(secret, owner, "conversation")) return { kind: "conversation", id: owner as ConversationId };
  return isMinted(secret, owner, "user") ? { kind: "user", id: owner as UserId } : undefined;
}

/** What stands behind the dot: the upload's name within its object. */
export function nameOf(id: AttachmentId): string {
  return id.slice(id.lastIndexOf(".") + 1);
}

/** The last part of a key for bytes that are about to be put: never one that was used before. */
export function freshObject(name: string): string {
  return `${name}.${randomBytes(6).toString("base64url")}`;
}

/** Whether the bytes of this object were uploaded under this name. */
export function isObjectOf(name: string, object: string | null): boolean {
  return object?.startsWith(`${name}.`) === true;
}

/** Where an object's bytes lie in R2. */
export function mediaKey(owner: UploadOwner, object: string): string {
  return `media/${owner}/${object}`;
}

/** The same of a picture for all to see. Its id has no character behind "~". */
export function pictureKey(id: string): string {
  return `pictures/${id}`;
}
