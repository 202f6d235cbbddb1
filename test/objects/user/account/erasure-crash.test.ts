/** What erasing an account promises whatever step of it dies: it is repeated, does nothing twice, and ends with nothing of the person in any store. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Command } from "../../../../objects/contract/command.ts";
import { faultPoints } from "../../../../objects/shared/archive/fault-points.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { erasedStamp } from "../../../../objects/user/people/people-store.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { consumeArchive } from "../../../../workers/queues/archive.ts";
import {
  directory,
  evict,
  hashOf,
  personOf,
  retryTasks,
  signUp,
  tasksOf,
  type TestAccount,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";
import { archiveOf, lowerMarks } from "../../../rig/objects/archived.ts";
import {
  foundDm,
  foundGroup,
  send,
  sendCommand,
  settleFanOut,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";
import { seeded } from "../../../rig/random.ts";
import { storedEverywhere, storedInBucket } from "../../../rig/objects/stores.ts";

beforeEach(() => {
  lowerMarks();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});

const kinds = ["releaseHandle", "profile", "contact", "eraseFrom"];
/** The steps of an erasure at which it may die. Those of the archive follow where a conversation has one. */
const points = [
  "erasure: the account",
  ...kinds.flatMap((kind) => ["begins", "is answered", "is noted"].map((step) => `task: ${kind} ${step}`)),
  "erasure: before a page",
  "erasure: a page",
  "erasure: after a page",
];
const archivePoints = [
  "before the put",
  "after the put",
  "before the index",
  "after the index",
  "before it reports",
  "noted",
  "before the deletion",
  "deleted",
].map((step) => `archive: ${step}`);

function failAt(reach: (name: string) => void): void {
  faultPoints.reach = reach;
  onTestFinished(() => (faultPoints.reach = undefined));
}

type World = { ana: TestAccount; bo: TestAccount; a: TestPerson; dm: ConversationId; ids: ConversationId[] };

/** Ana has a direct chat, of which `archived` messages were sealed, a group, and a contact. All that she wrote or chose holds "canary". */
async function world(archived: number): Promise<World> {
  const [ana, bo] = [await signUp("anacanary"), await signUp("bo")];
  const [a, b] = [await personOf(ana), await personOf(bo)];
  const [dm, group] = [await foundDm(a, b), await foundGroup(a, [b])];
  const commands = Array.from({ length: archived }, (_, n): Command => sendCommand(`canary ${n}`, `k${n}`));
  for (let from = 0; from < archived; from += 50) {
    await conversationStub(env, dm).submit(a.actor, commands.slice(from, from + 50));
    await send(dm, b, `by bo ${from}`);
  }
  await send(dm, a, "canary", undefined, { mentions: [bo.id] });
  await send(group, a, "canary in the group");
  await send(group, b, "by bo");
  await submit(group, a, { do: "react", seq: 2, emoji: "👍", isOn: true });
  valueOf(await ana.calls.patchSummary(dm, { draft: "draft canary" }));
  valueOf(await bo.calls.putContact(ana.user));
  valueOf(await ana.calls.putContact(bo.user));
  for (const id of [dm, group]) await settleFanOut(id);
  if (archived > 0) {
    await vi.waitFor(
      async () => {
        await consumeArchive({ conversationId: dm }, env);
        expect((await archiveOf(dm)).through).toBeGreaterThan(200);
      },
      { timeout: 20_000, interval: 20 },
    );
    expect(/canary/.test(await storedInBucket(dm))).toBe(true);
  }
  return { ana, bo, a, dm, ids: [dm, group] };
}

/** A machine has died: whatever the objects had in memory is gone. */
async function loseMemory({ ana, bo, ids }: World): Promise<void> {
  for (const id of ids) await evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
  for (const { id } of [ana, bo]) await evict(id).catch(() => undefined);
}

/** Asks for the erasure as a client does, until it is answered. */
async function ask({ ana }: World): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    try {
      const challenge = await ana.calls.challenge(undefined, { deviceId: ana.device });
      if (!challenge.ok) return;
      const attempt = { attemptId: challenge.value.attemptId, hash: hashOf("correct horse") };
      const answer = await ana.calls.erase(ana.device, attempt);
      if (answer.ok || answer.refusal.code === "unauthenticated") return;
    } catch {
      // The answer was lost.
    }
  }
  throw new Error("the erasure does not begin");
}

