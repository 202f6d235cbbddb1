/** Owns the name of a device's push address, by which it is told whether a subscription is still the same. */
import { createHash } from "node:crypto";

const hashCharacters = 22;

/** `address`: the endpoint, or the token of a native app. */
export function addressHash(address: string): string {
  return createHash("sha256").update(address).digest("base64url").slice(0, hashCharacters);
}
