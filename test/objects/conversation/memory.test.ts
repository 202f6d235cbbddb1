/** The memory of a conversation is what it has stored: after a fault, and after members have left. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { mintDmId } from "../../../objects/shared/identity/mint.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { conversationHolds } from "../../../schema/limits.ts";
import type { Member } from "../../../schema/wire/conversation.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  sendCommand,
  somebody,
  submit,
  type TestPerson,
  settleFanOut,
} from "../../rig/objects/people.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);

async function exec<R extends Record<string, SqlStorageValue>>(id: ConversationId, sql: string): Promise<R[]> {
  return await runInDurableObject(objectOf(id), (_object, state) => state.storage.sql.exec<R>(sql).toArray());
}

async function membersOf(id: ConversationId, viewer: TestPerson): Promise<Member[]> {
  const answer = await conversationStub(env, id).members(viewer.userId, undefined, 100);
  if (!answer.ok) throw new Error(answer.refusal.code);
  return answer.value.members;
}

const memberIds = (members: readonly Member[]): UserId[] => members.map((member) => member.user.id);

test("[M1] a founding that could not be stored is not there, and succeeds when it is repeated", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = mintDmId(env.ID_SECRET, ana.userId, bo.userId);
  const found = () =>
    conversationStub(env, id).found({ kind: "dm", id, by: ana.userId, people: [ana.person, bo.person] });
  await exec(id, "CREATE TRIGGER broken BEFORE INSERT ON members BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await runInDurableObject(objectOf(id), async (object) => {
    await expect(object.found({ kind: "dm", id, by: ana.userId, people: [ana.person, bo.person] })).rejects.toThrow(
      "broken",
    );
  });
  expect(codeOf(await conversationStub(env, id).view(ana.userId))).toBe("not_found");
  await exec(id, "DROP TRIGGER broken");
  expect(await found()).toMatchObject({ ok: true, value: { isNew: true } });
  await evictDurableObject(objectOf(id));
  expect(codeOf(await conversationStub(env, id).view(bo.userId))).toBe("ok");
});

test("[F3] nobody's watermark is lost where what they wrote is recorded, or where that could not be stored", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const readOf = async (who: TestPerson): Promise<number> => {
    await evictDurableObject(objectOf(id));
    const view = await conversationStub(env, id).view(who.userId);
    return view.ok ? view.value.me.read : -1;
  };
  let head = 0;
  const sendUpTo = async (last: number, by: TestPerson): Promise<void> => {
    const commands = Array.from({ length: last - head }, () => sendCommand("x", crypto.randomUUID()));
    await conversationStub(env, id).submit(by.actor, commands);
    head = last;
  };
  await sendUpTo(1, ana);
  expect(await readOf(ana)).toBe(1);
  await exec(id, "CREATE TRIGGER broken BEFORE UPDATE ON members BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await sendUpTo(conversationHolds.sentSegmentMessages + 5, ana);
  expect(await readOf(ana)).toBe(conversationHolds.sentSegmentMessages + 5);
  await exec(id, "DROP TRIGGER broken");
  await sendUpTo(3 * conversationHolds.sentSegmentMessages + 7, bo);
  expect(await exec(id, "SELECT segments FROM sent_record")).toEqual([{ segments: 3 }]);
  expect(await readOf(ana)).toBe(conversationHolds.sentSegmentMessages + 5);
  expect(await readOf(bo)).toBe(3 * conversationHolds.sentSegmentMessages + 7);
});

test("[M13] a former member is forgotten once their inbox knows it; what they were acked, and that they were removed, is not", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const id = await foundGroup(ana, [bo, cy]);
  const stub = conversationStub(env, id);
  const invite = await stub.createInvite(ana.userId, {});
  const secret = invite.ok ? (invite.value.code.split(".")[1] ?? "") : "";
  const ack = await send(id, bo, "acked", "key-1");
  await stub.removeMember(ana.userId, bo.userId);
  await stub.removeMember(cy.userId, cy.userId);
  await settleFanOut(id);
  for (const isEvicted of [false, true]) {
    if (isEvicted) await evictDurableObject(objectOf(id));
    expect(await exec(id, "SELECT user_id FROM members")).toEqual([{ user_id: ana.userId }]);
    expect(memberIds(await membersOf(id, ana))).toEqual([ana.userId]);
    expect(await send(id, bo, "acked", "key-1")).toMatchObject({ seq: ack.seq, duplicate: true });
    expect(codeOf(await submit(id, bo, { do: "unsend", seq: 1 }))).toBe("not_found");
    expect(codeOf(await stub.acceptInvite(bo.person, secret))).toBe("forbidden");
  }
  // Who left by themselves may come back so; who was removed, by a member's hand; and then is removed no more.
  expect(codeOf(await stub.acceptInvite(cy.person, secret))).toBe("ok");
  expect(codeOf(await stub.putMember(ana.userId, bo.userId, null, bo.person))).toBe("ok");
  await stub.removeMember(bo.userId, bo.userId);
  await settleFanOut(id);
  expect(codeOf(await stub.acceptInvite(bo.person, secret))).toBe("ok");
  await send(id, ana, "welcome back");
  await settleFanOut(id);
  const rows = await userStub(env, bo.userId).summaries(undefined, 10);
  expect(rows).toMatchObject({ ok: true, value: { conversations: [{ left: false, unread: 1 }] } });
});

test("[M13] a former member stays until their inbox knows it, through evictions", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  await settleFanOut(id);
  const ofBo = (sql: string) =>
    runInDurableObject(env.USERS.getByName(bo.userId), (_object, state) => void state.storage.sql.exec(sql));
  await ofBo(
    `CREATE TRIGGER stuck BEFORE UPDATE ON inbox BEGIN SELECT RAISE(ABORT, 'stuck'); END;
     CREATE TRIGGER broken BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'broken'); END`,
  );
  await conversationStub(env, id).removeMember(ana.userId, bo.userId);
  windClock(10_000);
  await runDurableObjectAlarm(objectOf(id));
  // At once: an eviction would wait until the tries, which are some seconds apart, come to an end.
  await abortAllDurableObjects();
  expect(memberIds(await membersOf(id, ana))).toEqual([ana.userId]);
  await ofBo("DROP TRIGGER stuck; DROP TRIGGER broken");
  await settleFanOut(id);
  expect(await exec(id, "SELECT user_id FROM members")).toEqual([{ user_id: ana.userId }]);
  const rows = await userStub(env, bo.userId).summaries(undefined, 10);
  expect(rows).toMatchObject({ ok: true, value: { conversations: [{ left: true }] } });
});

test("[M14] of the people whom a member blocks a conversation keeps those who are in it", async () => {
  const strangers = Array.from({ length: 5_000 }, (_, i) => `u_${String(i).padStart(34, "0")}` as UserId);
  const cy = somebody("cy");
  const bo = somebody("bo");
  const ana = somebody("ana", { blocks: [...strangers, bo.userId, cy.userId] });
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  const kept = async (): Promise<UserId[]> => {
    const [row] = await exec<{ person: string }>(id, `SELECT person FROM members WHERE user_id = '${ana.userId}'`);
    return (JSON.parse(row?.person ?? "{}") as { blocks: UserId[] }).blocks;
  };
  expect(await kept()).toEqual([bo.userId]);
  // Cy comes in, and blocks nobody; that Ana blocks Cy comes from Ana's object, which learns that Cy came.
  await stub.putMember(bo.userId, cy.userId, null, { ...cy.person, blocks: [...strangers, ana.userId] });
  await stub.personChanged({ ...ana.person, changedAt: 1 });
  expect(await kept()).toEqual([bo.userId, cy.userId]);
  await submit(id, ana, { do: "receipt", delivered: 0, read: 0 });
  await send(id, ana, "raises her own");
  for (const isEvicted of [false, true]) {
    if (isEvicted) await evictDurableObject(objectOf(id));
    for (const other of [bo, cy]) {
      const shown = (await membersOf(id, other)).find((member) => member.user.id === ana.userId);
      expect(shown).toMatchObject({ delivered: 0, read: 0 });
    }
  }
  // An older copy does not undo it, and the row of somebody who is not in the group comes to nothing.
  await stub.personChanged({ ...ana.person, blocks: [] });
  expect(await kept()).toEqual([bo.userId, cy.userId]);
  await stub.personChanged(somebody("eve").person);
  expect(await exec(id, "SELECT user_id FROM members")).toHaveLength(3);
});
