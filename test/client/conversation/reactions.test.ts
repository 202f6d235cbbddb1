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
