/** What a conversation promises about notices of members, about who may write, and about the list of members. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { limits } from "../../../../schema/limits.ts";
import { notice } from "../../../../schema/wire/message.ts";
import { exportOf, linesIn } from "../../../rig/objects/exports.ts";
import { changesOf, exec, pageOf } from "../../../rig/objects/conversation-pages.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  sendCommand,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
const crowd = (count: number): TestPerson[] => Array.from({ length: count }, (_, n) => somebody(`p${n}`));
const noticesOf = async (id: ConversationId, by: TestPerson) => (await changesOf(id, by, 0)).notices;

test("[M18] one call adds many people with one rev and one notice, which names twenty of them and says how many there are", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  const people = crowd(30);
  const added = await stub.addMembers(
    ana.userId,
    [...people, bo].map(({ person }) => person),
    [],
  );
  expect(added).toEqual({ ok: true, value: people.map(({ userId }) => userId) });
  await evict(id);
  const [created, joined] = await noticesOf(id, bo);
  expect(created).toMatchObject({ kind: "conversation_created", count: 2 });
  expect(created).not.toHaveProperty("memberIds");
  const named = people.slice(0, limits.noticeUserIdsMax).map(({ userId }) => userId);
  expect(joined).toMatchObject({ rev: 2, kind: "member_added", userIds: named, count: 30, role: "member" });
  expect(joined).not.toHaveProperty("userId");
  const view = await stub.view(people[29]?.userId ?? bo.userId);
  expect(view).toMatchObject({ ok: true, value: { memberCount: 32, head: { rev: 2 }, me: { role: "member" } } });
  // A repeat finds nobody to add and takes no rev; so many that there is no room for all of them add nobody.
  expect(
    await stub.addMembers(
      bo.userId,
      people.map(({ person }) => person),
      [],
    ),
  ).toEqual({ ok: true, value: [] });
  Object.assign(largeMarks, { largeGroupMembersMax: 40 });
  onTestFinished(() => void Object.assign(largeMarks, { largeGroupMembersMax: limits.largeGroupMembersMax }));
  const many = crowd(9).map(({ person }) => person);
  expect(codeOf(await stub.addMembers(ana.userId, many, []))).toBe("too_large");
  expect(
    codeOf(
      await stub.newcomers(
        ana.userId,
        many.map(({ user }) => user.id),
      ),
    ),
  ).toBe("too_large");
  expect((await changesOf(id, ana, 2)).notices).toEqual([]);
  expect(codeOf(await stub.addMembers(ana.userId, many.slice(1), []))).toBe("ok");
});

test("[M2] [M3] many are added by members whom the policy allows it, and in a direct chat by nobody", async () => {
  const [ana, bo, eve, di] = [somebody("ana"), somebody("bo"), somebody("eve"), somebody("di")];
  const stub = conversationStub(env, await foundGroup(ana, [bo], { add: "admin" }));
  const both = async (by: TestPerson, whom: TestPerson) => [
    codeOf(await stub.newcomers(by.userId, [whom.userId])),
    codeOf(await stub.addMembers(by.userId, [whom.person], [])),
  ];
  expect(await both(eve, di)).toEqual(["not_found", "not_found"]);
  expect(await both(eve, bo)).toEqual(["not_found", "not_found"]);
  expect(await both(bo, di)).toEqual(["forbidden", "forbidden"]);
  expect(await both(bo, ana)).toEqual(["ok", "ok"]);
  expect(await both(ana, di)).toEqual(["ok", "ok"]);
  const dm = conversationStub(env, await foundDm(ana, bo));
  for (const whom of [di, bo]) {
    expect(codeOf(await dm.newcomers(ana.userId, [whom.userId]))).toBe("forbidden");
    expect(codeOf(await dm.addMembers(ana.userId, [whom.person], []))).toBe("forbidden");
  }
});

test("[M18] [M5] leaving, removal, roles and the succession of an owner name whom they are about", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  const stub = conversationStub(env, id);
  await stub.putMember(ana.userId, bo.userId, "admin", null);
  await stub.removeMember(bo.userId, cy.userId);
  await stub.removeMember(ana.userId, ana.userId);
  const one = (person: TestPerson) => ({ userIds: [person.userId], count: 1 });
  expect((await noticesOf(id, bo)).slice(1)).toMatchObject([
    { kind: "role_changed", by: ana.userId, ...one(bo), role: "admin" },
    { kind: "member_removed", by: bo.userId, ...one(cy) },
    { kind: "member_left", by: ana.userId, ...one(ana) },
    { kind: "role_changed", by: ana.userId, ...one(bo), role: "owner" },
  ]);
});

test("[M19] notices and policies of an earlier version are read in today's form by pages, changes, exports and after waking", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  await send(id, ana, "one");
  const base = { conversationId: id, afterSeq: 1, at: 1, by: ana.userId };
  const stored = [
    { rev: 3, ...base, kind: "member_removed", userId: cy.userId },
    { rev: 4, ...base, kind: "role_changed", userId: bo.userId, role: "admin" },
    { rev: 5, ...base, kind: "policy_changed", policy: { add: "admin", edit: "member", history: "all" } },
    { rev: 6, ...base, kind: "title_changed", title: '{"userId":1,"policy":{}}' },
  ];
  const created = { rev: 1, ...base, afterSeq: 0, kind: "conversation_created", title: "Group", memberIds: [1, 2, 3] };
  await exec(id, "UPDATE changes SET notice = ? WHERE rev = 1", JSON.stringify(created));
  for (const each of stored)
    await exec(id, "INSERT INTO changes (rev, at, notice) VALUES (?, 1, ?)", each.rev, JSON.stringify(each));
  await exec(id, `UPDATE conversation SET policy = '{"add":"admin","edit":"member","history":"all"}'`);
  await evict(id);
  const expected = [
    { kind: "conversation_created", title: "Group", count: 3 },
    { kind: "member_removed", userIds: [cy.userId], count: 1 },
    { kind: "role_changed", userIds: [bo.userId], count: 1, role: "admin" },
    { kind: "policy_changed", policy: { add: "admin", edit: "member", write: "member", history: "all" } },
    { kind: "title_changed", title: '{"userId":1,"policy":{}}' },
  ];
  const lines = linesIn((await exportOf(id, ana.userId))?.text ?? "");
  const exported = lines.filter(({ type }) => type === "notice");
  for (const read of [(await pageOf(id, bo)).notices, await noticesOf(id, bo), exported]) {
    expect(read).toMatchObject(expected);
    for (const each of read) {
      expect(notice.safeParse(each).success).toBe(true);
      expect(Object.keys(each).filter((name) => name === "userId" || name === "memberIds")).toEqual([]);
    }
  }
  const view = await conversationStub(env, id).view(bo.userId);
  expect(view).toMatchObject({ ok: true, value: { policy: { add: "admin", write: "member" } } });
  // Another right changes, and the one to write stays; the meters read the old notices, too.
  expect(codeOf(await conversationStub(env, id).patch(ana.userId, { policy: { write: "admin" } }))).toBe("ok");
  expect(codeOf(await conversationStub(env, id).patch(ana.userId, { policy: { add: "member" } }))).toBe("ok");
  const after = await conversationStub(env, id).view(bo.userId);
  expect(after).toMatchObject({ ok: true, value: { policy: { add: "member", write: "admin" } } });
});

test("[M17] where only admins write others are refused, repeats are answered, and what was sent can be changed", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy], { write: "admin" });
  const stub = conversationStub(env, id);
  await stub.putMember(ana.userId, bo.userId, "admin", null);
  await send(id, bo, "from an admin", "k1");
  await stub.patch(ana.userId, { policy: { write: "member" } });
  const acked = await send(id, cy, "from a member", "k2");
  await stub.patch(ana.userId, { policy: { write: "admin" } });
  await evict(id);
  expect(codeOf(await submit(id, cy, sendCommand("more", "k3")))).toBe("forbidden");
  expect(await submit(id, cy, sendCommand("from a member", "k2"))).toEqual({
    ok: true,
    did: "send",
    ack: { ...acked, duplicate: true },
  });
  expect(codeOf(await submit(id, cy, sendCommand("another body", "k2")))).toBe("client_id_reused");
  expect(codeOf(await submit(id, cy, { do: "edit", seq: 2, text: "edited", mentions: null }))).toBe("ok");
  expect(codeOf(await submit(id, cy, { do: "react", seq: 1, emoji: "👍", isOn: true }))).toBe("ok");
  expect(codeOf(await submit(id, cy, { do: "unsend", seq: 2 }))).toBe("ok");
  expect(codeOf(await submit(id, bo, sendCommand("still an admin", "k4")))).toBe("ok");
  await stub.putMember(ana.userId, bo.userId, "member", null);
  expect(codeOf(await submit(id, bo, sendCommand("an admin no more", "k5")))).toBe("forbidden");
  expect((await pageOf(id, cy)).messages.map(({ text, reactions }) => [text, reactions])).toEqual([
    ["from an admin", [{ emoji: "👍", count: 1, userIds: [cy.userId] }]],
    ["", []],
    ["still an admin", []],
  ]);
});

test("[M20] the list of members has owners, then admins, then the others by when they joined; a prefix finds them", async () => {
  const ana = somebody("ana");
  const named = (name: string) => {
    const person = somebody(name);
    return { ...person, person: { ...person.person, user: { ...person.person.user, name } } };
  };
  const [zoe, marie, strasse] = [named("Zoë Quinn"), named("Anne-Marie Q"), named("Straße")];
  const id = await foundGroup(ana, []);
  const stub = conversationStub(env, id);
  for (const each of [zoe, marie, strasse]) await stub.putMember(ana.userId, each.userId, null, each.person);
  await stub.putMember(ana.userId, strasse.userId, "admin", null);
  await evict(id);
  const list = async (q?: string, limit = 50) => {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await stub.members(ana.userId, cursor, limit, q);
      if (!page.ok) throw new Error(page.refusal.code);
      names.push(...page.value.members.map(({ user }) => user.name));
      cursor = page.value.cursor ?? undefined;
    } while (cursor !== undefined);
    return names;
  };
  for (const limit of [1, 2, 50]) {
    expect(await list(undefined, limit)).toEqual(["ana", "Straße", "Zoë Quinn", "Anne-Marie Q"]);
    expect(await list("q", limit)).toEqual(["Zoë Quinn", "Anne-Marie Q"]);
  }
  expect(await list("zoe")).toEqual(["Zoë Quinn"]);
  expect(await list("STRASSE")).toEqual(["Straße"]);
  expect(await list("mar q")).toEqual(["Anne-Marie Q"]);
  expect(await list(`@${zoe.person.user.handle?.slice(0, 4)}`)).toEqual(["Zoë Quinn"]);
  expect(await list("quinn zoe")).toEqual(["Zoë Quinn"]);
  expect(await list(" \u200B")).toEqual([]);
  await stub.personChanged({ ...zoe.person, user: { ...zoe.person.user, name: "Ulf" } });
  expect([await list("zoe q"), await list("ulf")]).toEqual([[], ["Ulf"]]);
  expect(codeOf(await stub.members(somebody("eve").userId, undefined, 10, "a"))).toBe("not_found");
});
