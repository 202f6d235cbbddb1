/** Owns the keys by which push services know this server (RFC 8292), the present one and those before it, and the tokens signed by them. */
import webPush from "web-push";
import { remember } from "../../core/memory.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { pushing } from "../../schema/push-limits.ts";

/** `id`: see `keyIdOf`. */
export type VapidKey = { id: string; publicKey: string; privateKey: string };

const idCharacters = 8;

/** The first characters of a public key. A subscription keeps them, because only the key that it was made with can sign for it. */
export function keyIdOf(publicKey: string): string {
  return publicKey.slice(0, idCharacters);
}

/** The key of new subscriptions first, then those of VAPID_OLD_KEYS: pairs as `public:private`, separated by commas. */
function vapidKeys(env: Env): VapidKey[] {
  const pairs = [
    [env.VAPID_PUBLIC_KEY, env.VAPID_PRIVATE_KEY],
    ...(env.VAPID_OLD_KEYS ?? "").split(",").map((pair) => pair.trim().split(":")),
  ];
  return pairs.flatMap(([publicKey = "", privateKey = ""]) =>
    publicKey === "" || privateKey === "" ? [] : [{ id: keyIdOf(publicKey), publicKey, privateKey }],
  );
}

/** All keys, that of the subscription first. */
export function vapidKeysFor(env: Env, keyId: string): VapidKey[] {
  const keys = vapidKeys(env);
  return [...keys.filter(({ id }) => id === keyId), ...keys.filter(({ id }) => id !== keyId)];
}

/** Signed tokens of this isolate, by key and service. */
const tokens = new Map<string, { authorization: string; expiresAt: number }>();

/** The header that shows who sends; null if the key is none. One token serves all pushes to a service for hours, so it is not signed for each. */
export function vapidHeader(env: Env, key: VapidKey, origin: string): string | null {
  const name = `${env.VAPID_SUBJECT} ${key.publicKey} ${origin}`;
  const kept = tokens.get(name);
  const at = now();
  if (kept !== undefined && kept.expiresAt - at >= pushing.vapidTokenLeftMs) return kept.authorization;
  const expiresAt = at + pushing.vapidTokenMs;
  try {
    const { Authorization: authorization } = webPush.getVapidHeaders(
      origin,
      env.VAPID_SUBJECT,
      key.publicKey,
      key.privateKey,
      "aes128gcm",
      Math.floor(expiresAt / 1_000),
    );
    remember(tokens, name, { authorization, expiresAt }, pushing.tokensMax);
    return authorization;
  } catch (error) {
    // The library's messages name the public key at most.
    logFault("vapid", error, { key: key.id });
    return null;
  }
}
