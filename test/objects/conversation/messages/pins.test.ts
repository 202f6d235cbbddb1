/** What a conversation promises about pinned messages. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import type { PinsPage } from "../../../../schema/http/conversation/marks.ts";
import type { ChangesPage } from "../../../../schema/http/conversation/messages.ts";
import { limits } from "../../../../schema/limits.ts";
import { pinsOf } from "../../../../workers/search/pins.ts";
import { readChanges } from "../../../../workers/archive/reads.ts";
import { lowerMarks, seal } from "../../../rig/objects/archived.ts";
import { codeOf, foundDm, foundGroup, send, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { seeded } from "../../../rig/random.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
const pin = (id: ConversationId, by: TestPerson, seq: number, isOn = true) => submit(id, by, { do: "pin", seq, isOn });

async function pinsPage(id: ConversationId, by: TestPerson, query: object = {}): Promise<PinsPage> {
  const answer = await pinsOf(env, by.userId, id, { limit: 100, ...query });
  if (!answer.ok) throw new Error(answer.refusal.code);
  return answer.value;
}
const seqsSeen = async (id: ConversationId, by: TestPerson) => (await pinsPage(id, by)).pins.map(({ seq }) => seq);

async function changesOf(id: ConversationId, by: TestPerson, rev: number, limit = 200): Promise<ChangesPage> {
  const answer = await readChanges(env, id, by.userId, { rev, limit });
  if (!answer.ok) throw new Error(answer.refusal.code);
  return JSON.parse(answer.value) as ChangesPage;
}

async function pinnedIn(id: ConversationId, by: TestPerson): Promise<readonly number[]> {
  const view = await conversationStub(env, id).view(by.userId);
  return view.ok ? (view.value.pinned ?? []) : [];
}

test("[S32] a pin takes one rev and a notice, all see it, also after eviction, and a repeat takes nothing", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  for (const text of ["one", "two", "three"]) await send(id, ana, text);
  expect(await pin(id, bo, 1)).toMatchObject({ ok: true, rev: 5 });
  await evict(id);
  expect(await pin(id, ana, 1)).toMatchObject({ ok: true, rev: 5 });
  expect(await pin(id, ana, 3)).toMatchObject({ ok: true, rev: 6 });
  await evict(id);
  const { pins, cursor } = await pinsPage(id, ana);
  expect(pins).toMatchObject([
    { seq: 3, by: ana.userId, message: { text: "three" } },
    { seq: 1, by: bo.userId, message: { text: "one" } },
  ]);
  expect(cursor).toBe(null);
  expect(await pinnedIn(id, bo)).toEqual([3, 1]);
  expect(await pin(id, bo, 3, false)).toMatchObject({ ok: true, rev: 7 });
  expect(await pin(id, bo, 3, false)).toMatchObject({ ok: true, rev: 7 });
  const { notices, conversation, messages } = await changesOf(id, ana, 4);
  expect(notices).toMatchObject([
    { kind: "pinned", seq: 1, by: bo.userId, rev: 5, afterSeq: 3 },
    { kind: "pinned", seq: 3, by: ana.userId, rev: 6 },
    { kind: "unpinned", seq: 3, by: bo.userId, rev: 7 },
  ]);
  expect(messages).toEqual([]);
  expect(conversation?.pinned).toEqual([1]);
});

test("[S32] a page of pins goes on at its cursor, also where its last pin was taken away", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  for (let i = 0; i < 5; i++) await send(id, ana, `m${i}`);
  for (let seq = 1; seq <= 5; seq++) await pin(id, ana, seq);
  const first = await pinsPage(id, bo, { limit: 2 });
  expect(first.pins.map(({ seq }) => seq)).toEqual([5, 4]);
  await pin(id, ana, 4, false);
  const rest = await pinsPage(id, bo, { limit: 3, cursor: first.cursor });
  expect(rest.pins.map(({ seq }) => seq)).toEqual([3, 2, 1]);
  expect(rest.cursor).toBe(null);
  expect(await pinsOf(env, bo.userId, id, { limit: 3, cursor: "x" })).toMatchObject({
    refusal: { code: "bad_request" },
  });
});

test("[S32] who may pin: with policy.edit admin only admins; nobody pins across a block, what they cannot see, or what is unsent", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const group = await foundGroup(ana, [bo], { edit: "admin", history: "joined" });
  await send(group, ana, "one");
  await send(group, ana, "two");
  expect(codeOf(await pin(group, bo, 1))).toBe("forbidden");
  expect(codeOf(await pin(group, ana, 1))).toBe("ok");
  expect(codeOf(await pin(group, bo, 1, false))).toBe("forbidden");
  expect(codeOf(await pin(group, cy, 1))).toBe("not_found");
  expect(codeOf(await pin(group, ana, 9))).toBe("not_found");
  await submit(group, ana, { do: "unsend", seq: 2 });
  expect(codeOf(await pin(group, ana, 2))).toBe("conflict");
  expect(codeOf(await pin(group, ana, 2, false))).toBe("ok");
  await conversationStub(env, group).putMember(ana.userId, cy.userId, "admin", cy.person);
  expect(codeOf(await pin(group, cy, 1, false))).toBe("not_found");
  expect(await seqsSeen(group, cy)).toEqual([]);
  expect(await seqsSeen(group, bo)).toEqual([1]);
  await conversationStub(env, group).removeMember(ana.userId, bo.userId);
  await expect(pinsPage(group, bo)).rejects.toThrow("not_found");

  const dm = await foundDm(ana, bo);
  await send(dm, ana, "one");
  await conversationStub(env, dm).personChanged({ ...bo.person, blocks: [ana.userId] });
  expect(codeOf(await pin(dm, ana, 1))).toBe("forbidden");
  expect(codeOf(await pin(dm, bo, 1))).toBe("forbidden");
});

test("[S32] a conversation has at most 50 pins", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const texts = Array.from({ length: limits.pinsPerConversationMax + 1 }, (_, i) => `m${i}`);
  for (const text of texts) await send(id, ana, text);
  for (let seq = 1; seq <= limits.pinsPerConversationMax; seq++) expect(codeOf(await pin(id, ana, seq))).toBe("ok");
  expect(codeOf(await pin(id, ana, texts.length))).toBe("conflict");
  expect(codeOf(await pin(id, ana, 7))).toBe("ok");
  await pin(id, ana, 7, false);
  expect(codeOf(await pin(id, ana, texts.length))).toBe("ok");
});

test(
  "[S32] an archived message is pinned and stays in the archive; an unsend or an erasure takes pins away",
  { timeout: 120_000 },
  async () => {
    lowerMarks();
    const [ana, bo] = [somebody("ana"), somebody("bo")];
    const id = await foundGroup(ana, [bo]);
    for (let i = 0; i < 150; i++) await send(id, i % 2 === 0 ? ana : bo, `m${i}`);
    await seal(id);
    expect(codeOf(await pin(id, bo, 3))).toBe("ok");
    expect(codeOf(await pin(id, bo, 4))).toBe("ok");
    expect(codeOf(await pin(id, bo, 149))).toBe("ok");
    await evict(id);
    expect((await pinsPage(id, ana)).pins.map(({ seq, message }) => [seq, message.text])).toEqual([
      [149, "m148"],
      [4, "m3"],
      [3, "m2"],
    ]);
    const { head } = await changesOf(id, ana, 0);
    await submit(id, ana, { do: "unsend", seq: 3 });
    const after = await changesOf(id, bo, head.rev);
    expect(after.notices).toEqual([]);
    expect(after.messages.map(({ seq }) => seq)).toEqual([3]);
    expect(after.conversation?.pinned).toEqual([149, 4]);
    const erased = { ...bo.person, user: { ...bo.person.user, handle: null, name: "", deleted: true } };
    for (let next: number | null = 0; next !== null;)
      ({ next } = await conversationStub(env, id).eraseMember(erased as typeof bo.person, next));
    expect(await pinnedIn(id, ana)).toEqual([149]);
  },
);

test.each([1, Math.floor(Math.random() * 2 ** 31)])(
  "[S32] whatever happened, the pins that follow from the changes are those that a fresh read answers (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    const below = (n: number) => Math.floor(random() * n);
    const people = [somebody("ana"), somebody("bo"), somebody("cy")];
    const [ana, bo, cy] = people as [TestPerson, TestPerson, TestPerson];
    const id = await foundGroup(ana, [bo, cy]);
    let pinned: readonly number[] = [];
    let rev = 1;
    let head = 0;
    for (let step = 0; step < 80; step++) {
      const by = people[below(3)] ?? ana;
      const luck = random();
      if (head === 0 || luck < 0.3) head = (await send(id, by, `m${step}`)).seq;
      else if (luck < 0.6) await pin(id, by, 1 + below(head));
      else if (luck < 0.75) await pin(id, by, 1 + below(head), false);
      else if (luck < 0.9) await submit(id, by, { do: "unsend", seq: 1 + below(head) });
      else await conversationStub(env, id).patch(ana.userId, { title: `t${step}` });
      if (random() < 0.15) await evict(id);
      if (random() < 0.6) continue;
      for (let more = true; more;) {
        const page = await changesOf(id, bo, rev, 1 + below(5));
        if (page.conversation !== undefined) pinned = page.conversation.pinned ?? [];
        ({ rev, more } = page);
      }
      expect(pinned, `seed ${seed} step ${step}`).toEqual(await pinnedIn(id, bo));
      expect(new Set(pinned), `seed ${seed} step ${step}`).toEqual(new Set(await seqsSeen(id, bo)));
    }
  },
);
