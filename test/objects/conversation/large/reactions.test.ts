/** Reactions in a large group: numbers that are exact, some names of which the reader's own is the first, and floods that reach live sockets gathered. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import type { Message } from "../../../../schema/wire/message.ts";
import { readOwnWords } from "../../../../workers/archive/read-exports.ts";
import { readChanges, readMessage, readPage } from "../../../../workers/archive/reads.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { lowerMarks, seal } from "../../../rig/objects/archived.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";
import { foundGroup, send, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";
import { seeded } from "../../../rig/random.ts";

openLargeGroups({ callsInboxes: false });

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const evict = (id: ConversationId) => evictDurableObject(objectOf(id)).catch(() => undefined);
const stubOf = (id: ConversationId) => conversationStub(env, id);

/** A large group of so many, one message in it, and of three who reacted while it was small. */
async function grown(
  count: number,
): Promise<{ id: ConversationId; people: TestPerson[]; at: (n: number) => TestPerson }> {
  const people = Array.from({ length: count }, (_, n) => somebody(`p${n}`));
  const at = (n: number): TestPerson => people[n] ?? somebody("none");
  const id = await foundGroup(at(0), [at(1), at(2)]);
  await send(id, at(0), "react to this");
  for (const n of [0, 1, 2]) await react(id, at(n), "👍");
  await stubOf(id).addMembers(
    at(0).userId,
    people.slice(3).map(({ person }) => person),
    [],
  );
  return { id, people, at };
}

const react = (id: ConversationId, by: TestPerson, emoji: string, isOn = true) =>
  submit(id, by, { do: "react", seq: 1, emoji, isOn });

async function messageFor(id: ConversationId, reader: TestPerson): Promise<Message> {
  const read = await stubOf(id).message(reader.userId, 1);
  if (!read.ok || typeof read.value !== "string") throw new Error("no message");
  return JSON.parse(read.value) as Message;
}

const rows = (id: ConversationId, table: string) =>
  runInDurableObject(objectOf(id), (_object, { storage: { sql } }) => sql.exec(`SELECT * FROM ${table}`).toArray());
const liveOf = (id: ConversationId, by: TestPerson): Promise<TestSocket> => socketOf(stubOf(id), "/live", by.actor);

const seeds = [1, 2, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)(
  "[M30] each reader gets exact numbers, at most 20 names, and their own first (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    const { id, people, at } = await grown(30);
    const emojis = ["👍", "🎉"];
    const model = new Map<string, Set<UserId>>([["👍", new Set([0, 1, 2].map((n) => at(n).userId))]]);
    for (let step = 0; step < 140; step++) {
      const by = at(Math.floor(random() * people.length));
      const emoji = emojis[Math.floor(random() * 2)] ?? "👍";
      const isOn = random() < 0.7;
      expect(await react(id, by, emoji, isOn)).toMatchObject({ ok: true });
      const chosen = model.get(emoji) ?? new Set();
      if (isOn) chosen.add(by.userId);
      else chosen.delete(by.userId);
      model.set(emoji, chosen);
      if (step % 40 === 39) await evict(id);
      if (step % 10 !== 9) continue;
      for (const reader of [at(0), at(12), at(29)]) {
        const { reactions } = await messageFor(id, reader);
        expect(
          new Map(reactions.map(({ emoji: shown, count }) => [shown, count])),
          `seed ${seed}, step ${step}`,
        ).toEqual(new Map([...model].filter(([, all]) => all.size > 0).map(([shown, all]) => [shown, all.size])));
        for (const { emoji: shown, count, userIds } of reactions) {
          expect(userIds).toHaveLength(Math.min(count, largeGroups.reactionUserIdsMax));
          expect(new Set(userIds).size).toBe(userIds.length);
          expect(userIds.every((userId) => model.get(shown)?.has(userId))).toBe(true);
          if (model.get(shown)?.has(reader.userId) === true) expect(userIds[0]).toBe(reader.userId);
        }
      }
    }
    // The same reaction again takes no rev.
    const head = await stubOf(id).view(at(0).userId);
    const [first = at(0)] = people.filter(({ userId }) => model.get("👍")?.has(userId));
    await react(id, first, "👍");
    expect(await stubOf(id).view(at(0).userId)).toEqual(head);
    await submit(id, at(0), { do: "unsend", seq: 1 });
    expect(await rows(id, "large_reactions")).toEqual([]);
  },
);

