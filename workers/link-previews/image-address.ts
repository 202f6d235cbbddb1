/** Owns addresses of pictures of linked pages. Each is signed, so that nobody can have the server fetch a picture of their choice for the readers of another site. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Env } from "../../objects/shared/platform/env.ts";

export const imagesPath = "/v1/link-images/";

export function imagePath(env: Env, image: string): string {
  return `${imagesPath}${signatureOf(env, image)}?of=${encodeURIComponent(image)}`;
}

/** Whether this server has signed the address. */
export function isSigned(env: Env, signature: string, image: string): boolean {
  const [given, expected] = [Buffer.from(signature), Buffer.from(signatureOf(env, image))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function signatureOf(env: Env, image: string): string {
  const key = createHmac("sha256", Buffer.from(env.TOKEN_SECRET, "base64url")).update("pictures of links").digest();
  return createHmac("sha256", key).update(image).digest("base64url");
}
