/** Pushes of a whole server: from a message to a browser and a phone of the test rig, through failures and power cuts. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import webPush from "web-push";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { type HttpPerson, signUp } from "../rig/server/http.ts";
import { FcmService } from "../rig/push/fcm-service.ts";
import { PushService, type Received, type Subscription } from "../rig/push/push-service.ts";

let server: Server;
let service: PushService;
let fcm: FcmService;
let ana: HttpPerson;
let presentKey: string;
const former = webPush.generateVAPIDKeys();
const patience = { timeout: 20_000, interval: 50 };

beforeAll(async () => {
  [service, fcm] = [await PushService.start(), await FcmService.start()];
  server = await spawnTestServer({
    env: {
      PUSH_HOSTS: service.host,
      VAPID_OLD_KEYS: `${former.publicKey}:${former.privateKey}`,
      VAPID_SUBJECT: "mailto:operator@parley.example",
      FCM_URL: fcm.url,
      FCM_SERVICE_ACCOUNT: fcm.serviceAccount,
    },
  });
  const discovery = await (await fetch(`${server.url}/v1/discovery`)).json();
  presentKey = (discovery as { push: { vapidPublicKey: string } }).push.vapidPublicKey;
  ana = await signUp(server.url, "ana");
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await Promise.all([service?.stop(), fcm?.stop()]);
});
beforeEach(() => {
  service.onRequest = undefined;
});

/** Somebody who is away, with a browser that has subscribed. */
async function away(
  name: string,
  browser = service.subscribe(presentKey),
): Promise<{ person: HttpPerson; browser: Subscription }> {
  const person = await signUp(server.url, name);
  await subscribe(person, browser);
  return { person, browser };
}

function subscribe(person: HttpPerson, browser: Subscription, more: object = {}): Promise<unknown> {
  return person.must(204, "PUT", "/v1/push/subscription", { ...browser.toJSON(), ...more });
}

/** Sends, waits until the push has come, and answers it. */
async function pushed(browser: Subscription, send: () => Promise<{ seq: number }>) {
  const before = service.received.length;
  const { seq } = await send();
  const isIt = ({ to, payload, answered }: Received) => to === browser.name && payload.seq === seq && answered === 201;
  const found = () => service.received.slice(before).find(isIt);
  await vi.waitFor(() => expect(found()).toBeDefined(), patience);
  return found();
}

test("discovery names the key with which browsers subscribe", () => {
  expect(Buffer.from(presentKey, "base64url")).toHaveLength(65);
});

test("[N11] a message is pushed once to somebody who is away, encrypted for their browser and signed by this server", async () => {
  const { person: bo, browser } = await away("bo");
  const chat = await ana.dm(bo);
  const push = await pushed(browser, () => ana.send(chat, "hello 😀"));
  const { handle: _, name } = (await ana.must<{ handle: string; name: string }>(200, "GET", "/v1/me")) ?? {};
  expect(push?.payload).toEqual({
    type: "message",
    userId: bo.id,
    conversationId: chat,
    seq: 1,
    senderId: ana.id,
    title: name,
    body: "hello 😀",
    badge: 1,
    at: expect.any(Number),
  });
  expect(push).toMatchObject({ ttl: 2_419_200, urgency: "high", sender: { sub: "mailto:operator@parley.example" } });
  const group = await ana.group([bo], { title: "Hiking" });
  const ofGroup = await pushed(browser, () => ana.send(group, "tomorrow?"));
  expect(ofGroup).toMatchObject({
    urgency: "normal",
    payload: { title: "Hiking", body: `${name}: tomorrow?`, badge: 2 },
  });
  expect(ofGroup?.topic).not.toBe(push?.topic);
  expect(service.requestsTo(browser)).toHaveLength(2);
  expect(service.faults).toEqual([]);
});

test("[N20] of a large group mentions and answers are pushed to somebody who is away, and all messages to whoever wants all", async () => {
  const [{ person: bo, browser }, { person: cy, browser: ofCy }] = [await away("bo"), await away("cy")];
  const draft = { title: "Crowd", memberIds: [bo.id, cy.id], mode: "large" };
  const { id } = await ana.must<{ id: string }>(201, "POST", "/v1/conversations", draft);
  const wish = { notify: "all" };
  await vi.waitFor(() => cy.must(200, "PATCH", `/v1/conversations/${id}/me`, wish), patience);
  const all = await pushed(ofCy, () => ana.send(id, "to everybody"));
  expect(all?.payload).toMatchObject({ conversationId: id, title: "Crowd", badge: 1 });
  const mention = await pushed(browser, () => ana.send(id, "where is bo?", { mentions: [bo.id] }));
  expect(mention?.payload).toMatchObject({ conversationId: id, seq: 2, badge: 2 });
  const { seq } = await bo.send(id, "here");
  await pushed(browser, () => ana.send(id, "good", { replyTo: seq }));
  await vi.waitFor(() => expect(service.requestsTo(ofCy)).toHaveLength(4), patience);
  expect(service.requestsTo(browser)).toHaveLength(2);
});

test("[N15] without preview a push has neither text nor names", async () => {
  const { person: bo, browser } = await away("bo");
  await bo.must(200, "PATCH", "/v1/me", { settings: { notifications: { preview: false } } });
  const group = await ana.group([bo], { title: "Canary-title" });
  const push = await pushed(browser, () => ana.send(group, "canary-text"));
  expect(push?.payload).toMatchObject({ userId: bo.id, conversationId: group, seq: 1, title: "Parley", body: "" });
  expect(JSON.stringify(push?.payload)).not.toMatch(/canary/i);
});

