/** What a group keeps when it becomes large, and what is different from then on: who is told of joins, what the list of members shows, who gets in by which invite. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { mintGroupId } from "../../../../objects/shared/identity/mint.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import { changesOf, exec } from "../../../rig/objects/conversation-pages.ts";
import { codeOf, foundGroup, send, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { openLargeGroups } from "../../../rig/objects/large-groups.ts";

openLargeGroups();

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
const stubOf = (id: ConversationId) => conversationStub(env, id);

async function viewOf(id: ConversationId, by: TestPerson) {
  const view = await stubOf(id).view(by.userId);
  if (!view.ok) throw new Error(view.refusal.code);
  return view.value;
}

async function listed(id: ConversationId, by: TestPerson, q?: string, limit = 50): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await stubOf(id).members(by.userId, cursor, limit, q);
    if (!page.ok) throw new Error(page.refusal.code);
    ids.push(...page.value.members.map(({ user }) => user.id));
    cursor = page.value.cursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

async function inviteOf(id: ConversationId, by: TestPerson, mayGrow?: boolean): Promise<string> {
  const made = await stubOf(id).createInvite(by.userId, mayGrow === undefined ? {} : { mayGrow });
  if (!made.ok) throw new Error(made.refusal.code);
  return made.value.code.split(".")[1] ?? "";
}

/** A group of ana (owner), bo (admin) and cy, that di has made large. */
async function grown() {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, [bo, cy]);
  await stubOf(id).putMember(ana.userId, bo.userId, "admin", null);
  for (const text of ["one", "two", "three"]) await send(id, ana, text);
  await submit(id, cy, { do: "receipt", delivered: 3, read: 2 });
  const joined = await stubOf(id).acceptInvite(di.person, await inviteOf(id, ana, true));
  expect(codeOf(joined)).toBe("ok");
  return { id, ana, bo, cy, di };
}

test("[M21] with the member after the last of a small group a group becomes large, and keeps members, roles and watermarks through an eviction", async () => {
  const { id, ana, bo, cy, di } = await grown();
  for (const again of [false, true]) {
    if (again) await evict(id);
    const view = await viewOf(id, cy);
    expect(view).toMatchObject({ mode: "large", memberCount: 4, me: { role: "member", read: 2, delivered: 3 } });
    expect(view.members?.map(({ user, role }) => [user.id, role])).toEqual([
      [ana.userId, "owner"],
      [bo.userId, "admin"],
    ]);
    expect((await viewOf(id, di)).me).toMatchObject({ role: "member", read: 3, joinedSeq: 3 });
    // Nobody is shown the watermarks of others.
    expect(view.members).toMatchObject([
      { delivered: 0, read: 0 },
      { delivered: 0, read: 0 },
    ]);
  }
  const { notices } = await changesOf(id, ana, 0);
  expect(notices.slice(-2)).toMatchObject([
    { kind: "member_added", userIds: [di.userId], count: 1, via: "invite" },
    { kind: "mode_changed", mode: "large" },
  ]);
  expect((notices.at(-1)?.rev ?? 0) - (notices.at(-2)?.rev ?? 0)).toBe(1);
  await send(id, di, "four");
  expect(await stubOf(id).rowOf(cy.userId, null)).toMatchObject({ headSeq: 4, read: 2, unread: 2, mode: "large" });
});

test("[M21] a request stays one when its group becomes large, until the member writes", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo]);
  const stub = stubOf(id);
  const people = [cy, somebody("di"), somebody("eve")].map(({ person }) => person);
  expect(await stub.addMembers(ana.userId, people, [cy.userId])).toMatchObject({ ok: true });
  expect((await viewOf(id, ana)).mode).toBe("large");
  await evict(id);
  expect(await stub.rowOf(cy.userId, null)).toMatchObject({ requestBy: ana.userId });
  expect(await stub.rowOf(bo.userId, null)).toMatchObject({ requestBy: null });
  await send(id, cy, "I am glad to be here");
  await evict(id);
  expect(await stub.rowOf(cy.userId, null)).toMatchObject({ requestBy: null });
});

test("[M25] a group may be large from the beginning, and its people are due their rows until their inboxes have them", async () => {
  largeMarks.callsInboxes = false;
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = mintGroupId(env.ID_SECRET, ana.userId, undefined);
  const founding = { kind: "group", id, by: ana.userId, title: "Large", mode: "large", policy: {} } as const;
  const people = [ana.person, bo.person];
  expect(codeOf(await stubOf(id).found({ ...founding, people, draftDigest: null }))).toBe("ok");
  await evict(id);
  expect(await viewOf(id, bo)).toMatchObject({ mode: "large", memberCount: 2, head: { rev: 1 } });
  const { due } = await stubOf(id).fanOutPage(null, []);
  const roles = new Map(due.map(({ userId, row }) => [userId, row.role]));
  expect(Object.fromEntries(roles)).toEqual({ [ana.userId]: "owner", [bo.userId]: "member" });
});