/** Lets reactions wait for so long, so that a busy machine does not end the wait. */
function gatherFor(ms: number): void {
  const { reactionsPaceMs } = largeGroups;
  Object.assign(largeGroups, { reactionsPaceMs: ms });
  onTestFinished(() => void Object.assign(largeGroups, { reactionsPaceMs }));
}

test("[M30] a flood of reactions reaches live sockets as one change a second, with what comes in between in the order of revs", async () => {
  const { id, people, at } = await grown(40);
  const socket = await liveOf(id, at(5));
  await socket.next(({ type }) => type === "hello");
  await react(id, at(3), "🎉");
  const single = await socket.next(({ type }) => type === "change");
  expect(single).toMatchObject({ by: at(3).userId, emoji: "🎉", on: true, messages: [{ seq: 1 }] });
  const from = Date.now();
  await Promise.all(people.slice(4, 30).map((by) => react(id, by, "🎉")));
  await send(id, at(1), "in between");
  await Promise.all(people.slice(30).map((by) => react(id, by, "🎉")));
  await expect
    .poll(() => (socket.frames.at(-1)?.["messages"] as Message[] | undefined)?.[0]?.reactions[1]?.count, {
      timeout: 5_000,
    })
    .toBe(37);
  const changes = socket.frames.filter(({ type }) => type === "change");
  expect(changes.length).toBeLessThanOrEqual(5 + (Date.now() - from) / largeGroups.reactionsPaceMs);
  let rev = Number(single["rev"]) - 1;
  for (const frame of socket.frames.slice(1)) {
    const own = Number(frame.type === "message" ? (frame["message"] as Message).rev : frame["rev"]);
    expect(own).toBeGreaterThan(rev);
    // Nothing looks as if it had been missed.
    expect(Number(frame["since"] ?? own - 1)).toBe(rev);
    rev = own;
  }
  const view = await stubOf(id).view(at(1).userId);
  expect(view.ok && view.value.head.rev).toBe(rev);
  expect(await socket.pong()).toBe(`pong:${rev}`);
  for (const frame of changes.slice(1))
    if (Number(frame["rev"]) - Number(frame["since"] ?? 0) > 1) expect(frame["by"]).toBeUndefined();
});

test("[M30] a socket that opens while reactions wait gets each change once, and nothing older than its hello", async () => {
  const { id, at } = await grown(8);
  gatherFor(3_000);
  const first = await liveOf(id, at(5));
  await first.next(({ type }) => type === "hello");
  await react(id, at(3), "🎉");
  await first.next(({ type }) => type === "change");
  for (const n of [4, 5, 6]) await react(id, at(n), "🎉");
  const late = await liveOf(id, at(6));
  const hello = await late.next(({ type }) => type === "hello");
  const head = (hello["head"] as { rev: number }).rev;
  await react(id, at(7), "🎉");
  await late.next(({ type }) => type === "change");
  await new Promise((resolve) => setTimeout(resolve, largeGroups.reactionsPaceMs + 200));
  const revsOf = (socket: TestSocket) => socket.frames.flatMap(({ type, rev }) => (type === "change" ? [rev] : []));
  expect(revsOf(late)).toEqual([head + 1]);
  await expect.poll(() => revsOf(first)).toEqual([head - 3, head, head + 1]);
});

test("[M30] a text that was unsent is not in reactions that waited, and they still say which revs they gather", async () => {
  const { id, at } = await grown(6);
  gatherFor(20_000);
  const socket = await liveOf(id, at(5));
  await react(id, at(3), "🎉");
  await socket.next(({ type }) => type === "change");
  const seen = socket.texts.length;
  await react(id, at(4), "🎉");
  await react(id, at(1), "🎉");
  await submit(id, at(0), { do: "unsend", seq: 1 });
  await expect.poll(() => socket.frames.filter(({ type }) => type === "change").length).toBe(3);
  expect(socket.texts.slice(seen).join()).not.toContain("react to this");
  const [first, gathered, unsent] = socket.frames.filter(({ type }) => type === "change");
  const rev = Number(first?.["rev"]);
  expect(gathered).toMatchObject({ since: rev, rev: rev + 2 });
  expect(unsent).toMatchObject({ rev: rev + 3 });
  expect(unsent?.["since"]).toBeUndefined();
});

