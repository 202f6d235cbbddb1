/** What a sign-in by another device promises: a device that is approved by a signed-in one gets a session, once and within two minutes, and nobody else does. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { securityBounds } from "../../../../schema/bounds/security.ts";
import { wrongPasswords } from "../../../../schema/limits.ts";
import type { DeviceId, UserId } from "../../../../schema/ids.ts";
import type { Outcome } from "../../../../schema/errors.ts";
import type { SecurityAnswers } from "../../../../objects/contract/account/security.ts";
import type { Session } from "../../../../schema/http/account/accounts.ts";
import {
  codeOf,
  evict,
  passwordHash,
  signIn,
  signUp,
  type TestAccount,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";
import { ask, newAttempt, proofOf, relyingParty } from "../../../rig/objects/security/proofs.ts";
import { userStub } from "../../../../objects/shared/platform/calls.ts";
import { identify } from "../../../../objects/shared/identity/identity.ts";
import { syncAnswer, type SyncAnswer } from "../../../../schema/wire/inbox.ts";
import { socketOf } from "../../../rig/objects/socket.ts";
import { storedEverywhere } from "../../../rig/objects/stores.ts";

let made = 0;
const phone = { name: "Phone", platform: "test" };

/** A link as the gateway begins one, at a desk of its own. */
async function begin() {
  made++;
  const desk = `link.test${made}` as UserId;
  const names = { code: `code${made}`, secret: `secret${made}` };
  const link = newAttempt();
  const place = { country: "DE", city: "Berlin" };
  const { until } = valueOf(await ask(desk, { do: "begin link", ...names, link, device: phone, place }));
  return {
    ...{ desk, link, until, ...names },
    look: (by: TestAccount) => ask(desk, { do: "look at link", code: names.code, by: by.id }),
    settle: (by: TestAccount, isApproved: boolean) =>
      ask(desk, { do: "settle link", code: names.code, by: by.id, isApproved }),
    claim: (secret = names.secret) => ask(desk, { do: "claim link", code: names.code, secret }),
  };
}
type Link = Awaited<ReturnType<typeof begin>>;

function approve({ link, until }: Link, by: TestAccount, device = by.device): Promise<Outcome<null>> {
  return ask(by.id, { do: "approve link", by: device, link, until, attemptId: newAttempt(), second: { relyingParty } });
}

function open({ link }: Link, user: TestAccount): Promise<Outcome<Session>> {
  return ask(user.id, { do: "open link", link, device: phone });
}

const syncSocket = (user: TestAccount, deviceId: DeviceId) =>
  socketOf(user.calls, "/sync", { userId: user.id, deviceId });

const opened = (claimed: SecurityAnswers["claim link"]) => (claimed.do === "open" ? claimed.userId : claimed.do);

test("[A26] a device waits until a signed-in one approves it, then it has a session: once, and again if the answer was lost", async () => {
  const ana = await signUp("ana");
  const link = await begin();
  expect(opened(valueOf(await link.claim()))).toBe("wait");
  expect(valueOf(await link.look(ana))).toMatchObject({ device: phone, place: { country: "DE", city: "Berlin" } });
  // Nobody is signed in before somebody has approved.
  expect(codeOf(await open(link, ana))).toBe("not_found");
  valueOf(await approve(link, ana));
  valueOf(await link.settle(ana, true));
  await evict(ana.id);
  await evict(link.desk);
  expect(opened(valueOf(await link.claim()))).toBe(ana.id);
  const session = valueOf(await open(link, ana));
  expect(session).toMatchObject({ user: { id: ana.id }, device: phone });
  await evict(ana.id);
  expect(valueOf(await open(link, ana))).toEqual(session);
  expect(valueOf(await ana.calls.devices(ana.device)).length).toBe(2);
  // A device that was signed out is not signed in again by its old link.
  valueOf(await ana.calls.signOut(session.device.id));
  expect(codeOf(await open(link, ana))).toBe("not_found");
});

test("[A26] a link is over after two minutes, and nothing of it is stored then", async () => {
  const ana = await signUp("ana");
  const link = await begin();
  valueOf(await approve(link, ana));
  valueOf(await link.settle(ana, true));
  wind(securityBounds.linkMs);
  expect(codeOf(await link.claim())).toBe("not_found");
  expect(codeOf(await open(link, ana))).toBe("not_found");
  const later = await begin();
  expect(codeOf(await later.look(ana))).toBe("true");
  // The search finds what is there, as of a link that still waits.
  expect(await storedEverywhere()).toContain(later.secret);
  await runDurableObjectAlarm(env.USERS.getByName(link.desk));
  expect(await storedEverywhere()).not.toContain(link.secret);
});

