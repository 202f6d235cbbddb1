/** Owns the salts of messages: 128 random bits each, fetched many at a time, for one by one they cost as much as two hashes. */
import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";

const saltBytes = 16;
const salts = Buffer.alloc(saltBytes * 256);
let used = salts.length;

/** As lowercase hex. None is given twice. */
export function nextSalt(): string {
  if (used === salts.length) {
    randomFillSync(salts);
    used = 0;
  }
  const salt = salts.toString("hex", used, used + saltBytes);
  // What was given is not kept.
  salts.fill(0, used, used + saltBytes);
  used += saltBytes;
  return salt;
}
