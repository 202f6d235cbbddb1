/** What a conversation promises about who is in it: rights, leaving, removal, joining, invites, what others may see. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ChangesPage, MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { Conversation } from "../../../../schema/wire/conversation.ts";
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
import { readChain, readChanges, readMessage, readPage } from "../../../../workers/archive/reads.ts";

const pageQuery = { limit: 50, before: undefined, after: undefined, around: undefined };

async function viewOf(stub: ReturnType<typeof conversationStub>, by: TestPerson): Promise<Conversation> {
  const view = await stub.view(by.userId);
  if (!view.ok) throw new Error(view.refusal.code);
  return view.value;
}

test("[M1] founding twice is once; a direct chat has a peer, a group has an owner", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const stub = conversationStub(env, id);
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  const again = await stub.found({ kind: "dm", id, by: bo.userId, people: [bo.person, ana.person] });
  expect(again).toMatchObject({
    ok: true,
    value: { isNew: false, conversation: { kind: "dm", title: null, peer: { id: ana.userId }, memberCount: 2 } },
  });
  const group = await viewOf(conversationStub(env, await foundGroup(ana, [bo])), ana);
  expect(group).toMatchObject({
    title: "Group",
    me: { role: "owner" },
    policy: { add: "member", edit: "member", write: "member", history: "all" },
    head: { seq: 0, rev: 1, hash: "0".repeat(64) },
  });
  const self = await foundDm(ana, ana).catch(() => undefined);
  expect(self === undefined || (await viewOf(conversationStub(env, self), ana)).memberCount === 1).toBe(true);
});

test("[M2] each right belongs to the roles and policy that the contract names", async () => {
  const [owner, admin, member, stranger, other] = [
    somebody("owner"),
    somebody("admin"),
    somebody("member"),
    somebody("stranger"),
    somebody("other"),
  ];
  const id = await foundGroup(owner, [admin, member], { add: "admin", edit: "admin" });
  const stub = conversationStub(env, id);
  expect(codeOf(await stub.putMember(owner.userId, admin.userId, "admin", null))).toBe("ok");
  const asked = async (by: TestPerson) => [
    codeOf(await stub.patch(by.userId, { title: `by ${by.person.user.name}` })),
    codeOf(await stub.patch(by.userId, { policy: { history: "all" } })),
    codeOf(await stub.putMember(by.userId, other.userId, null, other.person)),
    codeOf(await stub.createInvite(by.userId, {})),
    codeOf(await stub.putMember(by.userId, member.userId, "admin", null)),
    codeOf(await stub.removeMember(by.userId, admin.userId)),
  ];
  expect(await asked(stranger)).toEqual(["not_found", "not_found", "not_found", "not_found", "not_found", "not_found"]);
  expect(await asked(member)).toEqual(["forbidden", "forbidden", "forbidden", "forbidden", "forbidden", "forbidden"]);
  expect(await asked(admin)).toEqual(["ok", "ok", "ok", "ok", "forbidden", "ok"]);
  expect(codeOf(await stub.putMember(owner.userId, admin.userId, "admin", admin.person))).toBe("ok");
  expect(codeOf(await stub.removeMember(admin.userId, other.userId))).toBe("ok");
  expect(codeOf(await stub.removeMember(owner.userId, admin.userId))).toBe("ok");
  expect(codeOf(await stub.removeMember(owner.userId, stranger.userId))).toBe("not_found");
  expect(codeOf(await stub.putMember(owner.userId, stranger.userId, null, null))).toBe("not_found");
});

test("[M3] in a direct chat there is nothing to add, remove, title or invite", async () => {
  const [ana, bo, eve] = [somebody("ana"), somebody("bo"), somebody("eve")];
  const stub = conversationStub(env, await foundDm(ana, bo));
  expect(codeOf(await stub.putMember(ana.userId, eve.userId, null, eve.person))).toBe("forbidden");
  expect(codeOf(await stub.removeMember(ana.userId, bo.userId))).toBe("forbidden");
  expect(codeOf(await stub.removeMember(ana.userId, ana.userId))).toBe("forbidden");
  expect(codeOf(await stub.patch(ana.userId, { title: "no" }))).toBe("forbidden");
  expect(codeOf(await stub.createInvite(ana.userId, {}))).toBe("forbidden");
});

test("[M4] a removed member reads and writes nothing from that moment", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  await send(id, ana, "before");
  await stub.removeMember(ana.userId, bo.userId);
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  const paths = [
    await stub.view(bo.userId),
    await stub.members(bo.userId, undefined, 10),
    await readPage(env, id, bo.userId, pageQuery),
    await readMessage(env, id, bo.userId, 1),
    await readChanges(env, id, bo.userId, { rev: 0, limit: 10 }),
    await readChain(env, id, bo.userId, { from: 1, to: 1 }),
    await submit(id, bo, sendCommand("after", "k")),
    await submit(id, bo, { do: "receipt", delivered: null, read: 1 }),
    await submit(id, bo, { do: "typing" }),
    await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: true }),
    await stub.createInvite(bo.userId, {}),
  ];
  expect(paths.map(codeOf)).toEqual(paths.map(() => "not_found"));
});

test("[M5] when the only owner leaves, the oldest admin, else the oldest member, owns the group", async () => {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, []);
  const stub = conversationStub(env, id);
  for (const person of [bo, cy, di]) await stub.putMember(ana.userId, person.userId, null, person.person);
  await stub.putMember(ana.userId, cy.userId, "admin", null);
  expect(codeOf(await stub.putMember(ana.userId, ana.userId, "member", null))).toBe("conflict");
  await stub.removeMember(ana.userId, ana.userId);
  expect((await viewOf(stub, cy)).me.role).toBe("owner");
  await stub.removeMember(cy.userId, cy.userId);
  expect((await viewOf(stub, bo)).me.role).toBe("owner");
  const notices = await readPage(env, id, di.userId, pageQuery);
  const kinds = (JSON.parse(notices.ok ? notices.value : "{}") as MessagesPage).notices.map((notice) => [
    notice.rev,
    notice.kind,
  ]);
  expect(kinds).toEqual([
    [1, "conversation_created"],
    [2, "member_added"],
    [3, "member_added"],
    [4, "member_added"],
    [5, "role_changed"],
    [6, "member_left"],
    [7, "role_changed"],
    [8, "member_left"],
    [9, "role_changed"],
  ]);
});

test("[M6] with history from joining on, a new member sees exactly that on every path", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [], { history: "joined" });
  const stub = conversationStub(env, id);
  await send(id, ana, "old 1");
  await send(id, ana, "old 2");
  await stub.putMember(ana.userId, bo.userId, null, bo.person);
  await send(id, ana, "new 3");
  await submit(id, ana, { do: "edit", seq: 1, text: "edited old", mentions: null });
  expect((await viewOf(stub, bo)).me).toMatchObject({ read: 2, delivered: 2, joinedSeq: 2 });
  for (const query of [{}, { after: 0 }, { around: 1 }, { before: 99 }]) {
    const answer = await readPage(env, id, bo.userId, { ...pageQuery, ...query });
    const page = JSON.parse(answer.ok ? answer.value : "{}") as MessagesPage;
    expect(page.messages.map((message) => message.seq)).toEqual([3]);
    expect(page.hasBefore).toBe(false);
    expect(page.notices.map((notice) => notice.kind)).toEqual(["member_added"]);
  }
  const changes = await readChanges(env, id, bo.userId, { rev: 0, limit: 10 });
  expect((JSON.parse(changes.ok ? changes.value : "{}") as ChangesPage).messages.map((message) => message.seq)).toEqual(
    [3],
  );
  expect(codeOf(await readMessage(env, id, bo.userId, 2))).toBe("not_found");
  expect(codeOf(await readChain(env, id, bo.userId, { from: 2, to: 3 }))).toBe("bad_request");
  expect(codeOf(await readChain(env, id, bo.userId, { from: 3, to: 3 }))).toBe("ok");
  expect(codeOf(await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: true }))).toBe("not_found");
  expect(codeOf(await submit(id, bo, sendCommand("re", "k", { replyTo: 1 })))).toBe("bad_request");
});

test("[M7] an invite is used as often as it says and no longer than it says; a member takes no use; the removed may not", async () => {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  const made = await stub.createInvite(bo.userId, { usesMax: 1, expiresInMs: 60_000 });
  const code = made.ok ? made.value.code : "";
  const secret = code.slice(code.indexOf(".") + 1);
  expect(secret.length).toBeGreaterThanOrEqual(16);
  expect(await stub.previewInvite(secret)).toMatchObject({ ok: true, value: { title: "Group", memberCount: 2 } });
  expect(codeOf(await stub.acceptInvite(bo.person, secret))).toBe("ok");
  const race = await Promise.all([stub.acceptInvite(cy.person, secret), stub.acceptInvite(di.person, secret)]);
  expect(race.map(codeOf).sort()).toEqual(["not_found", "ok"]);
  // Whoever took the last use, and lost the answer, asks again; so may any member.
  const [winner, loser] = race[0]?.ok === true ? [cy, di] : [di, cy];
  expect(codeOf(await stub.mayAccept(winner.userId, secret))).toBe("ok");
  for (const by of [winner, bo]) expect(codeOf(await stub.acceptInvite(by.person, secret))).toBe("ok");
  expect(codeOf(await stub.acceptInvite(loser.person, secret))).toBe("not_found");
  expect(codeOf(await stub.acceptInvite(winner.person, `${secret.slice(0, -1)}_`))).toBe("not_found");
  expect(codeOf(await stub.previewInvite(secret))).toBe("not_found");

  const second = await stub.createInvite(ana.userId, { expiresInMs: 60_000 });
  const open = (second.ok ? second.value.code : "").split(".")[1] ?? "";
  await stub.removeMember(ana.userId, bo.userId);
  expect(codeOf(await stub.acceptInvite(bo.person, open))).toBe("forbidden");
  expect(codeOf(await stub.deleteInvite(bo.userId, open))).toBe("not_found");
  windClock(60_001);
  expect(codeOf(await stub.acceptInvite(somebody("late").person, open))).toBe("not_found");
  const third = await stub.createInvite(ana.userId, {});
  const ended = (third.ok ? third.value.code : "").split(".")[1] ?? "";
  expect(codeOf(await stub.deleteInvite(ana.userId, ended))).toBe("ok");
  expect(codeOf(await stub.acceptInvite(somebody("later").person, ended))).toBe("not_found");
});

test("[M8] [M21] a small group holds a hundred members, its creator included, and is a large one with one more", async () => {
  const owner = somebody("owner");
  const id = await foundGroup(
    owner,
    Array.from({ length: 99 }, (_, i) => somebody(`m${i}`)),
  );
  const late = somebody("late");
  const stub = conversationStub(env, id);
  expect(await viewOf(stub, owner)).toMatchObject({ mode: "small", memberCount: 100 });
  const first = await stub.members(owner.userId, undefined, 60);
  const rest = await stub.members(owner.userId, first.ok ? (first.value.cursor ?? "") : "", 60);
  expect([
    first.ok && first.value.members.length,
    rest.ok && rest.value.members.length,
    rest.ok && rest.value.cursor,
  ]).toEqual([60, 40, null]);
  expect(codeOf(await stub.putMember(owner.userId, late.userId, null, late.person))).toBe("ok");
  expect(await viewOf(stub, owner)).toMatchObject({ mode: "large", memberCount: 101 });
});

test("[R1] watermarks only rise, are clipped at the head, and read raises delivered", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const stub = conversationStub(env, id);
  for (const text of ["1", "2", "3"]) await send(id, ana, text);
  const marks = async () => {
    const { me } = await viewOf(stub, bo);
    return [me.delivered, me.read];
  };
  await submit(id, bo, { do: "receipt", delivered: 2, read: null });
  expect(await marks()).toEqual([2, 0]);
  await submit(id, bo, { do: "receipt", delivered: 1, read: 3 });
  expect(await marks()).toEqual([3, 3]);
  await submit(id, bo, { do: "receipt", delivered: 0, read: 1 });
  await send(id, ana, "4");
  await submit(id, bo, { do: "receipt", delivered: 9e15, read: null });
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  expect(await marks()).toEqual([4, 3]);
  await send(id, bo, "5");
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  expect(await marks()).toEqual([5, 5]);
  const seen = (await viewOf(stub, ana)).members?.find((member) => member.user.id === bo.userId);
  expect(seen).toMatchObject({ delivered: 5, read: 5 });
});

test("[R2] a member who hides reading shows 0 and sees 0; across a block nothing is seen", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const stub = conversationStub(env, id);
  await send(id, ana, "1");
  await send(id, bo, "2");
  await submit(id, ana, { do: "receipt", delivered: null, read: 2 });
  const seen = async (viewer: TestPerson, subject: TestPerson) => {
    const member = (await viewOf(stub, viewer)).members?.find(({ user }) => user.id === subject.userId);
    return [member?.delivered, member?.read];
  };
  expect([await seen(ana, bo), await seen(bo, ana)]).toEqual([
    [2, 2],
    [2, 2],
  ]);
  await stub.personChanged({ ...ana.person, showsRead: false });
  expect([await seen(ana, bo), await seen(bo, ana)]).toEqual([
    [2, 0],
    [2, 0],
  ]);
  await stub.personChanged({ ...ana.person, blocks: [bo.userId] });
  expect([await seen(ana, bo), await seen(bo, ana)]).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect([
    codeOf(await submit(id, ana, sendCommand("x", "k1"))),
    codeOf(await submit(id, bo, sendCommand("y", "k2"))),
  ]).toEqual(["forbidden", "forbidden"]);
  expect(codeOf(await readPage(env, id, bo.userId, pageQuery))).toBe("ok");
  await stub.personChanged(ana.person);
  expect(codeOf(await submit(id, bo, sendCommand("y", "k2")))).toBe("ok");
});
