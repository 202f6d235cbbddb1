/**
 * Owns the challenges that passkeys answer. A challenge is no row: it says its purpose, its end and 128 random bits, and a tag that only the holder of
 * TOKEN_SECRET can make. So anybody may ask for one, and nothing is stored. It is good once, in the object that accepts its answer.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { TimeMs } from "../../../schema/ids.ts";
import { securityBounds } from "../../../schema/bounds/security.ts";

/** What the answer is for: to sign in, in place of the second factor, or to add the passkey. */
export type Purpose = "enter" | "second" | "add";

const codes: Record<Purpose, number> = { enter: 1, second: 2, add: 3 };
const timeBytes = 6;
const randomCount = 16;
const headBytes = 1 + timeBytes + randomCount;
const tagBytes = 16;

/** `subject`: for whom it is: nothing for signing in, else the user, or the user and the device. */
export type ChallengeFor = { purpose: Purpose; rpId: string; subject: string };

function tagOf(secret: string, head: Buffer, { rpId, subject }: ChallengeFor): Buffer {
  const mac = createHmac("sha256", Buffer.from(secret, "base64url"));
  return mac.update("passkey|").update(head).update(`|${rpId}|${subject}`).digest().subarray(0, tagBytes);
}

export function makeChallenge(secret: string, of: ChallengeFor, at: TimeMs): string {
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(codes[of.purpose], 0);
  head.writeUIntBE(at + securityBounds.passkeyChallengeMs, 1, timeBytes);
  randomBytes(randomCount).copy(head, 1 + timeBytes);
  return Buffer.concat([head, tagOf(secret, head, of)]).toString("base64url");
}

/** Until when the challenge is good; null where it was not made for this, or is over. */
export function readChallenge(secret: string, challenge: string, of: ChallengeFor, at: TimeMs): TimeMs | null {
  const bytes = Buffer.from(challenge, "base64url");
  // Several texts stand for the same bytes, and only one of them is a challenge.
  if (bytes.length !== headBytes + tagBytes || bytes.toString("base64url") !== challenge) return null;
  const head = bytes.subarray(0, headBytes);
  if (!timingSafeEqual(bytes.subarray(headBytes), tagOf(secret, head, of))) return null;
  const until = head.readUIntBE(1, timeBytes);
  return head.readUInt8(0) === codes[of.purpose] && at < until ? until : null;
}