test("[A26] who does not have the secret gets nothing, and a declined link is over", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const link = await begin();
  expect(codeOf(await link.claim("another"))).toBe("not_found");
  valueOf(await link.settle(ana, false));
  expect(codeOf(await link.claim())).toBe("forbidden");
  expect(codeOf(await link.look(ana))).toBe("not_found");
  expect(codeOf(await link.settle(bo, true))).toBe("not_found");
});

test("[A26] of two people who approve one link the first one has it; a repeat of the first is no harm", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const link = await begin();
  for (const each of [ana, bo]) valueOf(await approve(link, each));
  const settled = await Promise.all([link.settle(ana, true), link.settle(bo, true)]);
  expect(settled.map(codeOf)).toEqual(["true", "not_found"]);
  expect(codeOf(await approve(link, ana))).toBe("true");
  expect(codeOf(await link.settle(ana, true))).toBe("true");
  expect(opened(valueOf(await link.claim()))).toBe(ana.id);
});

test("[A26] an approval ends with the device that gave it, and with a change of password on another one", async () => {
  const ana = await signUp("ana");
  const stolen = valueOf(await signIn(ana)).device.id;
  const [link, next] = [await begin(), await begin()];
  valueOf(await approve(link, ana, stolen));
  valueOf(await ana.calls.signOut(stolen));
  expect(codeOf(await open(link, ana))).toBe("not_found");
  expect(codeOf(await approve(link, ana, stolen))).toBe("unauthenticated");
  const other = valueOf(await signIn(ana)).device.id;
  valueOf(await approve(next, ana, other));
  const { attempt } = await proofOf(ana);
  valueOf(await ana.calls.changePassword(ana.device, { ...attempt, next: passwordHash("next horse") }));
  expect(codeOf(await open(next, ana))).toBe("not_found");
});

test("[A26] wrong codes count like wrong passwords of the device that tries them, before they are looked up; right ones are taken back", async () => {
  const ana = await signUp("ana");
  const tried = (attemptId?: string) =>
    ask(ana.id, { do: "try link", by: ana.device, ...(attemptId === undefined ? {} : { attemptId }) });
  const guesses = Array.from({ length: wrongPasswords.max + 5 }, newAttempt);
  const answers = await Promise.all(guesses.map(tried));
  expect(answers.map(codeOf).filter((code) => code === "true")).toHaveLength(wrongPasswords.max);
  await evict(ana.id);
  expect(codeOf(await tried())).toBe("rate_limited");
  // A call that is repeated is answered as before.
  expect(codeOf(await tried(guesses[0]))).toBe("true");
  valueOf(await ask(ana.id, { do: "try link", by: ana.device, attemptId: guesses[0] ?? "", isRight: true }));
  expect(codeOf(await tried(newAttempt()))).toBe("true");
  expect(codeOf(await tried())).toBe("rate_limited");
  // Other devices of the account go on.
  const other = valueOf(await signIn(ana)).device.id;
  expect(codeOf(await ask(ana.id, { do: "try link", by: other }))).toBe("true");
});

test("[A26] the links at one desk are bounded", async () => {
  const desk = "link.full" as UserId;
  const place = { country: null, city: null };
  const draft = (n: number) => ({ code: `c${n}`, secret: "s", link: `l${n}`, device: phone, place });
  const asked = Array.from({ length: securityBounds.linksPerDesk }, (_, n) =>
    ask(desk, { do: "begin link", ...draft(n) }),
  );
  expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
  expect(codeOf(await ask(desk, { do: "begin link", ...draft(-1) }))).toBe("rate_limited");
  wind(securityBounds.linkMs);
  expect(codeOf(await ask(desk, { do: "begin link", ...draft(-1) }))).toBe("true");
});

test("[A27] a new device is shown on those before it at once and on their next hello, until one of them knows it", async () => {
  const ana = await signUp("ana");
  wind(1_000);
  const second = valueOf(await signIn(ana, "correct horse", { deviceSecret: ana.session.deviceSecret })).device.id;
  const first = await syncSocket(ana, ana.device);
  const hello = await first.next(({ type }) => type === "hello");
  // A device that showed its secret was here before.
  expect(hello).not.toHaveProperty("newDevices");
  wind(1_000);
  const third = valueOf(await signIn(ana)).device;
  const shown = await first.next(({ type }) => type === "devices");
  expect(shown).toEqual({ type: "devices", newDevices: [{ ...third, createdAt: expect.any(Number) }] });
  await evict(ana.id);
  const again = await syncSocket(ana, second);
  expect(await again.next(({ type }) => type === "hello")).toHaveProperty("newDevices");
  expect(valueOf(await ana.calls.devices(second)).map(({ isNew }) => isNew)).toEqual([false, false, true]);
  wind(1_000);
  const thief = valueOf(await signIn(ana)).device.id;
  // It neither sees nor ends its own notice, or that of a device before it.
  const thiefs = await syncSocket(ana, thief);
  expect(await thiefs.next(({ type }) => type === "hello")).not.toHaveProperty("newDevices");
  for (const device of [thief, third.id]) valueOf(await ask(ana.id, { do: "see device", by: thief, device }));
  expect(valueOf(await ana.calls.devices(second)).map(({ isNew }) => isNew)).toEqual([false, false, true, true]);
  valueOf(await ask(ana.id, { do: "see device", by: second, device: third.id }));
  valueOf(await ana.calls.signOut(thief));
  expect(valueOf(await ana.calls.devices(second)).map(({ isNew }) => isNew)).toEqual([false, false, false]);
  await again.next((frame) => frame.type === "devices" && (frame["newDevices"] as unknown[]).length === 0);
  expect(codeOf(await ask(ana.id, { do: "see device", by: second, device: thief }))).toBe("not_found");
});

