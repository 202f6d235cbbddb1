/** The transport to browsers, against a push service that decrypts and checks by the RFCs. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { now, windClock } from "../../../objects/shared/platform/clock.ts";
import type { ConversationId, DeviceId, UserId } from "../../../schema/ids.ts";
import { pushing } from "../../../schema/push-limits.ts";
import { patience, type Push } from "../../../workers/push/transport.ts";
import { WebPush, type WebTarget } from "../../../workers/push/web-push.ts";
import { foreign, former, present, pushEnv } from "../../rig/push/push-env.ts";
import { PushService, type Subscription } from "../../rig/push/push-service.ts";

let service: PushService;
let transport: WebPush;

beforeAll(async () => {
  service = await PushService.start();
  transport = new WebPush(pushEnv(service.host));
});
afterAll(() => service.stop());
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  const logged = [console.log, console.error].flatMap((spy) => vi.mocked(spy).mock.calls.flat()).join("\n");
  for (const secret of ["/push/", "browser-", "secret", "the text", "Bo"]) expect(logged).not.toContain(secret);
  expect(service.faults).toEqual([]);
  vi.restoreAllMocks();
});

const isDue = () => Promise.resolve(true);
const push: Push = {
  payload: {
    type: "message",
    userId: "u_ana" as UserId,
    conversationId: "d_1" as ConversationId,
    seq: 3,
    senderId: "u_bo" as UserId,
    title: "Bo",
    body: "the text",
    badge: 2,
    at: 1_764_331_200_000,
  },
  topic: "abcdefghijklmnopqrstuvwxyz012345",
  tag: "d_1:3",
  isUrgent: true,
};

function targetOf({ endpoint, keys }: Subscription, keyId = present.publicKey.slice(0, 8)): WebTarget {
  return { deviceId: "d" as DeviceId, via: "web", endpoint, ...keys, keyId };
}

function beImpatient(): void {
  patience.ms = 150;
  onTestFinished(() => void (patience.ms = pushing.requestMs));
}

test("[N11] a push arrives encrypted for its browser, signed for its service, with time to live, urgency and topic", async () => {
  const browser = service.subscribe(present.publicKey);
  expect(await transport.send(targetOf(browser), push, isDue)).toEqual({ is: "sent" });
  const [received] = service.requestsTo(browser);
  expect(received).toMatchObject({ payload: push.payload, ttl: 2_419_200, urgency: "high", topic: push.topic });
  expect(received?.sender).toMatchObject({ publicKey: present.publicKey, sub: "mailto:operator@parley.example" });
  await transport.send(targetOf(browser), { ...push, isUrgent: false }, isDue);
  expect(service.requestsTo(browser)[1]).toMatchObject({ urgency: "normal" });
});

test("[N11] one signed token serves a service for hours, and is replaced long before it is over", async () => {
  const browser = service.subscribe(present.publicKey);
  const sendAfter = async (ms: number) => {
    windClock(ms);
    onTestFinished(() => windClock(-ms));
    await transport.send(targetOf(browser), push, isDue);
    return service.requestsTo(browser).at(-1)?.sender.token;
  };
  const first = await sendAfter(0);
  expect(await sendAfter(3_600_000)).toBe(first);
  expect(await sendAfter(6 * 3_600_000)).not.toBe(first);
});

test("[N11] a subscription is signed for by the key that it was made with, also after a change of keys", async () => {
  const [young, old] = [service.subscribe(present.publicKey), service.subscribe(former.publicKey)];
  await transport.send(targetOf(young), push, isDue);
  await transport.send(targetOf(old, former.publicKey.slice(0, 8)), push, isDue);
  expect(service.requestsTo(young)[0]?.sender.publicKey).toBe(present.publicKey);
  expect(service.requestsTo(old)[0]?.sender.publicKey).toBe(former.publicKey);
  expect(service.refused).toEqual([]);
});

test("where it is not known which key a subscription was made with, the others are tried", async () => {
  const old = service.subscribe(former.publicKey);
  expect(await transport.send(targetOf(old), push, isDue)).toEqual({ is: "sent" });
  expect(await transport.send(targetOf(old, "unknown"), push, isDue)).toEqual({ is: "sent" });
  const other = service.subscribe(foreign.publicKey);
  expect(await transport.send(targetOf(other), push, isDue)).toEqual({ is: "refused" });
  // Once for the first one, once for each key of this server for the last one.
  expect(service.refused.splice(0)).toEqual([403, 403, 403, 403]);
});

test("without keys, and with keys that are none, a push is refused and nothing is sent", async () => {
  const browser = service.subscribe();
  for (const keys of [
    { VAPID_PUBLIC_KEY: "", VAPID_PRIVATE_KEY: "", VAPID_OLD_KEYS: "" },
    { VAPID_PUBLIC_KEY: "nonsense", VAPID_PRIVATE_KEY: "nonsense", VAPID_OLD_KEYS: "a, :b,c:" },
  ])
    expect(await new WebPush(pushEnv(service.host, keys)).send(targetOf(browser), push, isDue)).toEqual({
      is: "refused",
    });
  expect(service.requestsTo(browser)).toEqual([]);
});

test.each([404, 410])("[N12] %i ends the subscription", async (status) => {
  const browser = service.subscribe();
  browser.plan.push(status);
  expect(await transport.send(targetOf(browser), push, isDue)).toEqual({ is: "gone" });
});

test("so do keys for which nothing can be encrypted", async () => {
  const browser = service.subscribe();
  const good = targetOf(browser);
  const noPoint = Buffer.alloc(65, 4).toString("base64url");
  for (const bad of [{ p256dh: noPoint }, { p256dh: "AAAA" }, { auth: "AAAA" }, { p256dh: "" }])
    expect(await transport.send({ ...good, ...bad }, push, isDue)).toEqual({ is: "gone" });
  expect(service.requestsTo(browser)).toEqual([]);
});

test("[N12] 413 is answered by the same push without its text, once", async () => {
  const browser = service.subscribe();
  browser.plan.push(413);
  expect(await transport.send(targetOf(browser), push, isDue)).toEqual({ is: "sent" });
  expect(service.requestsTo(browser).map(({ payload }) => payload.body)).toEqual(["the text", ""]);
  browser.plan.push(413, 413, 201);
  expect(await transport.send(targetOf(browser), push, isDue)).toEqual({ is: "refused" });
  expect(browser.plan).toEqual([201]);
});

test("a text that is too long is cut, and the push stays below what services take", async () => {
  const browser = service.subscribe();
  const long = { ...push, payload: { ...push.payload, body: '"😀中\n'.repeat(2_000) } };
  expect(await transport.send(targetOf(browser), long, isDue)).toEqual({ is: "sent" });
  expect(service.requestsTo(browser)[0]?.bytes).toBeLessThan(4_096);
});

test("[N12] 429 and 503 say when to come back, in seconds or as a date", async () => {
  const browser = service.subscribe();
  const send = () => transport.send(targetOf(browser), push, isDue);
  browser.plan.push({ status: 429, headers: { "retry-after": "17" } });
  expect(await send()).toEqual({ is: "later", retryAfterMs: 17_000 });
  browser.plan.push({ status: 503, headers: { "retry-after": new Date(now() + 60_000).toUTCString() } });
  const { retryAfterMs } = (await send()) as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(57_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  browser.plan.push(500);
  expect(await send()).toEqual({ is: "later", retryAfterMs: null });
});

test("[N10] a redirect is not followed", async () => {
  const elsewhere = await PushService.start();
  onTestFinished(() => elsewhere.stop());
  const trap = elsewhere.subscribe();
  const browser = service.subscribe();
  for (const status of [301, 302, 303, 307, 308]) {
    browser.plan.push({ status, headers: { location: trap.endpoint } });
    expect(await transport.send(targetOf(browser), push, isDue)).toEqual({ is: "refused" });
  }
  expect(elsewhere.received).toEqual([]);
  expect(elsewhere.faults).toEqual([]);
});

test("[N12] a service that hangs, resets or sends without end is given up in time, and nothing that it says is kept", async () => {
  beImpatient();
  const browser = service.subscribe();
  browser.plan.push("hang", "reset", "drip");
  expect(await transport.send(targetOf(browser), push, isDue)).toEqual({
    is: "later",
    retryAfterMs: null,
    isHung: true,
  });
  expect(await transport.send(targetOf(browser), push, isDue)).toEqual({ is: "later", retryAfterMs: null });
  expect(await transport.send(targetOf(browser), push, isDue)).toEqual({ is: "later", retryAfterMs: null });
});

test("[N10] an address that is not on the list any more gets nothing", async () => {
  const browser = service.subscribe();
  const strict = new WebPush(pushEnv(""));
  expect(strict.serviceOf(targetOf(browser))).toBeNull();
  expect(await strict.send(targetOf(browser), push, isDue)).toEqual({ is: "refused" });
  expect(service.requestsTo(browser)).toEqual([]);
});
