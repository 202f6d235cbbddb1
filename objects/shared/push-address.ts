/** Owns a push address as one text, and the hash by which a subscription is recognized as still the same. */
import { createHash } from "node:crypto";
import type { PushAddress } from "../contract/push.ts";

const hashCharacters = 22;

/** The endpoint of a browser, or the token of a native app. */
export function addressOf(address: PushAddress): string {
  return address.via === "web" ? address.endpoint : address.token;
}

export function addressHash(address: string): string {
  return createHash("sha256").update(address).digest("base64url").slice(0, hashCharacters);
}
