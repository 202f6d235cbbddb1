import { expect, test } from "vitest";
import { MessageActions, type ActionParts } from "../../../client/conversation/message-actions.ts";
import { ReactionOverlay } from "../../../client/timeline/reactions.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Message } from "../../../schema/wire/message.ts";

test("[S15] a reaction in another form is shown, and asked for, in the one that the server keeps", async () => {
  const me = "u_me" as UserId;
  const overlay = new ReactionOverlay(me);
  const kept = { seq: 1, unsentAt: null, reactions: [{ emoji: "❤️", count: 1, userIds: [me] }] } as unknown as Message;
  const asked: unknown[] = [];
  const shown: unknown[] = [];
  const parts = {
    conversationId: "c",
    api: {
      call: (_route: unknown, { params }: { params: unknown }) => {
        asked.push(params);
        return Promise.resolve(kept);
      },
    },
    sync: { changed: () => undefined },
    reactions: overlay,
    onShown: () => shown.push(overlay.apply(kept).reactions),
  } as unknown as ActionParts;
  await new MessageActions(parts).react(1, "❤", false);
  expect(asked).toEqual([{ conversationId: "c", seq: 1, emoji: "❤️" }]);
  expect(shown).toEqual([[], kept.reactions]);
});

test("[S34] what the user chooses last is what the server is asked last, though an earlier ask is slow or fails", async () => {
  const kept = { seq: 1, unsentAt: null, reactions: [] } as unknown as Message;
  const asked: unknown[] = [];
  const slow = Promise.withResolvers<Message>();
  const parts = {
    conversationId: "c",
    api: {
      call: (_route: unknown, { params, body }: { params: object; body?: object }) => {
        asked.push({ ...params, ...body });
        return asked.length <= 3 ? slow.promise : Promise.resolve(kept);
      },
    },
    sync: { changed: () => undefined },
    reactions: new ReactionOverlay("u_me" as UserId),
    onShown: () => undefined,
  } as unknown as ActionParts;
  const actions = new MessageActions(parts);
  const first = [actions.vote(1, [0]), actions.vote(2, [0]), actions.react(1, "👍", true)];
  const later = [actions.vote(1, [0, 1]), actions.react(1, "👍", false)];
  await Promise.resolve();
  const at = { conversationId: "c", seq: 1 };
  const begun = [
    { ...at, options: [0] },
    { ...at, seq: 2, options: [0] },
    { ...at, emoji: "👍" },
  ];
  expect(asked).toEqual(begun);
  slow.reject(new Error("away"));
  expect((await Promise.allSettled(first)).map(({ status }) => status)).toEqual(first.map(() => "rejected"));
  await Promise.all(later);
  expect(asked).toEqual([...begun, { ...at, options: [0, 1] }, { ...at, emoji: "👍" }]);
});
