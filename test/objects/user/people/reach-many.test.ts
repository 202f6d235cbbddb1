/**
 * Many people are brought into a group at once: the directory tells of most of them whether they may be, their objects sleep on, and a block, a `reach` and an
 * erasure that were answered before are in force all the same. Here four people are many.
 */
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import { blockMark, blockMarks } from "../../../../core/account/block-marks.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import type { Env } from "../../../../objects/shared/platform/env.ts";
import { UserObject } from "../../../../objects/user/object.ts";
import { rates } from "../../../../schema/rates.ts";
import type { UserId } from "../../../../schema/ids.ts";
import { batches } from "../../../../schema/limits.ts";
import type { Conversation } from "../../../../schema/wire/conversation.ts";
import type { Summary } from "../../../../schema/wire/inbox.ts";
import { consumeFanOut } from "../../../../workers/queues/fanout.ts";
import { directory, evict, hashOf, retryTasks, tasksOf, valueOf } from "../../../rig/objects/accounts.ts";
import { type Answered, ask, type Caller, caller, must } from "../../../rig/objects/door.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { seeded } from "../../../rig/random.ts";

openLargeGroups();

const metered: Partial<Env> = {
  PARLEY_RATE_LIMITS: "on",
  RATE_LIMIT_USER: { limit: async () => ({ success: true }) },
};

async function callers(count: number): Promise<Caller[]> {
  const made: Caller[] = [];
  for (let n = 0; n < count; n++) made.push(await caller("p"));
  return made;
}

const found = (by: Caller, others: readonly Caller[], bindings = {}) =>
  ask<Conversation>(
    by,
    "POST",
    "/conversations",
    { title: "G", mode: "large", memberIds: others.map(({ id }) => id) },
    bindings,
  );

const add = (
  by: Caller,
  id: string,
  others: readonly Caller[],
  bindings = {},
): Promise<Answered<{ added: UserId[] }>> =>
  ask(by, "POST", `/conversations/${id}/members`, { userIds: others.map((other) => other.id) }, bindings);

async function groupOf(by: Caller): Promise<string> {
  const { status, body } = await found(by, []);
  expect(status).toBe(201);
  return body.id;
}

