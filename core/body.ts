/**
 * Owns the body of a message: what its sender wrote, in versions, and the one text that stands for a body wherever bodies are hashed or compared. A new
 * kind of content gets a version here, and with it the chain, the recognition of a repeated send and `verify` have it too.
 */

/** What of an attachment belongs to the body: whose bytes they are follows from the hash. */
export type BodyAttachment = { readonly id: string; readonly sha256: string };

/** Version 1 is a text, version 2 a text with attachments, in their order. */
export type MessageBody =
  | { readonly v: 1; readonly text: string }
  | { readonly v: 2; readonly text: string; readonly attachments: readonly BodyAttachment[] };

/** SHA-256 of a string's UTF-8, as lowercase hex. The caller gives it, because platforms differ. */
export type Sha256Hex = (text: string) => string;

export function textBody(text: string): MessageBody {
  return { v: 1, text };
}

/** A message without attachments is a text. */
export function bodyOf(text: string, attachments: readonly BodyAttachment[] | undefined): MessageBody {
  return attachments === undefined || attachments.length === 0 ? textBody(text) : { v: 2, text, attachments };
}

/** Of a body as first sent. The salt keeps a short text from being guessed from the digest, and is erased with the text. */
export function bodyDigest(sha256: Sha256Hex, salt: string, body: MessageBody): string {
  return sha256(`${salt}\n${canonicalOf(body)}`);
}

/** Never changed for a version that was in use: stored digests, and digests that clients have checked, are made of it. No text holds U+0000. */
function canonicalOf(body: MessageBody): string {
  switch (body.v) {
    case 1:
      return body.text;
    case 2:
      return `${body.text}\u0000${body.attachments.map(({ id, sha256 }) => `${id}:${sha256}`).join(",")}`;
  }
}
