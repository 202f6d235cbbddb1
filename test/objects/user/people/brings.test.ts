/** How many people one may bring into conversations, and how many conversations one may be brought into: these meters survive evictions. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../../../../objects/shared/platform/env.ts";
import { rates } from "../../../../schema/rates.ts";
import type { Conversation } from "../../../../schema/wire/conversation.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { evict } from "../../../rig/objects/accounts.ts";
import { type Answered, ask, type Caller, caller, must } from "../../../rig/objects/door.ts";

/** The gateway as it is outside of tests, but for its own coarse limit. */
const metered: Partial<Env> = {
  PARLEY_RATE_LIMITS: "on",
  RATE_LIMIT_USER: { limit: async () => ({ success: true }) },
};

type Made = Answered<Conversation & { code?: string; retry?: string; retryAfterMs?: number }>;

const openDm = (by: Caller, other: Caller): Promise<Made> => ask(by, "PUT", `/dms/${other.id}`, undefined, metered);
const foundGroup = (by: Caller, others: Caller[], more = {}): Promise<Made> =>
  ask(by, "POST", "/conversations", { title: "G", memberIds: others.map(({ id }) => id), ...more }, metered);

async function callers(count: number, name = "p"): Promise<Caller[]> {
  const made: Caller[] = [];
  for (let i = 0; i < count; i++) made.push(await caller(name));
  return made;
}

function tokensOf(by: Caller): Promise<Record<string, number>> {
  return runInDurableObject(env.USERS.getByName(by.id), (_, { storage }) => {
    const rows = storage.sql.exec<{ name: string; tokens: number }>("SELECT name, tokens FROM quotas").toArray();
    return Object.fromEntries(rows.map((row) => [row.name.split(" ")[0], Math.floor(row.tokens + 1e-6)]));
  });
}

/** As after a long day: so many are left of a bucket. */
async function leave(by: Caller, name: string, tokens: number): Promise<void> {
  await runInDurableObject(env.USERS.getByName(by.id), (_, { storage }) => {
    storage.sql.exec("UPDATE quotas SET tokens = ? WHERE name = ?", tokens, name);
  });
}

/** As if so much time had passed for somebody's buckets; a wound clock would end the access tokens. */
async function passed(by: Caller, ms: number): Promise<void> {
  await runInDurableObject(env.USERS.getByName(by.id), (_, { storage }) => {
    storage.sql.exec("UPDATE quotas SET at = at - ?", ms);
  });
}

async function requestsOf(by: Caller): Promise<boolean[]> {
  const list = await must<{ conversations: Summary[] }>(200, by, "GET", "/conversations?limit=100");
  return list.conversations.map((row) => row.request);
}

test("[M15] a bounded number of strangers is brought in a day, whatever falls asleep, and far more acquaintances; a repeat is free", async () => {
  const eve = await caller("eve");
  const all = await callers(99);
  expect((await foundGroup(eve, all, { clientId: "g" })).status).toBe(201);
  expect(await tokensOf(eve)).toEqual({
    bringsKnownPerUser: rates.bringsKnownPerUser.burst - 1,
    bringsStrangersPerUser: rates.bringsStrangersPerUser.burst - 99,
  });
  expect((await foundGroup(eve, all, { clientId: "g" })).status).toBe(200);
  expect((await tokensOf(eve))["bringsStrangersPerUser"]).toBe(rates.bringsStrangersPerUser.burst - 99);

  await leave(eve, "bringsStrangersPerUser", 1);
  await evict(eve.id);
  const [fay, gil] = [await caller("fay"), await caller("gil")];
  expect((await openDm(eve, fay)).status).toBe(201);
  for (let n = 0; n < 3; n++) expect((await openDm(eve, fay)).status).toBe(200);
  await evict(eve.id);
  const refused = await openDm(eve, gil);
  expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited", retry: "later" } });
  expect(refused.body.retryAfterMs).toBeGreaterThan(60_000);
  expect((await foundGroup(eve, [gil, ...all.slice(0, 2)])).status).toBe(429);
  const { body: group } = await foundGroup(eve, all.slice(0, 2));
  const add = (other: Caller) => ask(eve, "PUT", `/conversations/${group.id}/members/${other.id}`, {}, metered);
  expect((await add(gil)).status).toBe(429);
  expect((await add(fay)).status).toBe(200);
  expect((await add(fay)).status).toBe(200);
  expect(await requestsOf(gil)).toEqual([]);
  // Notes to oneself are nobody's cost, and in time there is room again.
  expect((await openDm(eve, eve)).status).toBe(201);
  await passed(eve, refused.body.retryAfterMs ?? 0);
  expect((await openDm(eve, gil)).status).toBe(201);
}, 120_000);

