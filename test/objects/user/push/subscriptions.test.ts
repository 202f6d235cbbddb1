/** Where devices receive pushes: set, replaced, and over with the device, however it ends. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { limitRatesForTest } from "../../../../objects/shared/meters/rate-limits.ts";
import { addressHash } from "../../../../objects/shared/push-address.ts";
import type { PushTarget } from "../../../../objects/contract/push.ts";
import type { DeviceId } from "../../../../schema/ids.ts";
import { rates } from "../../../../schema/rates.ts";
import { evict, hashOf, passwordHash, signIn, valueOf } from "../../../rig/objects/accounts.ts";
import { delivery, type Member, member, newConversation } from "../../../rig/objects/inbox/inboxes.ts";
import { catchHints, reportOf, storedPushes, subscribe, webAddress } from "../../../rig/objects/inbox/pushes.ts";

/** The devices to which a message would be pushed now. */
async function targets(who: Member): Promise<PushTarget[]> {
  await who.calls.deliver(delivery(newConversation(), 1));
  return (await who.calls.pushesDue())?.targets ?? [];
}

async function secondDevice(who: Member): Promise<DeviceId> {
  return valueOf(await signIn(who)).device.id;
}

test("[N9] a subscription is its device's, is replaced by the next one, and outlives evictions", async () => {
  catchHints();
  const ana = await member("ana");
  expect(await targets(ana)).toEqual([]);
  await subscribe(ana);
  const address = await subscribe(ana);
  expect(await targets(ana)).toEqual([{ deviceId: ana.device, ...address }]);
  await evict(ana.id);
  expect(await targets(ana)).toEqual([{ deviceId: ana.device, ...address }]);
  await subscribe(ana, ana.device, { via: "fcm", token: "a-token" });
  expect(await targets(ana)).toEqual([{ deviceId: ana.device, via: "fcm", token: "a-token" }]);
  await ana.calls.unsubscribe(ana.device);
  await ana.calls.unsubscribe(ana.device);
  expect(await targets(ana)).toEqual([]);
});

test("[N9] a device that is not signed in cannot subscribe", async () => {
  const ana = await member("ana");
  expect(await ana.calls.subscribe("v_none" as DeviceId, webAddress())).toMatchObject({
    ok: false,
    refusal: { code: "unauthenticated" },
  });
});

test("[N9] an address is that of one device of a user: a user who signs in anew in the same browser gets one push of each message", async () => {
  catchHints();
  const ana = await member("ana");
  const address = await subscribe(ana);
  const again = await secondDevice(ana);
  await subscribe(ana, again, address);
  expect(await targets(ana)).toEqual([{ deviceId: again, ...address }]);
  // Another account in the same browser has the same address.
  const bo = await member("bo");
  await subscribe(bo, bo.device, address);
  expect(await targets(bo)).toEqual([{ deviceId: bo.device, ...address }]);
  expect(await targets(ana)).toEqual([{ deviceId: again, ...address }]);
});

test.each<[string, (ana: Member, other: DeviceId) => Promise<unknown>]>([
  ["sign-out", (ana, other) => ana.calls.signOut(other)],
  [
    "a new password",
    async (ana) => {
      const { attemptId } = valueOf(await ana.calls.challenge(undefined, { deviceId: ana.device }));
      const change = { attemptId, hash: hashOf("correct horse"), next: passwordHash("another horse") };
      return valueOf(await ana.calls.changePassword(ana.device, change));
    },
  ],
])("[N9] it ends with the device, by %s, before that is answered", async (_, end) => {
  catchHints();
  const ana = await member("ana");
  const own = await subscribe(ana);
  const other = await secondDevice(ana);
  await subscribe(ana, other);
  expect(await targets(ana)).toHaveLength(2);
  await end(ana, other);
  expect((await ana.calls.pushesDue())?.targets).toEqual([{ deviceId: ana.device, ...own }]);
});

test("[N9] it ends with the device whose refresh token was stolen", async () => {
  catchHints();
  const ana = await member("ana");
  await subscribe(ana);
  const first = ana.session.refreshToken;
  const second = valueOf(await ana.calls.refresh(first));
  valueOf(await ana.calls.refresh(second.refreshToken));
  await ana.calls.deliver(delivery(newConversation(), 1));
  expect(await ana.calls.pushesDue()).not.toBeNull();
  expect(await ana.calls.refresh(first)).toMatchObject({ ok: false });
  expect(await ana.calls.pushesDue()).toBeNull();
});

test("[N9] it ends with the account, and leaves nothing behind", async () => {
  catchHints();
  const ana = await member("ana");
  await subscribe(ana);
  expect(await targets(ana)).toHaveLength(1);
  const { attemptId } = valueOf(await ana.calls.challenge(undefined, { deviceId: ana.device }));
  valueOf(await ana.calls.erase(ana.device, { attemptId, hash: hashOf("correct horse") }));
  expect(await ana.calls.pushesDue()).toBeNull();
  const rows = await runInDurableObject(
    env.USERS.getByName(ana.id),
    (_, { storage }) => storage.sql.exec("SELECT * FROM push_subscriptions").toArray().length,
  );
  expect(rows).toBe(0);
  await evict(ana.id);
  expect(await ana.calls.pushesDue()).toBeNull();
});

test("[N9] when the last device ends, no text waits in the rows any more, in memory or stored", async () => {
  catchHints();
  const ana = await member("ana");
  await subscribe(ana);
  const other = await secondDevice(ana);
  await subscribe(ana, other);
  await ana.calls.deliver(delivery(newConversation(), 1));
  await ana.calls.unsubscribe(ana.device);
  expect(await storedPushes(ana)).toHaveLength(1);
  await ana.calls.unsubscribe(other);
  expect(await storedPushes(ana)).toEqual([]);
  await subscribe(ana);
  expect(await ana.calls.pushesDue()).toBeNull();
});

test("[N9] an address that is gone ends the subscription, but not one that has replaced it", async () => {
  catchHints();
  const ana = await member("ana");
  const address = webAddress();
  await subscribe(ana, ana.device, address);
  await ana.calls.deliver(delivery(newConversation(), 1));
  const first = await ana.calls.pushesDue();
  if (first === null) throw new Error("nothing is due");
  const fresh = await subscribe(ana);
  const gone = reportOf(first, "gone").map((one) => ({ ...one, endpointHash: addressHash(address.endpoint) }));
  expect(await ana.calls.pushesDone(gone)).toEqual({ more: true });
  const second = await ana.calls.pushesDue();
  expect(second?.targets).toEqual([{ deviceId: ana.device, ...fresh }]);
  expect(await ana.calls.pushesDone(reportOf(first, "gone"))).toEqual({ more: false });
  expect(await ana.calls.pushesDue()).toBeNull();
  expect(await storedPushes(ana)).toEqual([]);
});

test("[N9] a device that subscribes over and over is refused, and a repeat costs nothing", async () => {
  limitRatesForTest(true);
  try {
    const ana = await member("ana");
    const address = await subscribe(ana);
    for (let n = 0; n < 100; n++) await subscribe(ana, ana.device, address);
    for (let n = 1; n < rates.pushSubscriptionsPerDevice.burst; n++) await subscribe(ana);
    expect(await ana.calls.subscribe(ana.device, webAddress())).toMatchObject({
      ok: false,
      refusal: { code: "rate_limited" },
    });
  } finally {
    limitRatesForTest(undefined);
  }
});
