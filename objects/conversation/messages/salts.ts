/** Owns the salts of messages: 128 random bits each, fetched many at a time, because a single one costs as much as two hashes. */
import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";

const saltBytes = 16;
const salts = Buffer.alloc(saltBytes * 256);
let used = salts.length;

/** A salt in lowercase hex. None is answered twice. */
export function nextSalt(): string {
  if (used === salts.length) {
    randomFillSync(salts);
    used = 0;
  }
  const salt = salts.toString("hex", used, used + saltBytes);
  // Salts that were answered do not stay in memory.
  salts.fill(0, used, used + saltBytes);
  used += saltBytes;
  return salt;
}
