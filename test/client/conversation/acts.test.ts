/** Small acts as a program sees them: what of rows, messages and details is shown of them, before the server has them and after a restart. */
import { expect, it, onTestFinished } from "vitest";
import type { Storage } from "../../../client/index.ts";
import { conversationOnScreen, modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { FakeServer, refused, type Answer, type Asked } from "../../rig/client/fake-fetch.ts";
import { restartableParley } from "../../rig/client/restartable-parley.ts";
import { settled } from "../../rig/wound-clock.ts";

/** An account with one conversation. `answer` says what the server answers to acts, otherwise it does as it is told. */
async function rig(storage?: Storage, answer: (asked: Asked) => Answer | undefined = () => undefined) {
  const model = modelWith(5);
  const screen = await conversationOnScreen(storage === undefined ? { model } : { model, storage, isDown: true });
  onTestFinished(() => screen.parley.close());
  const { server, state, account, conversation, clock } = screen;
  const before = server.answer;
  server.answer = (asked) => (state.isDown ? "silence" : (answer(asked) ?? before(asked)));
  const rows = () => account.inbox.getSnapshot().conversations.map(({ conversationId }) => conversationId);
  /** What was asked by other methods than GET, and what for. */
  const asked = () =>
    server.asked.flatMap(({ method, path, body }) =>
      method === "GET" || !path.includes(modelConversation)
        ? []
        : [`${method} ${path.split("/").slice(4).join("/")} ${JSON.stringify(body ?? null)}`],
    );
  const keys = async () => (await screen.storage.list({ from: "", to: "~" })).map(([key]) => key);
  const isKept = async () => (await keys()).some((key) => key.includes("/act/"));
  /** The page ends, and another one begins that cannot reach the server. */
  const again = async () => {
    await clock.wind(1_000);
    screen.parley.close();
    await settled();
    return await rig(screen.storage, answer);
  };
  return { ...screen, model, conversation, rows, asked, keys, isKept, again };
}

it("[C34] a deleted chat leaves the list at once, and does not come back with a restart, neither before the server has it nor after", async () => {
  const first = await rig();
  await first.online({ unread: 2, pinned: true, draft: "d", lastMessage: null });
  await first.conversation.load();
  expect(first.rows()).toEqual([modelConversation]);
  first.state.isDown = true;
  const { done } = first.conversation.deleteChat();
  expect([first.rows(), first.account.inbox.getSnapshot().unread]).toEqual([[], 0]);
  expect(first.texts()).toEqual([]);
  await settled();

  const summary = () => second.summary({ cleared: { seq: 5, rev: 5 }, deleted: true });
  const second: Awaited<ReturnType<typeof rig>> = await first.again();
  await expect(done).rejects.toMatchObject({ code: "unavailable" });
  const { server, state, rows, clock, isKept } = second;
  const before = server.answer;
  server.answer = (asked) =>
    !state.isDown && asked.path.endsWith("/cleared") ? { status: 200, body: summary() } : before(asked);
  expect([rows(), second.texts()]).toEqual([[], []]);
  state.isDown = false;
  await second.online();
  await clock.wind(40_000);
  expect([rows(), await isKept()]).toEqual([[], false]);
  expect(second.asked()).toContain('PUT cleared {"upTo":5}');
  // The server's row is stored by the time that the act is not.
  const third = await second.again();
  expect([third.rows(), await third.isKept()]).toEqual([[], false]);
});

it("[C34] an account is shown when its acts of before are known, however slowly storage says them", async () => {
  const first = await rig();
  await first.online();
  first.state.isDown = true;
  void first.conversation.deleteChat();
  await first.clock.wind(1_000);
  first.parley.close();
  await settled();
  const slow: Storage = {
    ...first.storage,
    list: async (range, options) => {
      if (range.from.includes("/act/")) await settled();
      return await first.storage.list(range, options);
    },
  };
  const silence = new FakeServer(() => "silence");
  const parley = restartableParley(silence, first.clock, slow).start();
  await parley.ready;
  const [account] = parley.accounts.getSnapshot();
  expect(account?.inbox.getSnapshot()).toMatchObject({ isLoaded: true, conversations: [] });
  parley.close();
});

it("[C34] an undone deletion shows the row as it was, and is done when the server says that it knows of none", async () => {
  let isLost = true;
  const answers: string[] = [];
  const one = await rig(undefined, ({ path, body }) => {
    if (!path.endsWith("/cleared")) return undefined;
    answers.push(JSON.stringify(body));
    return isLost ? { status: 503, body: {} } : refused("conflict");
  });
  await one.online({ pinned: true, draft: "d", cleared: { seq: 2, rev: 2 } });
  await one.conversation.load();
  const row = one.conversation.summary.getSnapshot();
  const { done, undo } = one.conversation.deleteChat();
  await settled();
  expect(one.rows()).toEqual([]);
  const undone = undo();
  expect(one.conversation.summary.getSnapshot()).toEqual(row);
  expect(one.texts()).toEqual(["text 3", "text 4", "text 5"]);
  isLost = false;
  await one.clock.wind(40_000);
  await Promise.all([done, undone]);
  expect(answers).toEqual(['{"upTo":5}', '{"upTo":2,"instead":5}']);
  expect(one.asked()).toContain('PATCH me {"pinned":true,"archived":false,"draft":"d"}');
  // Where the deletion was answered, a conflict says that the chat was deleted again since.
  const two = await rig(undefined, ({ path, body }) => {
    if (!path.endsWith("/cleared")) return undefined;
    const deleted = two.summary({ cleared: { seq: 5, rev: 5 }, deleted: true });
    return JSON.stringify(body).includes("instead") ? refused("conflict") : { status: 200, body: deleted };
  });
  await two.online();
  const deletion = two.conversation.deleteChat();
  await deletion.done;
  await expect(deletion.undo()).rejects.toMatchObject({ code: "conflict" });
  expect(two.rows()).toEqual([]);
});

it("[C34] who leaves and deletes sees the row go at once, and come back where the leaving is refused; what has left already is deleted", async () => {
  let refusal: Answer | undefined = refused("forbidden");
  const one = await rig(undefined, ({ method, path }) => {
    if (method === "DELETE" && path.endsWith("/members/ana")) return refusal ?? refused("not_found");
    return path.endsWith("/cleared") ? { status: 200, body: one.summary({ left: true, deleted: true }) } : undefined;
  });
  await one.online();
  const failing = one.conversation.leaveAndDelete();
  expect(one.rows()).toEqual([]);
  await expect(failing).rejects.toMatchObject({ code: "forbidden" });
  expect(one.rows()).toEqual([modelConversation]);
  refusal = undefined;
  const leaving = one.conversation.leaveAndDelete();
  // The row does not say that the group was left. After a while it is deleted all the same.
  await one.clock.wind(11_000);
  await leaving;
  expect(one.rows()).toEqual([]);
  expect(one.asked().at(-1)).toBe('PUT cleared {"upTo":5}');
});

it("[C34] a pin is in the details at once and until a frame says so; the list of pins is asked for when the server has it", async () => {
  const answer = Promise.withResolvers<Answer>();
  const one = await rig();
  const { server, conversation } = one;
  const before = server.answer;
  server.answer = (asked) =>
    asked.path.endsWith("/pins/2")
      ? answer.promise
      : asked.path.endsWith("/pins")
        ? { status: 200, body: { pins: [], cursor: null } }
        : before(asked);
  await one.online();
  await conversation.load();
  const pinned = () => conversation.details.getSnapshot()?.pinned;
  const heard: unknown[] = [];
  conversation.details.subscribe(() => heard.push(pinned()));
  const pinning = conversation.pin(2);
  const pins = conversation.pins();
  await settled();
  expect([pinned(), one.askedFor("/pins")]).toEqual([[2], 0]);
  answer.resolve({ status: 200, body: { seq: 2, by: "ana", at: 1 } });
  await pinning;
  expect((await pins).items).toEqual([]);
  expect([pinned(), heard.at(-1)]).toEqual([[2], [2]]);
  const unpinning = conversation.unpin(2);
  expect(pinned()).toBe(undefined);
  await unpinning.catch(() => undefined);
});

it("[C34] acts go with the account: a sign-out leaves none, and no message is touched by those of another store", async () => {
  const one = await rig(undefined, ({ method, path }) =>
    method === "PUT" && path.includes("/stars/") ? { status: 503, body: {} } : undefined,
  );
  await one.online();
  await one.conversation.load();
  const starring = one.conversation.star(3);
  await settled();
  expect([[...one.conversation.starred.getSnapshot()], await one.isKept()]).toEqual([[3], true]);
  await one.account.signOut();
  await expect(starring).rejects.toMatchObject({ code: "unavailable" });
  await settled();
  expect(await one.isKept()).toBe(false);
});

it("[C34] a star and a pin that the server has are stored before their acts are not", async () => {
  const first = await rig(undefined, ({ path }) =>
    path.endsWith("/pins/2") ? { status: 200, body: { seq: 2, by: "ana", at: 1 } } : undefined,
  );
  first.state.marks = { starred: [1], hidden: [], marksVersion: 3 };
  await first.online({ marksVersion: 3 });
  await first.conversation.load();
  await settled();
  await Promise.all([first.conversation.star(3), first.conversation.pin(2)]);
  await settled();
  expect(await first.isKept()).toBe(false);
  const second = await rig(first.storage);
  await second.conversation.load().catch(() => undefined);
  await settled();
  const { starred, details } = second.conversation;
  expect([[...starred.getSnapshot()], details.getSnapshot()?.pinned]).toEqual([[1, 3], [2]]);
});

it("[C34] an act that waited touches no message of a store that was restored meanwhile", async () => {
  let isRestored = false;
  const one = await rig(undefined, ({ method, path }) => {
    if (method === "DELETE") return { status: 503, body: {} };
    return isRestored && path.endsWith("/changes") ? refused("resync_required") : undefined;
  });
  await one.online();
  await one.conversation.load();
  const unsending = one.conversation.unsend(4);
  await settled();
  expect(one.texts()[3]).toBe("");
  isRestored = true;
  await one.clock.wind(40_000);
  await expect(unsending).rejects.toMatchObject({ code: "conflict", retry: "never" });
  expect([one.asked(), one.texts()[3], await one.isKept()]).toEqual([["DELETE messages/4 null"], "text 4", false]);
});

it("[C34] a message that is unsent, or hidden before it is here, is so in the timeline from the first moment", async () => {
  const first = await rig(undefined, ({ path }) => (path.endsWith("/hidden") ? { status: 503, body: {} } : undefined));
  const lastMessage = { seq: 4, senderId: "ana", preview: "text 4", sentAt: 4, unsent: false, attachments: [] };
  await first.online({ lastMessage });
  await first.conversation.load();
  first.state.isDown = true;
  void first.conversation.unsend(4);
  void first.conversation.hide([2, 6]);
  // So does the row.
  const shownLast = () => first.account.inbox.getSnapshot().conversations[0]?.lastMessage;
  expect(shownLast()).toEqual({ ...lastMessage, preview: "", unsent: true });
  void first.conversation.hide([4]);
  expect(shownLast()).toBe(null);
  void first.conversation.unhide([4]);
  expect(first.texts()).toEqual(["text 1", "text 3", "", "text 5"]);
  const second = await first.again();
  await second.conversation.load().catch(() => undefined);
  await settled();
  expect(second.texts()).toEqual(["text 1", "text 3", "", "text 5"]);
  // What comes later under a hidden place is not shown either.
  second.state.isDown = false;
  second.model.send(1);
  second.model.send(1);
  await second.online();
  await second.conversation.load();
  await settled();
  expect(second.texts()).toEqual(["text 1", "text 3", "", "text 5", "text 7"]);
});
