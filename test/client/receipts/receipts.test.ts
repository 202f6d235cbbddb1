/** What is known of the others' watermarks, whichever way and in whatever order it comes. */
import { expect, it } from "vitest";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import {
  conversationOnScreen,
  detailsOf,
  modelWith,
  openedConversation,
} from "../../rig/client/conversation/conversation-on-screen.ts";
import type { Answer } from "../../rig/client/fake-fetch.ts";
import { settled } from "../../rig/wound-clock.ts";

const path = `/v1/conversations/${modelConversation}`;
const receipt = (read: number) => ({
  ...{ type: "receipt", conversationId: modelConversation, userId: "bo" },
  ...{ delivered: read, read },
});

it("[R4] a receipt that came after the details were asked for stands, whatever they say; an older one that is hidden now goes", async () => {
  const { model, socket, conversation, server } = await openedConversation(modelWith(3));
  const read = () => conversation.receipts.getSnapshot().byUser.get("bo")?.read;
  const { answer } = server;
  let reply: (answer: Answer) => void = () => undefined;
  server.answer = (asked) =>
    asked.path === path ? new Promise<Answer>((resolve) => (reply = resolve)) : answer(asked);
  for (const ask of [
    () => conversation.loadDetails(),
    () => conversation.patch({ title: "c2" }),
    () => conversation.setAvatar(null),
  ]) {
    const asking = ask();
    await settled();
    socket.say(receipt(3));
    reply({ status: 200, body: detailsOf(model) });
    await asking;
    expect(read()).toBe(3);
    // Bo hides by now what was read.
    const askingAgain = conversation.loadDetails();
    await settled();
    reply({ status: 200, body: detailsOf(model) });
    await askingAgain;
    expect(read()).toBe(0);
  }
});

it("[R4] a hello that is older than a receipt does not hide it", async () => {
  const { conversation, online, socketTo } = await conversationOnScreen({ model: modelWith(3) });
  await online({ kind: "dm" });
  conversation.open();
  await settled();
  const socket = socketTo("/live");
  // It comes by the other socket while this one opens.
  socketTo("/sync").say(receipt(3));
  const hello = (read: number) => ({
    ...{ type: "hello", conversationId: modelConversation, epoch: "e1", head: { seq: 3, rev: 3, hash: "" } },
    ...{ members: [{ userId: "bo", delivered: 3, read }], behind: false },
  });
  socket.accept();
  socket.say(hello(0));
  await settled();
  expect(conversation.receipts.getSnapshot().readByAny).toBe(3);
});

it("[R4] while a group has no live socket, the receipts of others are asked for, for the sync socket does not bring them", async () => {
  const { conversation, online, clock, server } = await conversationOnScreen({ model: modelWith(3) });
  await online();
  conversation.open();
  await settled();
  const askedFor = () => server.asked.filter((asked) => asked.method === "GET" && asked.path === path).length;
  const before = askedFor();
  await clock.wind(10_500);
  expect(askedFor()).toBe(before + 1);
});

it("[P11] who marks more as read than there is has not read what comes next", async () => {
  const { conversation, account, clock, online, socketTo, summary } = await conversationOnScreen({
    model: modelWith(20),
  });
  await online();
  await conversation.load();
  conversation.markRead(25);
  await clock.wind(1_000);
  const sync = socketTo("/sync");
  expect(sync.last("receipt")).toMatchObject({ read: 20 });
  sync.say({ type: "ok", ref: sync.last("receipt")?.["ref"] });
  const head = { seq: 23, rev: 23, at: clock.now() };
  sync.say({ type: "inbox", version: 99, conversations: [summary({ read: 20, unread: 3, head })] });
  await settled();
  expect(account.inbox.getSnapshot().conversations[0]).toMatchObject({ read: 20, unread: 3 });
});

it("[P11] where the server's store was restored, what was reached before says nothing of the messages that are there now", async () => {
  const model = modelWith(3);
  const { conversation, clock, online, socketTo, server } = await conversationOnScreen({ model });
  await online();
  await conversation.load();
  await conversation.loadDetails();
  const sync = socketTo("/sync");
  sync.say(receipt(3));
  conversation.markRead(3);
  await clock.wind(1_000);
  sync.say({ type: "ok", ref: sync.last("receipt")?.["ref"] });
  await settled();
  const { answer } = server;
  const restored = detailsOf(model);
  const members = [{ user: { id: "bo", handle: "bo", name: "Bo", bio: "", avatarUrl: null }, delivered: 1, read: 1 }];
  server.answer = (asked) =>
    asked.path === path
      ? {
          status: 200,
          body: {
            ...restored,
            ...{ epoch: "e2", head: { ...restored.head, seq: 2 }, me: { ...restored.me, read: 0, delivered: 0 } },
            members: members.map((member) => ({ ...member, role: "member", joinedAt: 0 })),
          },
        }
      : answer(asked);
  await conversation.loadDetails();
  expect(conversation.receipts.getSnapshot().byUser.get("bo")).toEqual({ delivered: 1, read: 1 });
  conversation.markRead(2);
  await clock.wind(1_000);
  expect(sync.last("receipt")).toMatchObject({ read: 2 });
});