test("[M22] plain members join, bring others and leave a large group without a rev; what admins do to members takes one", async () => {
  const { id, ana, bo, cy, di } = await grown();
  const stub = stubOf(id);
  const head = (await viewOf(id, ana)).head.rev;
  const [eve, fay, gil] = [somebody("eve"), somebody("fay"), somebody("gil")];
  expect(await stub.addMembers(cy.userId, [eve.person, fay.person], [])).toMatchObject({ ok: true });
  expect(codeOf(await stub.acceptInvite(gil.person, await inviteOf(id, ana)))).toBe("ok");
  expect(codeOf(await stub.removeMember(fay.userId, fay.userId))).toBe("ok");
  await evict(id);
  expect(await viewOf(id, eve)).toMatchObject({ memberCount: 6, head: { rev: head } });
  expect(codeOf(await stub.view(fay.userId))).toBe("not_found");
  const hal = somebody("hal");
  expect(codeOf(await stub.putMember(bo.userId, hal.userId, null, hal.person))).toBe("ok");
  expect(codeOf(await stub.removeMember(bo.userId, gil.userId))).toBe("ok");
  expect(codeOf(await stub.putMember(ana.userId, di.userId, "admin", null))).toBe("ok");
  expect(codeOf(await stub.removeMember(ana.userId, ana.userId))).toBe("ok");
  expect((await changesOf(id, bo, head)).notices).toMatchObject([
    { rev: head + 1, kind: "member_added", by: bo.userId, userIds: [hal.userId], count: 1 },
    { rev: head + 2, kind: "member_removed", by: bo.userId, userIds: [gil.userId], count: 1 },
    { rev: head + 3, kind: "role_changed", userIds: [di.userId], role: "admin" },
    { rev: head + 4, kind: "role_changed", userIds: [bo.userId], role: "owner" },
  ]);
  // Who was removed by another does not come back by an invite; who left does.
  const secret = await inviteOf(id, bo);
  expect(codeOf(await stub.acceptInvite(gil.person, secret))).toBe("forbidden");
  expect(codeOf(await stub.acceptInvite(fay.person, secret))).toBe("ok");
  expect(await listed(id, bo, undefined, 2)).toEqual([bo, di, cy, eve, hal, fay].map(({ userId }) => userId));
});

test("[M20] the list of a large group is paged and searched as that of a small one, also by a new name", async () => {
  const { id, ana, bo, cy, di } = await grown();
  const named = (name: string) => {
    const person = somebody(name.slice(0, 2).toLowerCase());
    return { ...person, person: { ...person.person, user: { ...person.person.user, name } } };
  };
  const late = [named("Zoë Quinn"), named("Anne-Marie Quist"), named("Straße Q")];
  await stubOf(id).addMembers(
    ana.userId,
    late.map(({ person }) => person),
    [],
  );
  const ids = (...people: TestPerson[]) => people.map(({ userId }) => userId);
  const [zoe, marie, strasse] = late;
  if (zoe === undefined || marie === undefined || strasse === undefined) throw new Error("nobody");
  for (const limit of [1, 2, 50]) {
    expect(await listed(id, di, undefined, limit)).toEqual(ids(ana, bo, cy, di, zoe, marie, strasse));
    expect(await listed(id, di, "qui", limit)).toEqual(ids(zoe, marie));
  }
  // A word that many names have finds the same, by the list instead of the words.
  const many = largeGroups.foundByWordMax + 1;
  const crowd =
    "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) SELECT 'quick' || n, 'u_' || n FROM n";
  await exec(id, `INSERT INTO large_words (word, user_id) ${crowd}`, many);
  for (const limit of [1, 50]) expect(await listed(id, di, "qui", limit)).toEqual(ids(zoe, marie));
  expect(await listed(id, di, "MARIE q")).toEqual(ids(marie));
  expect(await listed(id, di, "strasse")).toEqual(ids(strasse));
  expect(await listed(id, di, "nobody")).toEqual([]);
  await stubOf(id).personChanged({ ...zoe.person, user: { ...zoe.person.user, name: "Ulf Anders" } });
  await evict(id);
  expect([await listed(id, di, "zoe quinn"), await listed(id, di, "ulf")]).toEqual([[], ids(zoe)]);
  await stubOf(id).removeMember(zoe.userId, zoe.userId);
  expect(await listed(id, di, "ulf")).toEqual([]);
});

test("[M23] an invite of a small group that may not grow stops where the group is full, also after it has grown", async () => {
  const [ana, bo, cy, di, eve] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di"), somebody("eve")];
  const id = await foundGroup(ana, [bo, cy]);
  const stub = stubOf(id);
  const [closed, open] = [await inviteOf(id, ana), await inviteOf(id, ana, true)];
  expect(codeOf(await stub.acceptInvite(di.person, closed))).toBe("conflict");
  expect(codeOf(await stub.acceptInvite(di.person, open))).toBe("ok");
  expect((await viewOf(id, di)).mode).toBe("large");
  expect(codeOf(await stub.acceptInvite(eve.person, closed))).toBe("conflict");
  // One that is made in the large group needs no leave to make it one.
  expect(codeOf(await stub.acceptInvite(eve.person, await inviteOf(id, ana)))).toBe("ok");
  expect((await viewOf(id, eve)).memberCount).toBe(5);
});
