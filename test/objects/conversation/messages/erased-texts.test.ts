/** What a conversation promises about the text of an unsent message: after the unsend no answer, frame or delivery has any of it. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId, DeviceId } from "../../../../schema/ids.ts";
import type { ChangesPage } from "../../../../schema/http/conversation/messages.ts";
import { signUp, type TestAccount } from "../../../rig/objects/accounts.ts";
import { foundGroup, send, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { socketOf, type TestSocket } from "../../../rig/objects/socket.ts";
import { readChanges } from "../../../../workers/archive/reads.ts";

const canary = "canary-5521";
/** Another device of the same person, so that the sync socket of the first is not left out. */
const live = (id: ConversationId, by: TestPerson) =>
  socketOf(conversationStub(env, id), "/live", { ...by.actor, deviceId: `${by.actor.deviceId}2` as DeviceId });
const heard = (socket: TestSocket): string => socket.texts.join("\n");

const personOf = (account: TestAccount): TestPerson => ({
  userId: account.id,
  actor: { userId: account.id, deviceId: account.device },
  person: { user: account.user, showsRead: true, showsTyping: true, blocks: [] },
});

test("[S20] what was sent or edited in the turn in which it was unsent goes to every socket without its words, in order", async () => {
  const [ana, bo] = [somebody("ana"), personOf(await signUp("bo"))];
  const id = await foundGroup(ana, [bo]);
  await send(id, ana, "earlier");
  const sockets = [
    await live(id, ana),
    await live(id, bo),
    await socketOf(userStub(env, bo.userId), "/sync", bo.actor),
  ];
  const answers = await conversationStub(env, id).submit(ana.actor, [
    { do: "edit", seq: 1, text: `${canary} edited`, mentions: null },
    sendCommand(`${canary} sent`, "k2", { mentions: [bo.userId] }),
    sendCommand("stays", "k3"),
    { do: "react", seq: 2, emoji: "👍", isOn: true },
    { do: "unsend", seq: 2 },
    { do: "unsend", seq: 1 },
    sendCommand("last", "k4"),
  ]);
  expect(answers.every((answer) => answer.ok)).toBe(true);
  for (const socket of sockets) {
    await socket.next((frame) => frame.type === "message" && (frame["message"] as { seq: number }).seq === 4);
    expect(heard(socket)).not.toContain(canary);
    const told = socket.frames.filter((frame) => frame.type === "message" || frame.type === "change");
    const revs = told.map((frame) => Number(frame["rev"] ?? (frame["message"] as { rev: number }).rev));
    expect(revs.filter((rev) => rev > 2)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(told[revs.indexOf(4)]).toMatchObject({
      message: { seq: 2, text: "", mentions: [], unsentAt: expect.any(Number) as number },
    });
  }
  const { conversations } = await userStub(env, bo.userId)
    .summaries(undefined, 1)
    .then((listed) => (listed.ok ? listed.value : { conversations: [] }));
  expect(conversations[0]).toMatchObject({ unread: 2, mentionsUnread: 0, lastMessage: { seq: 4, preview: "last" } });
});

test("[S20] what waits for a member's inbox when a message is unsent goes there without its words", async () => {
  const [ana, bo] = [somebody("ana"), personOf(await signUp("bo"))];
  const id = await foundGroup(ana, [bo]);
  const sync = await socketOf(userStub(env, bo.userId), "/sync", bo.actor);
  // Who has the conversation on screen, with another device, is served a little later: what comes meanwhile waits in memory.
  const other = await live(id, bo);
  await other.next((frame) => frame.type === "hello");
  await send(id, ana, "first");
  await sync.next((frame) => frame.type === "message");
  await send(id, ana, `${canary} waits`);
  await submit(id, ana, { do: "edit", seq: 2, text: `${canary} edited`, mentions: null });
  await submit(id, ana, { do: "unsend", seq: 2 });
  await sync.next((frame) => frame.type === "change" && frame["rev"] === 5);
  expect(heard(sync)).not.toContain(canary);
  expect(sync.frames.filter((frame) => frame.type === "message")).toHaveLength(2);
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  const changes = await readChanges(env, id, bo.userId, { rev: 0, limit: 100 });
  const { messages } = JSON.parse(changes.ok ? changes.value : "{}") as ChangesPage;
  expect(messages.map((message) => message.text)).toEqual(["first", ""]);
});
