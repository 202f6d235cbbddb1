/** The form in which a device says where its pushes go. */
import { expect, test } from "vitest";
import { pushSubscription } from "../../../schema/http/push.ts";
import { limits } from "../../../schema/limits.ts";
import { parseWith } from "../../../schema/wire/frames/parse.ts";

const p256dh = "BKo35FtzrHUJlCz8seRm8CkvzsmiO8vv1hYU_nAEDRpfg_TjQYDAONorntRRtR_y2fgiBmZ_sBv1sfvzZX7cc-8";
const auth = "AAAAAAAAAAAAAAAAAAAAAA";
const endpoint = "https://fcm.googleapis.com/fcm/send/x";

function codeOf(draft: unknown): string {
  const parsed = parseWith(pushSubscription, draft);
  return parsed.ok ? "ok" : `${parsed.refusal.code} ${parsed.refusal.detail.split(":")[0]}`;
}

test("keys have their length, in base64 too", () => {
  const parsed = parseWith(pushSubscription, {
    endpoint,
    keys: { p256dh: `${p256dh.replaceAll("_", "/").replaceAll("-", "+")}=`, auth: `${auth}==` },
  });
  expect(parsed).toMatchObject({ ok: true, value: { keys: { p256dh, auth } } });
  expect(codeOf({ endpoint, keys: { p256dh: p256dh.slice(1), auth } })).toBe("bad_request keys.p256dh");
  expect(codeOf({ endpoint, keys: { p256dh, auth: `${auth}A` } })).toBe("bad_request keys.auth");
  expect(codeOf({ endpoint, keys: { p256dh, auth: "" } })).toBe("bad_request keys.auth");
});

test("endpoints and tokens are as long as they may be, and not longer", () => {
  const long = endpoint.padEnd(limits.pushEndpointCharactersMax, "x");
  expect(codeOf({ endpoint: long, keys: { p256dh, auth } })).toBe("ok");
  expect(codeOf({ endpoint: `${long}x`, keys: { p256dh, auth } })).toBe("too_large endpoint");
  const token = "t".repeat(limits.fcmTokenCharactersMax);
  expect(codeOf({ fcmToken: token })).toBe("ok");
  expect(codeOf({ fcmToken: `${token}t` })).toBe("too_large fcmToken");
});