test("[A27] a device is new to one that came right before it, by a clock that stands still; one that was signed out as new is new again, whatever it shows", async () => {
  const ana = await signUp("ana");
  const isNew = async (device: DeviceId) => valueOf(await ana.calls.devices(device)).map(({ isNew: one }) => one);
  const thief = valueOf(await signIn(ana));
  expect(await isNew(ana.device)).toEqual([false, true]);
  const again = async () => valueOf(await signIn(ana, "correct horse", { deviceSecret: thief.deviceSecret })).device.id;
  valueOf(await ana.calls.signOut(thief.device.id));
  const second = await again();
  expect(await isNew(ana.device)).toEqual([false, true]);
  valueOf(await ana.calls.signOut(second));
  const third = await again();
  expect(await isNew(ana.device)).toEqual([false, true]);
  valueOf(await ask(ana.id, { do: "see device", by: ana.device, device: third }));
  valueOf(await ana.calls.signOut(third));
  await again();
  expect(await isNew(ana.device)).toEqual([false, false]);
});

test("[A27] a device that comes back is told of those that were new while it was away; these are not told of it, nor of each other's elders", async () => {
  const ana = await signUp("ana");
  const isNew = async (device: DeviceId) => valueOf(await ana.calls.devices(device)).map(({ isNew: one }) => one);
  valueOf(await ana.calls.signOut(ana.device));
  const thief = valueOf(await signIn(ana)).device.id;
  const next = valueOf(await signIn(ana)).device.id;
  const own = valueOf(await signIn(ana, "correct horse", { deviceSecret: ana.session.deviceSecret })).device.id;
  expect(await isNew(own)).toEqual([true, true, false]);
  expect(await isNew(thief)).toEqual([false, true, false]);
  expect(await isNew(next)).toEqual([false, false, false]);
  for (const by of [thief, next]) valueOf(await ask(ana.id, { do: "see device", by, device: thief }));
  expect(await isNew(own)).toEqual([true, true, false]);
  valueOf(await ask(ana.id, { do: "see device", by: own, device: next }));
  expect(await isNew(own)).toEqual([true, false, false]);
});

test("[A27] who polls is told of a new device, also while the poll waits", async () => {
  const ana = await signUp("ana");
  const headers = identify(new Headers(), { userId: ana.id, deviceId: ana.device });
  const poll = async (query: string): Promise<SyncAnswer> => {
    const response = await userStub(env, ana.id).fetch(`http://object/sync${query}`, { headers });
    return await response.json();
  };
  const { version, epoch, newDevices } = await poll("");
  expect(newDevices).toBeUndefined();
  const waiting = poll(`?since=${version}&epoch=${epoch}&wait=20`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { id } = valueOf(await signIn(ana)).device;
  const told = await waiting;
  expect(told).toMatchObject({ conversations: [], newDevices: [{ id }] });
  expect(syncAnswer.parse(told)).toEqual(told);
  valueOf(await ask(ana.id, { do: "see device", by: ana.device, device: id }));
  expect(await poll("")).not.toHaveProperty("newDevices");
});

test("[A28] one call signs all other devices out", async () => {
  const ana = await signUp("ana");
  const others = [valueOf(await signIn(ana)).device.id, valueOf(await signIn(ana)).device.id];
  const socket = await syncSocket(ana, others[0] ?? ana.device);
  valueOf(await ask(ana.id, { do: "sign out others", by: ana.device }));
  expect(await socket.closes()).toBe(4401);
  for (const device of others) expect(await ana.calls.admit(device)).toBe(false);
  expect(await ana.calls.admit(ana.device)).toBe(true);
  expect(codeOf(await ask(ana.id, { do: "sign out others", by: others[0] ?? ana.device }))).toBe("unauthenticated");
});
