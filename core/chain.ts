/** Owns the hash chain: what is hashed, in which order. The caller gives the hash function, because platforms differ. */
import type { Seq, TimeMs, UserId } from "../schema/ids.ts";
import type { Sha256Hex } from "./body.ts";

/** `hash(0)`. */
export const hashOfNothing = "0".repeat(64);

/** `contentHash`: of the message's body, as first sent (core/body.ts). `hash(n)`: from `hash(n − 1)` and what never changes of message n, so that edits and unsends leave the chain valid. */
export function chainHash(
  sha256: Sha256Hex,
  previous: string,
  link: { seq: Seq; senderId: UserId; sentAt: TimeMs; contentHash: string },
): string {
  return sha256(`${previous}\n${link.seq}\n${link.senderId}\n${link.sentAt}\n${link.contentHash}`);
}
