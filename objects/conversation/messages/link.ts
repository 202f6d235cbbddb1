/** Owns making the next link of the chain: its numbers, its salt and its hashes. */
import { bodyDigest, type MessageBody } from "../../../core/body.ts";
import { chainHash } from "../../../core/chain.ts";
import type { Rev, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { nextSalt } from "./salts.ts";
import { sha256 } from "./sent.ts";

export function linkAfter(
  head: { seq: Seq; rev: Rev; hash: string },
  { senderId, sentAt, body }: { senderId: UserId; sentAt: TimeMs; body: MessageBody },
): { seq: Seq; rev: Rev; salt: string; contentHash: string; hash: string } {
  const seq = head.seq + 1;
  const salt = nextSalt();
  const contentHash = bodyDigest(sha256, salt, body);
  return {
    seq,
    rev: head.rev + 1,
    salt,
    contentHash,
    hash: chainHash(sha256, head.hash, { seq, senderId, sentAt, contentHash }),
  };
}
