/** The transport to native apps, against a stand-in for Firebase that follows what is published of it. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import type { ConversationId, DeviceId, UserId } from "../../../schema/ids.ts";
import { Fcm, type FcmTarget } from "../../../workers/push/fcm/fcm.ts";
import { hasFcm } from "../../../workers/push/fcm/service-account.ts";
import type { Push } from "../../../workers/push/transport.ts";
import { fcmFaults, FcmService } from "../../rig/push/fcm-service.ts";
import { pushEnv } from "../../rig/push/push-env.ts";

let service: FcmService;
let transport: Fcm;

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  service = await FcmService.start();
  transport = new Fcm(pushEnv("", { FCM_URL: service.url, FCM_SERVICE_ACCOUNT: service.serviceAccount }));
});
afterEach(async () => {
  await service.stop();
  const logged = [console.log, console.error].flatMap((spy) => vi.mocked(spy).mock.calls.flat()).join("\n");
  for (const secret of ["token-of", "PRIVATE", "ya29", "the text", "a message of FCM"])
    expect(logged).not.toContain(secret);
  expect(service.faults).toEqual([]);
  vi.restoreAllMocks();
});

const target: FcmTarget = { deviceId: "d" as DeviceId, via: "fcm", token: "token-of-a-phone" };
const isDue = () => Promise.resolve(true);
const push: Push = {
  payload: {
    type: "summary",
    userId: "u_ana" as UserId,
    conversationId: "g_1" as ConversationId,
    seq: 3,
    count: 12,
    title: "Hiking",
    body: "the text",
    badge: 2,
    at: 1_764_331_200_000,
  },
  topic: "abc",
  tag: "g_1:3",
  isUrgent: false,
};

test("[S25] attachments arrive as a text, because data of such a push are texts", async () => {
  const { count: _, ...rest } = { count: 0, ...push.payload };
  const attachments = [{ kind: "image" as const, name: "cat.png" }];
  const payload = { ...rest, type: "message" as const, senderId: "u_bo" as UserId, attachments };
  expect(await transport.send(target, { ...push, payload }, isDue)).toEqual({ is: "sent" });
  expect(service.received[0]?.data).toMatchObject({ attachments: JSON.stringify(attachments), body: "the text" });
});

test("[N11] a push arrives as data for the app, and as an alert for iOS in which a repeat replaces the first", async () => {
  expect(await transport.send(target, push, isDue)).toEqual({ is: "sent" });
  const [message] = service.received;
  expect(message).toMatchObject({ token: target.token, android: { priority: "NORMAL", ttl: "2419200s" } });
  const data = Object.entries(push.payload).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  expect(message?.data).toEqual(Object.fromEntries(data));
  expect(message?.apns.headers).toMatchObject({ "apns-collapse-id": "g_1:3", "apns-priority": "5" });
  expect(message?.apns.payload.aps).toMatchObject({
    alert: { title: "Hiking", body: "the text" },
    badge: 2,
    "thread-id": "g_1",
  });
  await transport.send(target, { ...push, isUrgent: true }, isDue);
  expect(service.received[1]?.android.priority).toBe("HIGH");
});

test("one access token serves all pushes until it is nearly over, and is asked for once however many need it", async () => {
  service.tokenSeconds = 3_600;
  await Promise.all(Array.from({ length: 20 }, () => transport.send(target, push, isDue)));
  expect(service.tokensGiven).toBe(1);
  windClock(3_400_000);
  onTestFinished(() => windClock(-3_400_000));
  await transport.send(target, push, isDue);
  expect(service.tokensGiven).toBe(2);
  expect(service.received).toHaveLength(21);
});

test("a token that FCM does not accept is replaced once", async () => {
  await transport.send(target, push, isDue);
  service.revokeTokens();
  expect(await transport.send(target, push, isDue)).toEqual({ is: "sent" });
  expect(service.tokensGiven).toBe(2);
  const refused = { status: 401, body: { error: { code: 401, status: "UNAUTHENTICATED" } } };
  service.plan.push(refused, refused, refused);
  expect(await transport.send(target, push, isDue)).toEqual({ is: "later", retryAfterMs: null });
  expect(service.plan).toHaveLength(1);
});

test.each([
  ["unregistered", "gone"],
  ["badToken", "gone"],
  ["senderMismatch", "refused"],
  ["badData", "refused"],
  ["noProject", "refused"],
] as const)("after %s the push is %s", async (fault, is) => {
  service.plan.push(fcmFaults[fault]);
  expect(await transport.send(target, push, isDue)).toEqual({ is });
});

test("[N12] quota and outages are waited for as FCM says, a minute where it says nothing of a quota", async () => {
  const send = async (fault: (typeof service.plan)[number]) => {
    service.plan.push(fault);
    return await transport.send(target, push, isDue);
  };
  expect(await send(fcmFaults.quota)).toEqual({ is: "later", retryAfterMs: 60_000 });
  expect(await send({ ...fcmFaults.quota, headers: { "retry-after": "5" } })).toEqual({
    is: "later",
    retryAfterMs: 5_000,
  });
  expect(await send({ ...fcmFaults.unavailable, headers: { "retry-after": "30" } })).toEqual({
    is: "later",
    retryAfterMs: 30_000,
  });
  expect(await send(fcmFaults.unavailable)).toEqual({ is: "later", retryAfterMs: null });
  expect(await send(fcmFaults.internal)).toEqual({ is: "later", retryAfterMs: null });
});

test("a message that is too big goes without its text; a long one is cut before", async () => {
  service.plan.push(fcmFaults.tooBig);
  expect(await transport.send(target, push, isDue)).toEqual({ is: "sent" });
  expect(service.received[0]?.data["body"]).toBe("");
  const long = { ...push, payload: { ...push.payload, body: "中".repeat(5_000) } };
  expect(await transport.send(target, long, isDue)).toEqual({ is: "sent" });
  expect(service.received[1]?.data["body"]).toMatch(/^中{100,}…$/);
});

test("a server that is away, or gives no access token, is tried later", async () => {
  const settings = { FCM_URL: service.url, FCM_SERVICE_ACCOUNT: service.serviceAccount.replace("push@", "other@") };
  await service.stop();
  const away = new Fcm(pushEnv("", settings));
  expect(await away.send(target, push, isDue)).toEqual({ is: "later", retryAfterMs: null });
  service = await FcmService.start();
  const stranger = service.serviceAccount.replace("push@", "stranger@");
  const wrong = new Fcm(pushEnv("", { FCM_URL: service.url, FCM_SERVICE_ACCOUNT: stranger }));
  expect(await wrong.send(target, push, isDue)).toEqual({ is: "later", retryAfterMs: null });
  expect(service.faults.splice(0)).toEqual(["a bad assertion"]);
});

test("without a service account, or with one that is none, there is no FCM", async () => {
  for (const account of ["", "no json", "{}", '{"project_id":"../x","client_email":"a","private_key":"PRIVATE KEY"}']) {
    const env = pushEnv("", { FCM_SERVICE_ACCOUNT: account });
    expect(hasFcm(env)).toBe(false);
    expect(new Fcm(env).serviceOf()).toBeNull();
    expect(await new Fcm(env).send(target, push, isDue)).toEqual({ is: "refused" });
  }
  const broken = JSON.stringify({ project_id: "p", client_email: "a", private_key: "PRIVATE KEY" });
  const env = pushEnv("", { FCM_SERVICE_ACCOUNT: broken, FCM_URL: service.url });
  expect(hasFcm(env)).toBe(true);
  expect(await new Fcm(env).send(target, push, isDue)).toEqual({ is: "later", retryAfterMs: null });
});

test("[N21] a push that is no longer due when FCM has given an access token is not sent, nor with another token or without its text", async () => {
  const notDue = () => Promise.resolve(false);
  expect(await transport.send(target, push, notDue)).toEqual({ is: "unsent" });
  expect([service.tokensGiven, service.received]).toEqual([1, []]);
  const unauthenticated = { status: 401, body: { error: { code: 401, status: "UNAUTHENTICATED" } } };
  for (const fault of [unauthenticated, fcmFaults.tooBig]) {
    service.plan.push(fault);
    let asked = 0;
    expect(await transport.send(target, push, () => Promise.resolve(asked++ === 0))).toEqual({ is: "unsent" });
    expect(asked).toBe(2);
  }
  expect([service.received, service.plan]).toEqual([[], []]);
});