test("[M15] more at once than a full bucket has is refused for good, and costs nothing", async () => {
  const eve = await caller("eve");
  const { bringsKnownPerUser, bringsStrangersPerUser } = rates;
  for (const cost of [
    { known: 0, strangers: bringsStrangersPerUser.burst + 1 },
    { known: bringsKnownPerUser.burst + 1, strangers: 0 },
  ])
    expect(await eve.calls.chargeBrings(cost)).toMatchObject({ ok: false, refusal: { code: "too_large" } });
  expect(await tokensOf(eve)).toEqual({});
  const most = { known: bringsKnownPerUser.burst, strangers: bringsStrangersPerUser.burst };
  expect(await eve.calls.chargeBrings(most)).toMatchObject({ ok: true });
  expect(await eve.calls.chargeBrings(most)).toMatchObject({ ok: false, refusal: { code: "rate_limited" } });
});

test("[M15] what is refused for good costs nothing, to nobody", async () => {
  const [eve, ana, bo] = [await caller("eve"), await caller("ana"), await caller("bo")];
  await must(200, bo, "PATCH", "/me", { settings: { reach: "contacts" } });
  expect((await foundGroup(eve, [ana, bo])).status).toBe(403);
  await must(200, bo, "PUT", `/blocks/${eve.id}`);
  expect((await foundGroup(eve, [ana, bo])).status).toBe(403);
  expect(
    (await ask(eve, "POST", "/conversations", { title: "G", memberIds: [ana.id, "u_none"] }, metered)).status,
  ).toBe(404);
  expect([await tokensOf(eve), await tokensOf(ana), await tokensOf(bo)]).toEqual([{}, {}, {}]);
});

test("[M15] an invite that leads nowhere costs nothing, and is refused for what it is where nothing is left to pay with", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const { body: group } = await foundGroup(ana, []);
  const path = `/conversations/${group.id}`;
  const made = (draft = {}) => must<{ code: string }>(201, ana, "POST", `${path}/invites`, draft);
  const accept = (by: Caller, { code }: { code: string }) =>
    ask(by, "POST", `/invites/${code}/accept`, undefined, metered);
  const [open, single] = [await made(), await made({ usesMax: 1 })];
  expect((await accept(cy, single)).status).toBe(200);
  // Used up, and one that never was.
  expect((await accept(bo, single)).status).toBe(404);
  expect((await accept(bo, { code: `${group.id}.${"x".repeat(22)}` })).status).toBe(404);
  expect(await tokensOf(bo)).toEqual({});
  await accept(bo, open);
  await must(204, ana, "DELETE", `${path}/members/${bo.id}`);
  await leave(bo, "bringsKnownPerUser", 0);
  expect((await accept(bo, open)).status).toBe(403);
  expect((await accept(bo, single)).status).toBe(404);
  // Who came as a request is a member, too.
  const di = await caller("di");
  await must(200, di, "PATCH", "/me", { settings: { reach: "requests" } });
  await must(200, cy, "PUT", `${path}/members/${di.id}`, {});
  expect((await accept(di, open)).status).toBe(200);
  expect((await tokensOf(di))["bringsKnownPerUser"]).toBeUndefined();
});

