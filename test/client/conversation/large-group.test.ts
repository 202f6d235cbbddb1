/** Large groups in the SDK: what is fetched and when, own reactions in frames that are the same for everybody, receipts from before a group grew. */
import { expect, it } from "vitest";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import {
  missedConversation,
  modelWith,
  openedConversation,
} from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled } from "../../rig/wound-clock.ts";

const others = Array.from({ length: 20 }, (_, n) => `u${n}`);

it("[C26] the messages of a large group are fetched when somebody looks, however often its row changes", async () => {
  const { conversation, online, live, socketTo, summary, askedFor, clock, texts, model } = await missedConversation(3);
  await online({ mode: "large", unread: 3 });
  // Something of it is in memory, although nobody looks.
  await conversation.load();
  const before = askedFor("/changes") + askedFor("/messages");
  for (let n = 0; n < 5; n++) {
    model.send(n);
    const row = summary({ mode: "large", unread: 4 + n });
    socketTo("/sync").say({ type: "inbox", version: row.version, conversations: [row] });
    await clock.wind(6_000);
  }
  expect(askedFor("/changes") + askedFor("/messages")).toBe(before);
  expect(conversation.summary.getSnapshot()?.unread).toBe(8);
  conversation.open();
  await settled();
  await live();
  await clock.wind(2_000);
  expect(texts().at(-1)).toBe("text 68");
});

it("[C26] nothing is said to be delivered in a large group, and what is read is", async () => {
  const { conversation, online, socketTo, clock } = await missedConversation(3);
  await online({ mode: "large", unread: 3 });
  await conversation.load();
  await clock.wind(2_000);
  const receipts = () => socketTo("/sync").sent.filter(({ type }) => type === "receipt");
  // What was owed from the time when it was small is sent.
  expect(receipts().map(({ delivered }) => delivered)).toEqual([60]);
  socketTo("/sync").say({ type: "ok", ref: receipts()[0]?.["ref"] });
  conversation.markRead(63);
  await clock.wind(2_000);
  expect(receipts().slice(1)).toMatchObject([{ conversationId: modelConversation, read: 63 }]);
});

it("[C26] an own reaction stays one's own in frames that name others, until one takes it back", async () => {
  const { model, socket, conversation } = await openedConversation(modelWith(3));
  const message = model.messages.get(2);
  let rev = model.rev;
  const say = (reactions: object[], act: object = {}) => {
    rev++;
    const messages = [{ ...message, rev, reactions }];
    socket.say({ type: "change", conversationId: modelConversation, rev, messages, ...act });
  };
  const mine = () =>
    conversation.timeline
      .getSnapshot()
      .entries.flatMap((entry) => (entry.kind === "message" && entry.message.seq === 2 ? entry.message.reactions : []))
      .map(({ emoji, count, userIds }) => [emoji, count, userIds.length, userIds.some((id) => id === "ana")]);
  say([{ emoji: "👍", count: 1, userIds: ["ana"] }]);
  say([{ emoji: "👍", count: 40, userIds: others }]);
  expect(mine()).toEqual([["👍", 40, 20, true]]);
  say([{ emoji: "👍", count: 41, userIds: others }], { by: "u41", emoji: "👍", on: true });
  expect(mine()).toEqual([["👍", 41, 20, true]]);
  say([{ emoji: "👍", count: 40, userIds: others }], { by: "ana", emoji: "👍", on: false });
  expect(mine()).toEqual([["👍", 40, 20, false]]);
  say([{ emoji: "👍", count: 41, userIds: others }], { by: "ana", emoji: "👍", on: true });
  expect(mine()).toEqual([["👍", 41, 20, true]]);
});

it("[C26] receipts from before a group grew are shown no more", async () => {
  const { model, socket, conversation } = await openedConversation(modelWith(3));
  const user = { type: "receipt", conversationId: modelConversation, userId: "bo", delivered: 3, read: 3 };
  socket.say(user);
  expect(conversation.receipts.getSnapshot().readByAny).toBe(3);
  const rev = model.rev + 1;
  const details = conversation.details.getSnapshot();
  const notice = {
    conversationId: modelConversation,
    rev,
    afterSeq: 3,
    at: 1,
    by: "ana",
    kind: "mode_changed",
    mode: "large",
  };
  const { members: _members, me: _me, ...shared } = details ?? ({} as NonNullable<typeof details>);
  socket.say({
    ...{ type: "change", conversationId: modelConversation, rev, notices: [notice] },
    conversation: { ...shared, mode: "large", memberCount: 101 },
  });
  expect(conversation.receipts.getSnapshot().readByAny).toBe(0);
  expect(conversation.details.getSnapshot()).toMatchObject({ mode: "large", memberCount: 101 });
});
