/**
 * Owns how ids of users, conversations and pictures are made, and how an id of this server is told from a made-up one.
 * An id is a kind, 128 bits, and a tag that only the holder of ID_SECRET can make. A made-up id is refused
 * before an object is called, because calling an object creates it for ever.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { remember } from "../../../core/memory.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";

type Kind = "u" | "d" | "g" | "p";
const tagCharacters = 8;
const form = /^([udgp])_([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{8})$/;

const kindsOf = { user: ["u"], conversation: ["d", "g"], picture: ["p"] } as const satisfies Record<string, Kind[]>;

function digest(secret: string, text: string): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}

function tagged(secret: string, kind: Kind, bits: Buffer): string {
  const body = `${kind}_${bits.subarray(0, 16).toString("base64url")}`;
  return body + digest(secret, `id:${body}`).toString("base64url").slice(0, tagCharacters);
}

/** A new user's id. */
export function mintUserId(secret: string): UserId {
  return tagged(secret, "u", randomBytes(16)) as UserId;
}

/** A new group's id; with a clientId always the same one, so that a repeated creation finds the first. */
export function mintGroupId(secret: string, by: UserId, clientId: string | undefined): ConversationId {
  const bits = clientId === undefined ? randomBytes(16) : digest(secret, `group:${by}:${clientId}`);
  return tagged(secret, "g", bits) as ConversationId;
}

/** The id of somebody who is imported: always the same for the same id of the same source. */
export function mintImportedUserId(secret: string, source: string, id: string): UserId {
  return tagged(secret, "u", digest(secret, `import:user:${source}:${id}`)) as UserId;
}

export function mintImportedGroupId(secret: string, source: string, id: string): ConversationId {
  return tagged(secret, "g", digest(secret, `import:group:${source}:${id}`)) as ConversationId;
}

/** The id of the direct chat of two people. Both get the same one; nobody else can guess it, because it is computed with the secret. */
export function mintDmId(secret: string, a: UserId, b: UserId): ConversationId {
  const [low, high] = a < b ? [a, b] : [b, a];
  return tagged(secret, "d", digest(secret, `dm:${low}:${high}`)) as ConversationId;
}

/** The name of a picture of a user or group in its address, which nobody can guess. */
export function mintPictureId(secret: string): string {
  return tagged(secret, "p", randomBytes(16));
}

/** Ids whose tag was checked, with the secret that made it, so that each is checked once. Only genuine ids are kept, so nobody can fill the map with made-up ones. */
const genuine = new Map<string, string>();
const genuineMax = 20_000;

/** Whether this server made the id. */
export function isMinted(secret: string, id: string, kinds: "user" | "conversation" | "picture"): boolean {
  const match = form.exec(id);
  if (match === null) return false;
  const [, kind, bits, tag] = match;
  if (tag === undefined || !kindsOf[kinds].some((allowed) => allowed === kind)) return false;
  if (genuine.get(id) === secret) return true;
  const expected = digest(secret, `id:${kind}_${bits}`).toString("base64url").slice(0, tagCharacters);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(tag))) return false;
  remember(genuine, id, secret, genuineMax);
  return true;
}
