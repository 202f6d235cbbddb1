/**
 * Owns the body of a message: what its sender wrote, in versions, and the one text that stands for a body wherever bodies are hashed or compared. A new
 * kind of content gets a version here, and with it the chain, the recognition of a repeated send and `verify` have it too.
 */

/** Version 1 is a text. */
export type MessageBody = { readonly v: 1; readonly text: string };

/** SHA-256 of a string's UTF-8, as lowercase hex. The caller gives it, because platforms differ. */
export type Sha256Hex = (text: string) => string;

export function textBody(text: string): MessageBody {
  return { v: 1, text };
}

/** Of a body as first sent. The salt keeps a short text from being guessed from the digest, and is erased with the text. */
export function bodyDigest(sha256: Sha256Hex, salt: string, body: MessageBody): string {
  return sha256(`${salt}\n${canonicalOf(body)}`);
}

/** Never changed for a version that was in use: stored digests, and digests that clients have checked, are made of it. */
function canonicalOf(body: MessageBody): string {
  switch (body.v) {
    case 1:
      return body.text;
  }
}