test("[N11] two accounts in one browser share its address, and each push names its account", async () => {
  const { person: bo, browser } = await away("bo");
  const { person: cy } = await away("cy", browser);
  const [withBo, withCy] = [await ana.dm(bo), await ana.dm(cy)];
  await ana.send(withBo, "for bo");
  await ana.send(withCy, "for cy");
  await vi.waitFor(() => expect(service.shownAt(browser)).toHaveLength(2), patience);
  const shown = service.shownAt(browser).map(({ userId, conversationId, body }) => ({ userId, conversationId, body }));
  expect(shown).toContainEqual({ userId: bo.id, conversationId: withBo, body: "for bo" });
  expect(shown).toContainEqual({ userId: cy.id, conversationId: withCy, body: "for cy" });
});

test("[N12] 410 ends the subscription, and a new one of the same device gets pushes again", async () => {
  const { person: bo, browser } = await away("bo");
  const chat = await ana.dm(bo);
  browser.plan.push(410);
  await ana.send(chat, "first");
  await vi.waitFor(() => expect(service.requestsTo(browser)).toHaveLength(1), patience);
  await ana.send(chat, "second");
  const renewed = service.subscribe(presentKey);
  // Time enough for a push of the second message, if there were one.
  const { person: other, browser: theirs } = await away("other");
  await pushed(theirs, async () => ana.send(await ana.dm(other), "x"));
  expect(service.requestsTo(browser)).toHaveLength(1);
  await subscribe(bo, renewed);
  await pushed(renewed, () => ana.send(chat, "third"));
  expect(service.requestsTo(browser)).toHaveLength(1);
});

test("[N12] 429 is waited for as long as the service says, and the message then comes once", async () => {
  const { person: bo, browser } = await away("bo");
  browser.plan.push({ status: 429, headers: { "retry-after": "4" } }, 503);
  await pushed(browser, async () => ana.send(await ana.dm(bo), "patience"));
  const [first = 0, second = 0] = service.requestsTo(browser).map(({ at }) => at);
  expect(second - first).toBeGreaterThanOrEqual(4_000);
  expect(service.requestsTo(browser)).toHaveLength(3);
  expect(service.shownAt(browser)).toHaveLength(1);
});

test("[N11] a browser that subscribed with the former key gets pushes signed by it", async () => {
  const bo = await signUp(server.url, "bo");
  const browser = service.subscribe(former.publicKey);
  await subscribe(bo, browser, { vapidPublicKey: former.publicKey });
  const push = await pushed(browser, async () => ana.send(await ana.dm(bo), "still here"));
  expect(push?.sender.publicKey).toBe(former.publicKey);
});

test("a phone gets pushes through FCM", async () => {
  const bo = await signUp(server.url, "bo");
  await bo.must(204, "PUT", "/v1/push/subscription", { fcmToken: "token-of-a-phone" });
  const chat = await ana.dm(bo);
  await ana.send(chat, "by phone");
  await vi.waitFor(() => expect(fcm.received).toHaveLength(1), patience);
  expect(fcm.received[0]).toMatchObject({
    token: "token-of-a-phone",
    android: { priority: "HIGH" },
    data: { type: "message", userId: bo.id, conversationId: chat, seq: "1", body: "by phone", badge: "1" },
  });
  expect(fcm.faults).toEqual([]);
});

test("[N13] a service that hangs holds back nobody else", async () => {
  const { person: stuck, browser: hanging } = await away("stuck");
  hanging.plan.push("hang");
  const { person: bo, browser } = await away("bo");
  const [withStuck, withBo] = [await ana.dm(stuck), await ana.dm(bo)];
  await ana.send(withStuck, "waits");
  await pushed(browser, () => ana.send(withBo, "quick"));
  await vi.waitFor(() => expect(service.shownAt(hanging)).toHaveLength(1), patience);
});

test("[N14] a power cut between any two steps loses no push and shows none twice", { timeout: 240_000 }, async () => {
  const { person: bo, browser } = await away("bo");
  const chat = await ana.dm(bo);
  const shown = () => service.shownAt(browser).map(({ seq }) => seq);
  const long = { timeout: 120_000, interval: 100 };
  const cut = async (): Promise<void> => {
    await server.killRuntime();
    await server.answers(30_000);
  };
  // Right after the ack: the hint may not have been sent, or be lost with the queue.
  await ana.send(chat, "one");
  await cut();
  await vi.waitFor(() => expect(shown()).toEqual([1]), long);
  // The service has the push, and its answer never comes.
  let cuts = 0;
  service.onRequest = async () => {
    if (cuts++ === 0) await server.killRuntime();
  };
  await ana.send(chat, "two");
  await vi.waitFor(() => expect(shown()).toEqual([1, 2]), long);
  await server.answers(30_000);
  // The answer has come, and the report is under way or not.
  service.onRequest = undefined;
  for (const [at, delayMs] of [0, 5, 40].entries()) {
    const { seq } = await ana.send(chat, `after ${delayMs} ms`);
    await vi.waitFor(() => expect(shown()).toContain(seq), long);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await cut();
    expect(shown()).toHaveLength(3 + at);
  }
  await ana.send(chat, "last");
  await vi.waitFor(() => expect(shown()).toEqual([1, 2, 3, 4, 5, 6]), long);
  expect(service.faults).toEqual([]);
});

test("[N15] the server's output has no endpoint, no key, no token and no text of a push", () => {
  const output = server.output();
  for (const secret of [
    "/push/browser-",
    "canary",
    "token-of-a-phone",
    "PRIVATE KEY",
    "ya29.",
    former.privateKey,
    "hello 😀",
  ])
    expect(output).not.toContain(secret);
});