test("[M15] nobody but a contact puts one and the same person into conversation after conversation", async () => {
  const [eve, ana] = [await caller("eve"), await caller("ana")];
  const { burst } = rates.broughtByOnePerUser;
  const made: number[] = [];
  for (let n = 0; n <= burst; n++) made.push((await foundGroup(eve, [ana])).status);
  expect(made).toEqual([...Array<number>(burst).fill(201), 429]);
  await evict(ana.id);
  const refused = await foundGroup(eve, [ana]);
  expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  // Others are not held up by it, nor is eve with others, nor by whom she is a contact of.
  const bo = await caller("bo");
  expect((await foundGroup(bo, [ana])).status).toBe(201);
  expect((await foundGroup(eve, [bo])).status).toBe(201);
  await must(200, ana, "PUT", `/contacts/${eve.id}`);
  expect((await foundGroup(eve, [ana])).status).toBe(201);
  await must(204, ana, "DELETE", `/contacts/${eve.id}`);
  await passed(ana, refused.body.retryAfterMs ?? 0);
  expect((await foundGroup(eve, [ana])).status).toBe(201);
  // The buckets of single people do not stay: they are full again in a day.
  await passed(ana, 3 * 86_400_000);
  await foundGroup(bo, [ana]);
  const buckets = await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) =>
    storage.sql.exec<{ name: string }>("SELECT name FROM quotas WHERE name LIKE 'broughtBy%'").toArray(),
  );
  expect(buckets.map(({ name }) => name)).toEqual([`broughtByOnePerUser ${bo.id}`]);
}, 120_000);

test("[M16] of strangers beyond so many a day one gets requests, and beyond many more nothing; acquaintances come as ever", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  await foundGroup(bo, [ana]);
  expect(await tokensOf(ana)).toMatchObject({
    strangersPerUser: rates.strangersPerUser.burst - 1,
    strangersMaxPerUser: rates.strangersMaxPerUser.burst - 1,
  });
  await leave(ana, "strangersPerUser", 3);
  for (const stranger of await callers(4)) expect((await openDm(stranger, ana)).status).toBe(201);
  await evict(ana.id);
  const requests = async (): Promise<number> =>
    runInDurableObject(
      env.USERS.getByName(ana.id),
      (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT COUNT(request_by) AS n FROM inbox").one().n,
    );
  expect(await requests()).toBe(1);
  expect((await foundGroup(bo, [ana])).status).toBe(201);
  expect(await requests()).toBe(1);
  const [cy, di] = [await caller("cy"), await caller("di")];
  expect((await openDm(cy, ana)).status).toBe(201);
  expect(await requests()).toBe(2);

  await leave(ana, "strangersMaxPerUser", 0.5);
  expect(await openDm(di, ana)).toMatchObject({ status: 429, body: { code: "rate_limited", retry: "later" } });
  expect((await foundGroup(bo, [ana])).status).toBe(201);
  expect((await openDm(ana, di)).status).toBe(201);
  await passed(ana, 86_400_000);
  const ed = await caller("ed");
  expect((await openDm(ed, ana)).status).toBe(201);
  expect(await requests()).toBe(2);
}, 120_000);

test("[M15] to come in by invites is metered, too, though not for a member", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const { body: group } = await foundGroup(ana, []);
  const invite = await must<{ code: string }>(201, ana, "POST", `/conversations/${group.id}/invites`, {});
  const accept = (by: Caller) => ask(by, "POST", `/invites/${invite.code}/accept`, undefined, metered);
  expect((await accept(bo)).status).toBe(200);
  await leave(bo, "bringsKnownPerUser", 1);
  for (let n = 0; n < 3; n++) expect((await accept(bo)).status).toBe(200);
  const goAndCome = async () => {
    await must(204, bo, "DELETE", `/conversations/${group.id}/members/${bo.id}`);
    return (await accept(bo)).status;
  };
  expect([await goAndCome(), await goAndCome()]).toEqual([200, 429]);
});
