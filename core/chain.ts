/** Owns the hash chain: what is hashed, in which order. The hashing itself is handed in, for platforms differ. */
import type { Seq, TimeMs, UserId } from "../schema/ids.ts";

/** SHA-256 of a string's UTF-8, as lowercase hex. */
export type Sha256Hex = (text: string) => string;

/** `hash(0)`. */
export const hashOfNothing = "0".repeat(64);

/** Digest of a text as first sent; the salt keeps a short text from being guessed from it, and goes with the text. */
export function contentHash(sha256: Sha256Hex, salt: string, text: string): string {
  return sha256(`${salt}\n${text}`);
}

/** `hash(n)`: from `hash(n − 1)` and what never changes of message n, so that edits and unsends leave the chain valid. */
export function chainHash(
  sha256: Sha256Hex,
  previous: string,
  link: { seq: Seq; senderId: UserId; sentAt: TimeMs; contentHash: string },
): string {
  return sha256(`${previous}\n${link.seq}\n${link.senderId}\n${link.sentAt}\n${link.contentHash}`);
}
