/** What a conversation promises about invites: who makes, sees, uses and ends them, and what becomes of them when their maker leaves. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { foundingMode } from "../../../../core/membership.ts";
import { largeMarks } from "../../../../objects/conversation/large/marks.ts";
import { mintGroupId } from "../../../../objects/shared/identity/mint.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import type { ConversationCalls } from "../../../../objects/contract/conversation-calls.ts";
import type { Invite, InviteDraft, ListedInvite } from "../../../../schema/http/conversation/conversations.ts";
import type { ConversationId, InviteId } from "../../../../schema/ids.ts";
import { limits } from "../../../../schema/limits.ts";
import { valueOf } from "../../../rig/objects/accounts.ts";
import { codeOf, foundDm, foundGroup, somebody, type TestPerson } from "../../../rig/objects/people.ts";

type Stub = Pick<ConversationCalls, keyof ConversationCalls>;

async function make(stub: Stub, by: TestPerson, draft: InviteDraft = {}): Promise<Invite & { secret: string }> {
  const made = await stub.createInvite(by.userId, draft);
  if (!made.ok) throw new Error(made.refusal.detail);
  return { ...made.value, secret: made.value.code.slice(made.value.code.indexOf(".") + 1) };
}

async function list(stub: Stub, by: TestPerson): Promise<ListedInvite[]> {
  const answer = await stub.invites(by.userId, undefined, 50);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value.invites;
}

/** What becomes of somebody new who looks at it, then uses it. */
async function tried(stub: Stub, { secret }: { secret: string }): Promise<string[]> {
  const [looked, used] = [await stub.previewInvite(secret), await stub.acceptInvite(somebody("new").person, secret)];
  return [codeOf(looked), codeOf(used)];
}

async function evict(id: ConversationId): Promise<void> {
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
}

test("[M9] an invite holds only while its maker may make invites: not once they left, were removed, or policy takes the right", async () => {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, [bo, cy, di]);
  const stub = conversationStub(env, id);
  const [ofAna, ofBo, ofCy, ofDi] = [
    await make(stub, ana),
    await make(stub, bo),
    await make(stub, cy),
    await make(stub, di),
  ];
  expect(await tried(stub, ofBo)).toEqual(["ok", "ok"]);
  await stub.removeMember(ana.userId, bo.userId);
  await stub.removeMember(cy.userId, cy.userId);
  await evict(id);
  for (const invite of [ofBo, ofCy]) expect(await tried(stub, invite)).toEqual(["not_found", "not_found"]);

  await stub.patch(ana.userId, { policy: { add: "admin" } });
  expect(await tried(stub, ofDi)).toEqual(["not_found", "not_found"]);
  expect(await tried(stub, ofAna)).toEqual(["ok", "ok"]);
  await stub.putMember(ana.userId, di.userId, "admin", null);
  expect(await tried(stub, ofDi)).toEqual(["ok", "ok"]);
  await stub.putMember(ana.userId, di.userId, "member", null);
  expect(await tried(stub, ofDi)).toEqual(["not_found", "not_found"]);

  // Who was removed and is taken in again makes new ones; the codes that they had given away stay dead.
  await stub.patch(ana.userId, { policy: { add: "member" } });
  await stub.putMember(ana.userId, bo.userId, null, bo.person);
  expect(await tried(stub, ofBo)).toEqual(["not_found", "not_found"]);
  expect(await tried(stub, ofDi)).toEqual(["ok", "ok"]);
});

test("[M10] admins see and end every invite, others their own, by its id or its code; no list shows a code", async () => {
  const [ana, bo, cy, eve] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("eve")];
  const id = await foundGroup(ana, [bo, cy]);
  const stub = conversationStub(env, id);
  const ofAna = await make(stub, ana, { usesMax: 3, expiresInMs: 60_000, mayGrow: true });
  windClock(1);
  const ofBo = await make(stub, bo);
  await evict(id);
  expect(ofAna).toMatchObject({ usesLeft: 3, mayGrow: true, expiresAt: expect.any(Number) });
  expect(ofBo).toMatchObject({ usesLeft: null, mayGrow: false, expiresAt: null });
  const { code: _, secret: __, ...shown } = ofAna;
  const all = await list(stub, ana);
  expect(all).toEqual([
    {
      id: ofBo.id,
      createdBy: bo.userId,
      createdAt: expect.any(Number),
      expiresAt: null,
      usesLeft: null,
      mayGrow: false,
    },
    { ...shown, createdBy: ana.userId, createdAt: expect.any(Number) },
  ]);
  expect(JSON.stringify(all)).not.toContain(ofAna.secret);
  expect((await list(stub, bo)).map((invite) => invite.id)).toEqual([ofBo.id]);
  expect(await list(stub, cy)).toEqual([]);
  const byOthers = [
    await stub.invites(eve.userId, undefined, 50),
    await stub.endInvite(eve.userId, ofBo.id),
    await stub.deleteInvite(eve.userId, ofBo.secret),
    await stub.endInvite(cy.userId, ofBo.id),
    await stub.deleteInvite(cy.userId, ofBo.secret),
    await stub.endInvite(ana.userId, "i_none" as InviteId),
  ];
  expect(byOthers.map(codeOf)).toEqual(["not_found", "not_found", "not_found", "forbidden", "forbidden", "not_found"]);

  expect(codeOf(await stub.endInvite(bo.userId, ofBo.id))).toBe("ok");
  expect(await tried(stub, ofBo)).toEqual(["not_found", "not_found"]);
  const second = await make(stub, bo);
  expect(codeOf(await stub.deleteInvite(bo.userId, second.secret))).toBe("ok");
  const third = await make(stub, bo);
  expect(codeOf(await stub.endInvite(ana.userId, third.id))).toBe("ok");
  await stub.acceptInvite(eve.person, ofAna.secret);
  expect((await list(stub, ana)).map((invite) => [invite.id, invite.usesLeft])).toEqual([[ofAna.id, 2]]);
  windClock(60_001);
  expect(await list(stub, ana)).toEqual([]);

  const dm = conversationStub(env, await foundDm(ana, bo));
  expect(codeOf(await dm.invites(ana.userId, undefined, 50))).toBe("forbidden");
  expect(codeOf(await dm.endInvite(ana.userId, ofBo.id))).toBe("forbidden");
});

