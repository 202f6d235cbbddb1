/** What the door makes of a device's subscription, and what it refuses. */
import { expect, test } from "vitest";
import type { Env } from "../../objects/shared/platform/env.ts";
import { pushSubscription } from "../../schema/http/push.ts";
import { addressOf } from "../../workers/api/push.ts";

const p256dh = "BKo35FtzrHUJlCz8seRm8CkvzsmiO8vv1hYU_nAEDRpfg_TjQYDAONorntRRtR_y2fgiBmZ_sBv1sfvzZX7cc-8";
const keys = { p256dh, auth: "AAAAAAAAAAAAAAAAAAAAAA" };
const endpoint = "https://fcm.googleapis.com/fcm/send/x";
// The door reads these fields alone.
const env = { VAPID_PUBLIC_KEY: p256dh, PUSH_HOSTS: "" } as Env;

async function answer(draft: unknown): Promise<unknown> {
  const made = await addressOf(env, pushSubscription.parse(draft));
  return made.ok ? made.value : `${made.refusal.code} ${made.refusal.detail.split(":")[0]}`;
}

test("[N9] an endpoint with keys, or the token of a native app, and not both or neither", async () => {
  const made = { via: "web", endpoint, ...keys, keyId: p256dh.slice(0, 8) };
  expect(await answer({ endpoint, expirationTime: null, keys })).toEqual(made);
  const older = `${p256dh.slice(0, 4)}A${p256dh.slice(5)}`;
  expect(await answer({ endpoint, keys, vapidPublicKey: older })).toEqual({ ...made, keyId: older.slice(0, 8) });
  expect(await answer({ endpoint, keys, fcmToken: "token" })).toBe("bad_request endpoint");
  expect(await answer({})).toBe("bad_request endpoint");
  expect(await answer({ keys })).toBe("bad_request endpoint");
  expect(await answer({ endpoint })).toBe("bad_request keys");
});

test("[N9] without Firebase a token is unsupported; an unknown service and a key that is no point are refused", async () => {
  expect(await answer({ fcmToken: "token" })).toBe("unsupported fcmToken");
  expect(await answer({ endpoint: "https://push.example/x", keys })).toBe("bad_request endpoint");
  expect(await answer({ endpoint: "http://fcm.googleapis.com/fcm/send/x", keys })).toBe("bad_request endpoint");
  const offCurve = `${p256dh.slice(0, 40)}AAAA${p256dh.slice(44)}`;
  expect(await answer({ endpoint, keys: { ...keys, p256dh: offCurve } })).toBe("bad_request keys.p256dh");
});
