/** An object whose storage is nearly or wholly full: it answers writes with a refusal, and what must always work still works. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { boundStorage } from "../../../objects/shared/meters/storage-room.ts";
import { errors } from "../../../schema/errors.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import type { DmFounding } from "../../../objects/contract/conversation-calls.ts";
import type { ConversationObject } from "../../../objects/conversation/object.ts";
import { mintDmId } from "../../../objects/shared/identity/mint.ts";
import { pageOf } from "../../rig/objects/conversation-pages.ts";
import { codeOf, foundGroup, send, sendCommand, somebody, submit } from "../../rig/objects/people.ts";
import { socketOf } from "../../rig/objects/socket.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
const exec = (id: ConversationId, sql: string) =>
  runInDurableObject(objectOf(id), (_object, state) => void state.storage.sql.exec(sql));

afterEach(() => boundStorage());

test("[S21] a conversation with four fifths of its storage used takes nothing more, says so, and lets everything be read and erased", async () => {
  const [ana, bo, cy, di] = [somebody("ana"), somebody("bo"), somebody("cy"), somebody("di")];
  const id = await foundGroup(ana, [bo, cy]);
  const stub = conversationStub(env, id);
  const first = await send(id, bo, "first", "key-1");
  await send(id, bo, "second");
  await submit(id, ana, { do: "react", seq: 1, emoji: "👍", isOn: true });
  const invite = await stub.createInvite(ana.userId, {});
  const secret = invite.ok ? (invite.value.code.split(".")[1] ?? "") : "";
  const rev = (await pageOf(id, ana)).head.rev;
  boundStorage(1_000);

  for (const isEvicted of [false, true]) {
    if (isEvicted) await evictDurableObject(objectOf(id));
    const refused = await stub.submit(bo.actor, [
      sendCommand("more", "key-2"),
      { do: "edit", seq: 1, text: "first, and longer", mentions: null },
      { do: "react", seq: 1, emoji: "😀", isOn: true },
    ]);
    expect(refused.map(codeOf)).toEqual(["conflict", "conflict", "conflict"]);
    expect(errors.conflict.retry).toBe("never");
    expect(refused[0]).toMatchObject({ refusal: { detail: expect.stringContaining("full") as string } });
    expect(codeOf(await stub.patch(ana.userId, { title: "a new one" }))).toBe("conflict");
    expect(codeOf(await stub.putMember(ana.userId, di.userId, null, di.person))).toBe("conflict");
    expect(codeOf(await stub.acceptInvite(di.person, secret))).toBe("conflict");
    // Who has no right to any of it learns nothing of it.
    expect(codeOf(await stub.patch(di.userId, { title: "a new one" }))).toBe("not_found");
    expect(codeOf(await submit(id, di, sendCommand("more", "key-2")))).toBe("not_found");
    // What was refused has left nothing behind.
    expect((await pageOf(id, ana)).head.rev).toBe(rev);
  }

  expect(await send(id, bo, "first", "key-1")).toMatchObject({ seq: first.seq, duplicate: true });
  const live = await socketOf(stub, "/live", cy.actor);
  const accepted = await stub.submit(bo.actor, [
    { do: "receipt", delivered: null, read: 2 },
    { do: "typing" },
    { do: "edit", seq: 2, text: "short", mentions: null },
    { do: "unsend", seq: 2 },
  ]);
  expect(accepted.map(codeOf)).toEqual(["ok", "ok", "ok", "ok"]);
  expect(codeOf(await submit(id, ana, { do: "react", seq: 1, emoji: "👍", isOn: false }))).toBe("ok");
  expect(codeOf(await stub.patch(ana.userId, { policy: { add: "admin" } }))).toBe("ok");
  await stub.deviceRevoked(cy.userId, cy.actor.deviceId);
  expect(await live.closes()).toBe(4401);
  expect(codeOf(await stub.removeMember(ana.userId, cy.userId))).toBe("ok");
  expect(codeOf(await stub.removeMember(bo.userId, bo.userId))).toBe("ok");
  expect(codeOf(await stub.deleteInvite(ana.userId, secret))).toBe("ok");
  expect((await pageOf(id, ana)).messages.map((message) => message.text)).toEqual(["first", ""]);

  // With room again it goes on as if nothing had been.
  boundStorage();
  expect((await send(id, ana, "more", "key-2")).seq).toBe(3);
});

test("[S21] where the storage is wholly full each command gets its answer, and those that need no room are done", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const stub = conversationStub(env, id);
  await send(id, ana, "first");
  const full = (table: string) =>
    `CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'database or disk is full: SQLITE_FULL'); END;`;
  await exec(id, ["messages", "changes", "revoked_devices"].map(full).join(""));
  const answers = await stub.submit(ana.actor, [
    sendCommand("no room", "key-2"),
    { do: "receipt", delivered: null, read: 1 },
    { do: "unsend", seq: 1 },
    { do: "typing" },
  ]);
  expect(answers.map(codeOf)).toEqual(["conflict", "ok", "conflict", "ok"]);
  expect(codeOf(await stub.removeMember(ana.userId, bo.userId))).toBe("conflict");
  const live = await socketOf(stub, "/live", bo.actor);
  await expect(
    runInDurableObject(objectOf(id), (object) => object.deviceRevoked(bo.userId, bo.actor.deviceId)),
  ).rejects.toThrow("full");
  expect(await live.closes()).toBe(4401);
  windClock(10_000);
  await runDurableObjectAlarm(objectOf(id));
  // Memory holds none of it.
  expect((await pageOf(id, bo)).messages.map((message) => message.text)).toEqual(["first"]);
  expect((await pageOf(id, bo)).head).toMatchObject({ seq: 1, rev: 2 });
  await exec(id, "DROP TRIGGER full_messages; DROP TRIGGER full_changes; DROP TRIGGER full_revoked_devices");
  expect(await send(id, ana, "room again", "key-2")).toMatchObject({ seq: 2, rev: 3 });
  await evictDurableObject(objectOf(id));
  expect((await pageOf(id, bo)).messages.map((message) => message.text)).toEqual(["first", "room again"]);
});

test("[S21] [T3] a report of another object that cannot be written does not count as received: it comes again", async () => {
  const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
  const dm: DmFounding = {
    kind: "dm",
    id: mintDmId(env.ID_SECRET, ana.userId, bo.userId),
    by: ana.userId,
    people: [ana.person, bo.person],
    requests: [bo.userId],
  };
  const { id } = dm;
  expect(codeOf(await conversationStub(env, id).found(dm))).toBe("ok");
  const group = await foundGroup(ana, [bo, cy]);
  const full = "BEGIN SELECT RAISE(ABORT, 'database or disk is full: SQLITE_FULL'); END;";
  for (const each of [id, group])
    await exec(
      each,
      `CREATE TRIGGER full_in BEFORE INSERT ON members ${full} CREATE TRIGGER full_up BEFORE UPDATE ON members ${full}`,
    );
  const at = Date.now() + 1_000;
  const user = { ...bo.person.user, name: "Bo anew" };
  const block = { userId: bo.userId, changedAt: at, blocks: [[cy.userId, true] as [UserId, boolean]] };
  const inside = <T>(each: ConversationId, work: (object: ConversationObject) => Promise<T>) =>
    runInDurableObject(objectOf(each), work);
  await expect(inside(group, (object) => object.memberChanged(block))).rejects.toThrow("full");
  await expect(inside(id, (object) => object.personChanged({ ...bo.person, user, changedAt: at }))).rejects.toThrow(
    "full",
  );
  await expect(inside(id, (object) => object.requestEnded(bo.userId, 1))).rejects.toThrow("full");

  for (const each of [id, group]) await exec(each, "DROP TRIGGER full_in; DROP TRIGGER full_up");
  expect(await conversationStub(env, group).memberChanged(block)).toEqual({ isOlder: false });
  await conversationStub(env, id).personChanged({ ...bo.person, user, changedAt: at });
  const view = await conversationStub(env, id).view(ana.userId);
  expect(view.ok ? view.value.peer?.name : "").toBe("Bo anew");
});

test("[S21] an account whose store is nearly full takes no draft; rows, marks and deliveries go on", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const user = userStub(env, bo.userId);
  expect(codeOf(await user.patchSummary(id, { draft: "a draft" }))).toBe("ok");
  boundStorage(1_000);
  expect(codeOf(await user.patchSummary(id, { draft: "a longer draft" }))).toBe("conflict");
  expect(codeOf(await user.patchSummary(id, { draft: "" }))).toBe("ok");
  expect(codeOf(await user.patchSummary(id, { pinned: true, markedUnread: true }))).toBe("ok");
  boundStorage();
  await send(id, ana, "hello");
  boundStorage(1_000);
  await expect
    .poll(async () => {
      const listed = await user.summaries(undefined, 1);
      return listed.ok ? listed.value.conversations[0] : undefined;
    })
    .toMatchObject({ unread: 1, draft: "", pinned: true });
});