test("[M30] [X10] a member who erases their account is in no reaction any more, named or not, and their own export has every reaction", async () => {
  const { id, people, at } = await grown(30);
  for (const by of people.slice(3)) await react(id, by, "👍");
  const gone = at(29);
  expect((await messageFor(id, at(0))).reactions[0]?.userIds).not.toContain(gone.userId);
  const own = await stubOf(id).ownWords(gone.userId, 0);
  expect(JSON.stringify(own)).toContain("👍");
  const left = { ...gone.person, user: { ...gone.person.user, handle: null, name: "", deleted: true as const } };
  expect(await stubOf(id).eraseMember(left, 0)).toEqual({ next: null });
  expect((await messageFor(id, at(0))).reactions).toMatchObject([{ emoji: "👍", count: 29 }]);
  expect((await rows(id, "large_reactions")).some((row) => row["user_id"] === gone.userId)).toBe(false);
});

test("[M30] [M21] a message that names more people than a large group shows is cut when its group grows, and loses nobody", async () => {
  const people = Array.from({ length: 26 }, (_, n) => somebody(`s${n}`));
  const [owner = somebody("none"), ...others] = people;
  const id = await foundGroup(owner, others.slice(0, 24));
  await send(id, owner, "react to this");
  for (const by of people.slice(0, 25)) await react(id, by, "👍");
  await stubOf(id).addMembers(
    owner.userId,
    people.slice(25).map(({ person }) => person),
    [],
  );
  const late = people[24] ?? owner;
  const { reactions } = await messageFor(id, late);
  expect(reactions).toMatchObject([{ emoji: "👍", count: 25 }]);
  expect(reactions[0]?.userIds).toHaveLength(largeGroups.reactionUserIdsMax);
  expect(reactions[0]?.userIds[0]).toBe(late.userId);
  expect(await react(id, late, "👍", false)).toMatchObject({ ok: true });
  expect((await messageFor(id, owner)).reactions).toMatchObject([{ emoji: "👍", count: 24 }]);
});

test("[M30] [X10] in the archive, too, each reader gets 20 names and their own first, and has all their reactions in their own export", async () => {
  lowerMarks();
  const { id, people, at } = await grown(30);
  for (const by of people.slice(3)) await react(id, by, "👍");
  for (let n = 0; n < 300; n += 50)
    await stubOf(id).submit(
      at(0).actor,
      Array.from({ length: 50 }, (_, i) => sendCommand(`later ${n + i}`, `k${n + i}`)),
    );
  await seal(id);
  expect((await rows(id, "messages")).some((row) => row["seq"] === 1)).toBe(false);
  const late = at(29);
  const shown = async (): Promise<Message[]> => {
    const page = valueOf(await readPage(env, id, late.userId, { around: 1, limit: 10 }));
    const changes = valueOf(await readChanges(env, id, late.userId, { rev: 0, limit: 60 }));
    const one = valueOf(await readMessage(env, id, late.userId, 1));
    const listed = [page, changes].flatMap((text) => (JSON.parse(text) as { messages: Message[] }).messages);
    return [...listed, JSON.parse(one) as Message].filter(({ seq }) => seq === 1);
  };
  for (const { reactions } of await shown()) {
    expect(reactions).toMatchObject([{ emoji: "👍", count: 30 }]);
    expect(reactions[0]?.userIds).toHaveLength(largeGroups.reactionUserIdsMax);
    expect(reactions[0]?.userIds[0]).toBe(late.userId);
  }
  expect(await shown()).toHaveLength(3);
  expect(valueOf(await readOwnWords(env, id, late.userId, 0)).lines).toContain("👍");
  // Nobody reacts twice, and who takes it back is gone from the number.
  expect(await react(id, late, "👍")).toMatchObject({ ok: true });
  expect(await react(id, late, "👍", false)).toMatchObject({ ok: true });
  expect((await shown())[0]?.reactions).toMatchObject([{ count: 29 }]);
});