const work = async ({ dm }: World): Promise<void> =>
  void (await consumeArchive({ conversationId: dm }, env).catch(() => undefined));

async function finish(all: World, afterRound: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  for (let round = 0; (await tasksOf(all.ana)) > 0; round++) {
    if (round === 60) throw new Error("the erasure does not end");
    await retryTasks(all.ana);
    await work(all);
    await afterRound();
  }
}

const rest = async (all: World): Promise<void> => {
  for (const id of all.ids) await settleFanOut(id);
  await work(all);
  // Objects that were replaced are deleted, and those whose put was never reported.
  wind(86_400_000);
  await work(all);
};

/** All rows that say something: times of alarms and tasks change by themselves. */
const stored = async (): Promise<string[]> =>
  (await storedEverywhere())
    .split("\n")
    .filter((row) => !/^\w+ (alarms|tasks|archive) /.test(row))
    .sort();

async function expectErased(all: World): Promise<void> {
  const before = await stored();
  expect(before.filter((row) => /canary/i.test(row)).map((row) => row.slice(0, 120))).toEqual([]);
  expect(
    (await storedInBucket())
      .split("\n")
      .filter((object) => /canary/i.test(object))
      .map((object) => object.slice(0, 60)),
  ).toEqual([]);
  const { head } = valueOf(await conversationStub(env, all.dm).view(all.bo.id));
  // Every step once more changes nothing.
  const { person } = valueOf(await all.ana.calls.relation(all.bo.id));
  for (const id of all.ids)
    for (let next: number | null = 0; next !== null;)
      ({ next } = await conversationStub(env, id).eraseMember(person, next));
  await all.bo.calls.contactedBy(person.user, false, erasedStamp);
  valueOf(await directory.putProfile(person.user, person.changedAt ?? 0));
  valueOf(await directory.releaseHandle(all.ana.handle, all.ana.id));
  await rest(all);
  expect(valueOf(await conversationStub(env, all.dm).view(all.bo.id)).head).toEqual(head);
  expect(await stored()).toEqual(before);
}

test.each(points)("[X10] an erasure that dies at a step, twice, ends as if it had not (%s)", async (point) => {
  const all = await world(0);
  let died = 0;
  failAt((name) => {
    if (name !== point || died === 2) return;
    died++;
    throw new Error(`dies at ${name}`);
  });
  await ask(all);
  await loseMemory(all);
  await finish(all, () => loseMemory(all));
  expect(died).toBe(2);
  await rest(all);
  await expectErased(all);
});

test.each(archivePoints)(
  "[X10] [H6] an erasure of archived words that dies at a step, twice, ends as if it had not (%s)",
  { timeout: 120_000 },
  async (point) => {
    const all = await world(290);
    let died = 0;
    failAt((name) => {
      if (name !== point || died === 2) return;
      died++;
      throw new Error(`dies at ${name}`);
    });
    await ask(all);
    await finish(all);
    for (let n = 0; n < 4; n++) {
      await work(all);
      await loseMemory(all);
    }
    expect(died).toBe(2);
    await rest(all);
    await expectErased(all);
  },
);

test.each([5, Math.floor(Math.random() * 2 ** 31)])(
  "[X10] an erasure that dies at any steps, with all memory lost in between, ends as if it had not (seed %i)",
  { timeout: 90_000 },
  async (seed) => {
    const random = seeded(seed);
    const all = await world(290);
    const died = new Set<string>();
    let badness = 0.25;
    failAt((name) => {
      if (random() >= badness) return;
      died.add(name);
      throw new Error(`dies at ${name}`);
    });
    await ask(all);
    let round = 0;
    await finish(all, async () => {
      if (random() < 0.5) await loseMemory(all);
      if (++round === 12) badness = 0;
    });
    for (let n = 0; n < 6; n++) await work(all);
    badness = 0;
    expect(died.size, `seed ${seed}`).toBeGreaterThan(4);
    await rest(all);
    await expectErased(all);
  },
);
