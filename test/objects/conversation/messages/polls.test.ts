/** What a conversation promises about polls. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { VotersPage } from "../../../../schema/http/conversation/polls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { Conversation } from "../../../../schema/wire/conversation.ts";
import type { Summary, SyncAnswer } from "../../../../schema/wire/inbox.ts";
import type { Ack, Message } from "../../../../schema/wire/message.ts";
import { readMessage } from "../../../../workers/archive/reads.ts";
import { archiveOf, lowerMarks, seal, sql } from "../../../rig/objects/archived.ts";
import { ask, type Caller, caller, fetchOf, must } from "../../../rig/objects/door.ts";
import { checked, linesIn } from "../../../rig/objects/exports.ts";
import {
  codeOf,
  foundGroup,
  send,
  sendCommand,
  settleFanOut,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";
import { seeded } from "../../../rig/random.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
const lunch = { question: "Where do we eat?", options: ["Harbour", "Garden", "At home"] };
const asText = "Where do we eat?\n- Harbour\n- Garden\n- At home";

async function groupOf(by: Caller, others: Caller[], mode: "small" | "large"): Promise<Conversation["id"]> {
  const body = { title: "G", memberIds: others.map(({ id }) => id), mode };
  return (await must<Conversation>(201, by, "POST", "/conversations", body)).id;
}
const askPoll = (by: Caller, id: string, poll: object, clientId: string = crypto.randomUUID()) =>
  must<Ack>(201, by, "POST", `/conversations/${id}/messages`, { clientId, poll });
const vote = (by: Caller, id: string, seq: number, options: number[]) =>
  ask<Message>(by, "PUT", `/conversations/${id}/messages/${seq}/vote`, { options });
const messageOf = (by: Caller, id: string, seq: number) =>
  must<Message>(200, by, "GET", `/conversations/${id}/messages/${seq}`);

async function votersOf(by: Caller, id: string, seq: number, option: number, limit: number): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const path = `/conversations/${id}/messages/${seq}/voters?option=${option}&limit=${limit}${more}`;
    const page: VotersPage = await must(200, by, "GET", path);
    names.push(...page.voters.map((user) => user.id));
    cursor = page.cursor;
  }
  return names;
}

for (const mode of ["small", "large"] as const)
  test(`[S34] a poll in a ${mode} group is a message with a text for older programs, previewed by its question, and its votes are counted`, async () => {
    const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
    const id = await groupOf(ana, [bo, cy], mode);
    const { seq } = await askPoll(ana, id, lunch);
    const asked = await messageOf(bo, id, seq);
    expect(asked).toMatchObject({ text: asText, reactions: [], poll: { question: lunch.question, multiple: false } });
    expect(asked.poll?.options.map(({ text, count }) => [text, count])).toEqual(lunch.options.map((text) => [text, 0]));
    const { rev } = asked;
    expect((await vote(bo, id, seq, [1])).body).toMatchObject({ rev: rev + 1 });
    // Again, and the same choice: no rev. Another one takes the first back, in one rev.
    expect((await vote(bo, id, seq, [1])).body).toMatchObject({ rev: rev + 1 });
    expect((await vote(bo, id, seq, [0])).body).toMatchObject({ rev: rev + 2 });
    await vote(cy, id, seq, [0]);
    await must(200, cy, "PUT", `/conversations/${id}/messages/${seq}/reactions/${encodeURIComponent("#️⃣")}`);
    await evict(id);
    const voted = await messageOf(cy, id, seq);
    expect(voted.reactions).toMatchObject([{ emoji: "#️⃣", count: 1 }]);
    expect(voted.poll?.options.map(({ count }) => count)).toEqual([2, 0, 0]);
    expect(voted.poll?.options[0]?.userIds).toEqual(mode === "small" ? [bo.id, cy.id] : [cy.id, bo.id]);
    for (const limit of [1, 2, 50]) expect(await votersOf(ana, id, seq, 0, limit)).toEqual([bo.id, cy.id]);
    expect(await votersOf(ana, id, seq, 1, 50)).toEqual([]);
    await settleFanOut(id);
    const { conversations } = await must<SyncAnswer>(200, bo, "GET", "/sync");
    const rows = await must<{ conversations: Summary[] }>(200, bo, "GET", "/conversations");
    const row = [...rows.conversations, ...conversations].find(({ conversationId }) => conversationId === id);
    expect(row?.lastMessage?.preview).toBe("📊 Where do we eat?");
    const found = await must<{ hits: { message: Message }[] }>(200, bo, "GET", "/search?q=eat");
    expect(found.hits.map(({ message }) => message.seq)).toEqual([seq]);
    const headers = { authorization: `Bearer ${bo.session.accessToken}` };
    const text = await (
      await fetchOf(new Request(`https://parley.test/v1/conversations/${id}/export`, { headers }))
    ).text();
    expect(checked(text)).toMatchObject({ isWhole: true, texts: { intact: 1 } });
    expect(linesIn(text).find((line) => line["seq"] === seq)).toMatchObject({ poll: { question: lunch.question } });
  });

test("[S34] a poll cannot be edited, is closed by its author alone and for good, and unsent with its votes", async () => {
  const [ana, bo, cy] = [await caller("ana"), await caller("bo"), await caller("cy")];
  const id = await groupOf(ana, [bo], "small");
  const { seq } = await askPoll(bo, id, { ...lunch, multiple: true });
  const at = `/conversations/${id}/messages/${seq}`;
  const status = async (by: Caller, method: string, path: string, body?: unknown) =>
    (await ask(by, method, path, body)).status;
  for (const options of [[3], [0, 0], [-1], ["0"], [12]])
    expect(await status(ana, "PUT", `${at}/vote`, { options })).toBe(400);
  expect((await vote(ana, id, seq, [0, 2])).status).toBe(200);
  expect(await status(cy, "PUT", `${at}/vote`, { options: [0] })).toBe(404);
  expect(await status(cy, "GET", `${at}/voters?option=0`)).toBe(404);
  expect(await status(bo, "PATCH", at, { text: "other" })).toBe(409);
  expect(await status(ana, "PUT", `${at}/closed`)).toBe(403);
  const closed = await must<Message>(200, bo, "PUT", `${at}/closed`);
  expect(closed.poll?.closedAt).toBeTypeOf("number");
  expect((await must<Message>(200, bo, "PUT", `${at}/closed`)).rev).toBe(closed.rev);
  expect((await vote(ana, id, seq, [1])).status).toBe(409);
  expect((await vote(ana, id, seq, [])).status).toBe(409);
  // What was chosen already may be said again: the answer was lost.
  expect((await vote(ana, id, seq, [2, 0])).status).toBe(200);
  const unsent = await must<Message>(200, bo, "DELETE", at);
  expect(unsent).toMatchObject({ text: "", reactions: [] });
  expect(unsent.poll).toBe(undefined);
  expect((await vote(ana, id, seq, [1])).status).toBe(409);
  expect(await sql(id, "SELECT seq FROM messages WHERE poll IS NOT NULL OR reactions IS NOT NULL")).toEqual([]);
  await send(id, ana, "no poll");
  expect(await status(ana, "PUT", `/conversations/${id}/messages/${seq + 1}/vote`, { options: [0] })).toBe(400);
});

test("[S34] what is no poll is refused, and a repeat gets the first ack", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await groupOf(ana, [bo], "small");
  const post = (body: object) => ask<Ack>(ana, "POST", `/conversations/${id}/messages`, { clientId: "c1", ...body });
  const options = ["a", "b"];
  for (const poll of [
    { question: " ", options },
    { question: "q", options: ["a"] },
    { question: "q", options: ["a", "a "] },
    { question: "q", options: ["a", "b\nc"] },
    { question: "q" },
  ])
    expect((await post({ poll })).status).toBe(400);
  for (const poll of [
    { question: "q", options: Array.from({ length: 13 }, (_, n) => `o${n}`) },
    { question: "q".repeat(301), options },
    { question: "q", options: ["a", "b".repeat(101)] },
  ])
    expect((await post({ poll })).status).toBe(413);
  expect((await post({ text: "t", poll: { question: "q", options } })).status).toBe(400);
  const first = await post({ poll: { question: "q", options } });
  expect(first.status).toBe(201);
  expect(await post({ poll: { question: "q", options } })).toEqual({
    status: 200,
    body: { ...first.body, duplicate: true },
  });
  expect((await post({ poll: { question: "q", options: ["a", "c"] } })).status).toBe(409);
  expect((await post({ text: "q\n- a\n- c" })).status).toBe(409);
});

test("[S35] a poll in the archive is voted on and closed, and comes out of it whole", async () => {
  lowerMarks();
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const poll = { ...lunch, multiple: true };
  const sent = await submit(id, ana, { ...sendCommand("", "poll"), poll } as never);
  expect(codeOf(sent)).toBe("ok");
  await submit(id, bo, { do: "vote", seq: 1, options: [1] });
  for (let n = 0; n < 300; n++) await send(id, ana, `text ${n}`);
  await seal(id);
  expect((await archiveOf(id)).through).toBeGreaterThan(0);
  const read = async (by: TestPerson) => {
    const answer = await readMessage(env, id, by.userId, 1);
    if (!answer.ok) throw new Error(answer.refusal.code);
    return JSON.parse(answer.value) as Message;
  };
  expect((await read(ana)).poll?.options.map(({ userIds }) => userIds)).toEqual([[], [bo.userId], []]);
  expect(codeOf(await submit(id, ana, { do: "vote", seq: 1, options: [0, 1] }))).toBe("ok");
  expect(codeOf(await submit(id, bo, { do: "vote", seq: 1, options: [] }))).toBe("ok");
  expect(codeOf(await submit(id, ana, { do: "close poll", seq: 1 }))).toBe("ok");
  const after = await read(bo);
  expect(after.poll?.options.map(({ userIds }) => userIds)).toEqual([[ana.userId], [ana.userId], []]);
  expect(after.poll?.closedAt).toBeTypeOf("number");
  expect(after.text).toBe(asText);
});

const seed = Math.floor(Math.random() * 2 ** 31);
for (const mode of ["small", "large"] as const)
  test(`[S35] after any run of votes, reactions and evictions the counts of a ${mode} group are those of a model (seed ${seed})`, async () => {
    const random = seeded(seed);
    const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
    const people = [await caller("ana"), await caller("bo"), await caller("cy")];
    const [ana] = people as [Caller, ...Caller[]];
    const id = await groupOf(ana, people.slice(1), mode);
    const multiple = random() < 0.5;
    const { seq } = await askPoll(ana, id, { ...lunch, multiple });
    const model = new Map<string, number[]>();
    let { rev } = await messageOf(ana, id, seq);
    for (let step = 0; step < 30; step++) {
      const by = people[int(0, 2)] ?? ana;
      const wanted = [0, 1, 2].filter(() => random() < 0.4).slice(0, multiple ? 3 : 1);
      const isSame = wanted.join() === (model.get(by.id) ?? []).join();
      const answer = await vote(by, id, seq, wanted.toReversed());
      model.set(by.id, wanted);
      if (!isSame) rev++;
      expect([answer.status, answer.body.rev]).toEqual([200, rev]);
      if (random() < 0.2) await evict(id);
      for (const reader of people) {
        const { poll } = await messageOf(reader, id, seq);
        for (const option of [0, 1, 2]) {
          const voters = people.filter((each) => model.get(each.id)?.includes(option)).map((each) => each.id);
          const shown = poll?.options[option];
          expect(shown?.count).toBe(voters.length);
          expect(shown?.userIds.toSorted()).toEqual(voters.toSorted());
        }
      }
    }
  });