/** How many people's objects are asked whether they may be brought. */
async function askedBy(work: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(UserObject.prototype, "approach");
  try {
    await work();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

async function onEachDatabase(statement: string): Promise<void> {
  for (const shard of [0, 1] as const) await env[`DIRECTORY_${shard}`]?.prepare(statement).run();
}

/** The directory takes nothing that changes a profile, until the answer is called. */
async function breakDirectory(): Promise<() => Promise<void>> {
  const mend = () => onEachDatabase("DROP TRIGGER IF EXISTS broken");
  onTestFinished(mend);
  await onEachDatabase("CREATE TRIGGER broken BEFORE UPDATE ON profiles BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
  return mend;
}

test("[M34] however many people are added whom anybody may add, none of their objects is asked", async () => {
  const eve = await caller("eve");
  const id = await groupOf(eve);
  const few = await callers(4);
  const many = await callers(16);
  const before = cost.objectCalls;
  const asked = [
    await askedBy(async () => expect((await add(eve, id, few)).body.added).toHaveLength(4)),
    await askedBy(async () => expect((await add(eve, id, many)).body.added).toHaveLength(16)),
    await askedBy(async () => expect((await found(eve, many)).status).toBe(201)),
  ];
  expect(asked).toEqual([0, 0, 0]);
  // In each of the three: whether the device is signed in, the member who adds, the group before and after, the directory, and eve's own inbox. Beside them each who comes in
  // gets the row of the group in one call.
  expect(cost.objectCalls - before).toBeLessThanOrEqual(3 * 7 + few.length + 2 * many.length);
  await consumeFanOut({ conversationId: id }, env);
  const rows = await must<{ conversations: Summary[] }>(200, many[7] as Caller, "GET", "/conversations");
  expect(rows.conversations.map(({ conversationId, request }) => [conversationId, request])).toContainEqual([
    id,
    false,
  ]);
  const { members } = await must<{ members: { user: { id: UserId } }[] }>(
    200,
    eve,
    "GET",
    `/conversations/${id}/members?q=${few[2]?.handle}`,
  );
  expect(members.map(({ user }) => user.id)).toEqual([few[2]?.id]);
});

test("[M34] blocks of either side, and whom a person lets reach them, hold for each of many people", async () => {
  const [eve, ana, bo, cy, di] = (await callers(5)) as [Caller, Caller, Caller, Caller, Caller];
  const rest = await callers(3);
  const id = await groupOf(eve);
  await must(200, ana, "PUT", `/blocks/${eve.id}`);
  expect((await add(eve, id, [ana, ...rest])).status).toBe(403);
  expect((await found(eve, [ana, ...rest])).status).toBe(403);
  await must(204, ana, "DELETE", `/blocks/${eve.id}`);
  await must(200, eve, "PUT", `/blocks/${bo.id}`);
  expect((await add(eve, id, [bo, ...rest])).status).toBe(403);
  await must(204, eve, "DELETE", `/blocks/${bo.id}`);
  await must(200, cy, "PATCH", "/me", { settings: { reach: "contacts" } });
  expect((await add(eve, id, [cy, ...rest])).status).toBe(403);
  expect((await must<Conversation>(200, eve, "GET", `/conversations/${id}`)).memberCount).toBe(1);
  await must(200, cy, "PUT", `/contacts/${eve.id}`);
  await must(200, di, "PATCH", "/me", { settings: { reach: "requests" } });
  // Of those of whom the directory does not tell it, the object is called: of cy and di, and of nobody else.
  expect(await askedBy(async () => expect((await found(eve, [ana, bo, ...rest])).status).toBe(201))).toBe(0);
  const all = [ana, bo, cy, di, ...rest];
  expect(await askedBy(async () => expect((await add(eve, id, all)).status).toBe(200))).toBe(2);
  await consumeFanOut({ conversationId: id }, env);
  const requestsOf = async (of: Caller) =>
    (await must<{ conversations: Summary[] }>(200, of, "GET", "/conversations")).conversations
      .filter(({ conversationId }) => conversationId === id)
      .map(({ request }) => request);
  expect([await requestsOf(ana), await requestsOf(cy), await requestsOf(di)]).toEqual([[false], [false], [true]]);
});

test("[M34] whoever erased their account is not brought, and an id of nobody makes nothing", async () => {
  const [eve, ana, ...rest] = (await callers(5)) as [Caller, Caller, ...Caller[]];
  const id = await groupOf(eve);
  valueOf(
    await ana.calls.erase(ana.device, {
      attemptId: valueOf(await ana.calls.challenge()).attemptId,
      hash: hashOf("correct horse"),
    }),
  );
  expect((await add(eve, id, [ana, ...rest])).status).toBe(403);
  const nobody = { ...rest[0], id: "u_nobody" } as Caller;
  expect((await add(eve, id, [nobody, ...rest])).status).toBe(404);
});

test("[M34] a block and a closed reach are answered once the directory has them, and a repeat tries again", async () => {
  const [eve, ana, bo, ...rest] = (await callers(6)) as [Caller, Caller, Caller, ...Caller[]];
  const id = await groupOf(eve);
  const mend = await breakDirectory();
  const block = () => ask(ana, "PUT", `/blocks/${eve.id}`);
  const close = () => ask(bo, "PATCH", "/me", { settings: { reach: "contacts" } });
  expect([await block(), await close()]).toMatchObject([
    { status: 503, body: { code: "unavailable", retry: "later" } },
    { status: 503, body: { code: "unavailable", retry: "later" } },
  ]);
  expect([(await block()).status, (await close()).status]).toEqual([503, 503]);
  // What opens a door may take its time.
  expect((await ask(bo, "PATCH", "/me", { settings: { typing: false } })).status).toBe(200);
  await evict(ana.id);
  await mend();
  expect([(await block()).status, (await close()).status]).toEqual([200, 200]);
  expect((await add(eve, id, [ana, ...rest])).status).toBe(403);
  expect((await add(eve, id, [bo, ...rest])).status).toBe(403);

  const break2 = await breakDirectory();
  expect((await ask(ana, "DELETE", `/blocks/${eve.id}`)).status).toBe(204);
  // The directory still says that ana perhaps blocks eve. So she is asked.
  expect((await add(eve, id, [ana, ...rest])).status).toBe(200);
  await break2();
  await retryTasks(ana);
  expect(await tasksOf(ana)).toBe(0);
  expect(valueOf(await directory.standings([ana.id], eve.id)).get(ana.id)).toMatchObject({ isOpen: true });
});

test("[M34] accounts of before the directory knew it are asked once, and report then", async () => {
  const [eve, ana, ...rest] = (await callers(6)) as [Caller, Caller, ...Caller[]];
  await must(200, ana, "PUT", `/blocks/${eve.id}`);
  // As the databases are after the upgrade.
  await onEachDatabase("UPDATE profiles SET reach = NULL, blocks = ''");
  const id = await groupOf(eve);
  expect((await add(eve, id, [ana, ...rest])).status).toBe(403);
  const other = await groupOf(eve);
  // Those who were asked with ana have reported.
  await onEachDatabase("UPDATE profiles SET reach = NULL, blocks = ''");
  expect(await askedBy(async () => expect((await add(eve, other, rest)).status).toBe(200))).toBe(rest.length);
  for (const each of [ana, ...rest]) while ((await tasksOf(each)) > 0) await new Promise((go) => setTimeout(go, 5));
  const third = await groupOf(eve);
  expect(await askedBy(async () => expect((await add(eve, third, rest)).status).toBe(200))).toBe(0);
  expect((await add(eve, third, [ana, ...rest])).status).toBe(403);
  expect((await add(eve, third, [ana, ...(await callers(3))])).status).toBe(403);
  for (const each of [ana]) while ((await tasksOf(each)) > 0) await new Promise((go) => setTimeout(go, 5));
  expect(valueOf(await directory.standings([ana.id], eve.id)).get(ana.id)).toMatchObject({
    isOpen: false,
    isReported: true,
  });
});

test("[M34] an older report does not replace a newer one, and one of the same time only where there was none", async () => {
  const [eve, ana] = (await callers(2)) as [Caller, Caller];
  const state = async () => valueOf(await directory.standings([ana.id], eve.id)).get(ana.id);
  const at = (await state())?.changedAt ?? 0;
  const blocks = blockMarks([eve.id]);
  valueOf(await directory.putProfile(ana.user, at - 1, { reach: "everyone", blocks }));
  valueOf(await directory.putProfile(ana.user, at, { reach: "everyone", blocks }));
  expect(await state()).toMatchObject({ isOpen: true });
  valueOf(await directory.putProfile(ana.user, at + 1, { reach: "everyone", blocks }));
  expect(await state()).toMatchObject({ isOpen: false, isReported: true });
  await onEachDatabase("UPDATE profiles SET reach = NULL");
  valueOf(await directory.putProfile(ana.user, at + 1, { reach: "everyone", blocks: "" }));
  expect(await state()).toMatchObject({ isOpen: true });
  expect(blockMark(eve.id)).toHaveLength(5);
});

test("[M34] [M15] many people cost their bringer what few cost each, and more than anybody could pay is refused before anybody is asked", async () => {
  const eve = await caller("eve");
  const id = await groupOf(eve);
  const [friend, ...others] = (await callers(5)) as [Caller, ...Caller[]];
  await must(200, friend, "PUT", `/contacts/${eve.id}`);
  expect((await add(eve, id, [friend, ...others], metered)).status).toBe(200);
  const { bringsKnownPerUser, bringsStrangersPerUser } = rates;
  const paid = await eve.calls.chargeBrings({
    known: bringsKnownPerUser.burst - 1,
    strangers: bringsStrangersPerUser.burst - others.length,
  });
  expect(paid).toMatchObject({ ok: true });
  const more = await callers(4);
  const second = await groupOf(eve);
  const asked = await askedBy(async () =>
    expect(await add(eve, second, more, metered)).toMatchObject({ status: 429, body: { code: "rate_limited" } }),
  );
  expect(asked).toBe(0);
});

test("[M34] however many people are asked and charged, no invocation makes more calls than a page has, and each person is called as often as without pages", async () => {
  const { bringPagePeople } = batches;
  Object.assign(batches, { bringPagePeople: 4 });
  onTestFinished(() => void Object.assign(batches, { bringPagePeople }));
  const [eve, ...others] = (await callers(11)) as [Caller, ...Caller[]];
  const paged = vi.spyOn(UserObject.prototype, "bringPage");
  const single = (["approach", "takeIn"] as const).map((name) => vi.spyOn(UserObject.prototype, name));
  onTestFinished(() => [paged, ...single].forEach((spy) => spy.mockRestore()));
  const id = await groupOf(eve);
  expect((await add(eve, id, others, metered)).body.added.toSorted()).toEqual(others.map((each) => each.id).toSorted());
  expect(single.map((spy) => spy.mock.calls.length)).toEqual([10, 10]);
  expect(paged.mock.calls.map(([{ userIds }]) => userIds.length)).toEqual([4, 4, 2, 4, 4, 2]);
  // The refusal of one ends it: nobody behind that page is asked.
  await must(200, others[1] as Caller, "PUT", `/blocks/${eve.id}`);
  const second = await groupOf(eve);
  expect((await add(eve, second, others, metered)).status).toBe(403);
  expect((await must<Conversation>(200, eve, "GET", `/conversations/${second}`)).memberCount).toBe(1);
});

test.each([1, 3])(
  "[M34] what was answered is in force in whatever is begun afterwards, while the directory fails and objects sleep: seed %i",
  async (seed) => {
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const people = await callers(9);
    const [by, ...others] = people as [Caller, ...Caller[]];
    /** What each of the others has in force: the answered state, or unknown since a call was not answered well. */
    const state = new Map(others.map((other) => [other, { isBlocking: false, reach: "everyone", isSure: true }]));
    const log: string[] = [];
    let mend: (() => Promise<void>) | undefined;
    let [refused, admitted] = [0, 0];
    for (let n = 0; n < 50; n++) {
      const other = pick(others);
      const own = state.get(other);
      if (own === undefined) continue;
      const act = Math.floor(random() * 14);
      log.push(`${n}: ${other.handle} ${act}`);
      if (act < 2) {
        const isOn = !own.isBlocking;
        const answer = await ask(other, isOn ? "PUT" : "DELETE", `/blocks/${by.id}`);
        own.isSure = answer.status < 300 && (own.isSure || isOn);
        own.isBlocking = isOn;
      } else if (act < 4) {
        const reach = own.reach === "everyone" ? "contacts" : "everyone";
        const answer = await ask(other, "PATCH", "/me", { settings: { reach } });
        own.isSure = answer.status < 300 && (own.isSure || reach === "contacts");
        own.reach = reach;
      } else if (act === 4) await evict(other.id).catch(() => undefined);
      else if (act === 5) {
        if (mend === undefined) mend = await breakDirectory();
        else {
          await mend();
          mend = undefined;
        }
      } else {
        const isClosed = (each: Caller): boolean => {
          const { isBlocking, reach } = state.get(each) ?? {};
          return isBlocking === true || reach === "contacts";
        };
        // As often as not nobody in it is closed.
        const isOpen = random() < 0.5;
        const asked = others.filter((each) => random() < 0.9 && !(isOpen && isClosed(each)));
        if (asked.length <= 3) continue;
        const closed = asked
          .map((each) => state.get(each))
          .filter((each) => each?.isBlocking || each?.reach === "contacts");
        const { status, body } = await found(by, asked);
        log.push(`   brings ${asked.map(({ handle }) => handle).join()}: ${status}`);
        if (closed.some((each) => each?.isSure)) expect(status, log.join("\n")).toBe(403);
        if (closed.length === 0) expect(status, log.join("\n")).toBe(201);
        if (status === 201) {
          admitted++;
          // Else they would know each other.
          for (const each of asked) await must(204, by, "DELETE", `/conversations/${body.id}/members/${each.id}`);
          await consumeFanOut({ conversationId: body.id }, env);
        } else refused++;
      }
    }
    expect(refused, log.join("\n")).toBeGreaterThan(0);
    expect(admitted, log.join("\n")).toBeGreaterThan(0);
  },
  60_000,
);
