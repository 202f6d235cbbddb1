/**
 * Owns the stored form of the newest answer to a refresh. It is stored because the answer may get lost on its way, and it is encrypted under a key that is
 * derived from the refresh token of the request. No store holds that token, so a dump of the store yields no session.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

function keyOf(refreshToken: string): Buffer {
  return createHmac("sha256", refreshToken).update("kept answer").digest();
}

/** The answer, readable only with the token. */
export function sealAnswer(refreshToken: string, answer: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyOf(refreshToken), nonce);
  const sealed = Buffer.concat([cipher.update(answer, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The answer as it was given, byte by byte; null where this token did not ask for it. */
export function openAnswer(refreshToken: string, kept: string): string | null {
  const bytes = Buffer.from(kept, "base64url");
  const nonce = bytes.subarray(0, nonceBytes);
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
  const decipher = createDecipheriv(algorithm, keyOf(refreshToken), nonce);
  decipher.setAuthTag(tag);
  try {
    const opened = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
    return opened.toString("utf8");
  } catch {
    return null;
  }
}