test("[M10] the list is paged, each invite once; a group holds a bounded number of them", async () => {
  const ana = somebody("ana");
  const stub = conversationStub(env, await foundGroup(ana, []));
  const made: string[] = [];
  for (let i = 0; i < limits.invitesPerConversationMax; i++) {
    made.push((await make(stub, ana, i === 0 ? { expiresInMs: 60_000 } : {})).id);
  }
  expect(codeOf(await stub.createInvite(ana.userId, {}))).toBe("conflict");
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await stub.invites(ana.userId, cursor, 7);
    if (!page.ok) throw new Error(page.refusal.detail);
    seen.push(...page.value.invites.map((invite) => invite.id));
    cursor = page.value.cursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen.length).toBe(made.length);
  expect(seen.toSorted()).toEqual(made.toSorted());
  expect(codeOf(await stub.invites(ana.userId, "none of ours", 7))).toBe("bad_request");
  windClock(60_001);
  expect(codeOf(await stub.createInvite(ana.userId, {}))).toBe("ok");
});

test("[M8] no door lets a group have more members than it may: founding, adding, an invite, which keeps its use", async () => {
  Object.assign(largeMarks, { smallGroupMembersMax: 3, largeGroupMembersMax: 5 });
  onTestFinished(
    () =>
      void Object.assign(largeMarks, {
        smallGroupMembersMax: limits.smallGroupMembersMax,
        largeGroupMembersMax: limits.largeGroupMembersMax,
      }),
  );
  const owner = somebody("owner");
  const others = Array.from({ length: 4 }, (_, i) => somebody(`m${i}`));
  const id = await foundGroup(owner, others.slice(0, 2));
  const stub = conversationStub(env, id);
  const invite = await make(stub, owner, { usesMax: 1, mayGrow: true });
  const [late, later] = [somebody("late"), somebody("later")];
  const people = (some: TestPerson[]) => some.map(({ person }) => person);
  expect(codeOf(await stub.addMembers(owner.userId, people([...others, late]), []))).toBe("too_large");
  expect(codeOf(await stub.addMembers(owner.userId, people(others), []))).toBe("ok");
  expect(await stub.view(owner.userId)).toMatchObject({ value: { mode: "large", memberCount: 5 } });
  expect(codeOf(await stub.hasMember(owner.userId, late.userId))).toBe("too_large");
  expect(codeOf(await stub.putMember(owner.userId, late.userId, null, late.person))).toBe("too_large");
  expect(codeOf(await stub.acceptInvite(late.person, invite.secret))).toBe("too_large");
  expect((await list(stub, owner))[0]?.usesLeft).toBe(1);
  await stub.removeMember(owner.userId, others[0]?.userId ?? owner.userId);
  expect(codeOf(await stub.acceptInvite(late.person, invite.secret))).toBe("ok");
  expect(codeOf(await stub.putMember(owner.userId, later.userId, null, later.person))).toBe("too_large");
});

test("[M8] a group is founded as a small one with at most a hundred members, and without a mode as what it has members for", async () => {
  const owner = somebody("owner");
  const people = [owner, ...Array.from({ length: 100 }, (_, i) => somebody(`m${i}`))].map(({ person }) => person);
  const founding = { kind: "group", by: owner.userId, title: "T", policy: {}, draftDigest: null } as const;
  const id = mintGroupId(env.ID_SECRET, owner.userId, undefined);
  const at = conversationStub(env, id);
  expect(codeOf(await at.found({ ...founding, id, mode: "small", people }))).toBe("too_large");
  expect(codeOf(await at.view(owner.userId))).toBe("not_found");
  const founded = await at.found({ ...founding, id, mode: "large", people });
  expect(founded).toMatchObject({ ok: true, value: { conversation: { mode: "large", memberCount: 101 } } });
  expect([100, 101].map((count) => valueOf(foundingMode({ mode: undefined, count })))).toEqual(["small", "large"]);
});

test("[M5] a group that everybody left is over: no invite leads back into it, and so it never has members without an owner", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  const invites = [await make(stub, ana), await make(stub, bo)];
  await stub.removeMember(ana.userId, ana.userId);
  expect(await tried(stub, invites[0] ?? { secret: "" })).toEqual(["not_found", "not_found"]);
  await stub.removeMember(bo.userId, bo.userId);
  await evict(id);
  for (const invite of invites) {
    expect(await tried(stub, invite)).toEqual(["not_found", "not_found"]);
    expect(codeOf(await stub.acceptInvite(ana.person, invite.secret))).toBe("not_found");
  }
  expect(codeOf(await stub.putMember(ana.userId, ana.userId, "owner", ana.person))).toBe("not_found");
  const again = await stub.found({
    kind: "group",
    id,
    by: ana.userId,
    people: [ana.person],
    title: "Group",
    mode: "small",
    policy: {},
    draftDigest: null,
  });
  expect(codeOf(again)).toBe("not_found");
});
