/** Pins in the SDK: what its details say. */
import { expect, it } from "vitest";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { modelWith, openedConversation } from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled } from "../../rig/wound-clock.ts";

it("[C5] the details forget the last pin, which a server does not name any more", async () => {
  const { model, socket, conversation } = await openedConversation(modelWith(3));
  await conversation.load();
  await settled();
  const details: object = conversation.details.getSnapshot() ?? {};
  const say = (more: object) => {
    const rev = ++model.rev;
    socket.say({ type: "change", conversationId: modelConversation, rev, conversation: { ...details, ...more } });
  };
  say({ pinned: [2] });
  expect(conversation.details.getSnapshot()?.pinned).toEqual([2]);
  say({ title: "other" });
  expect(conversation.details.getSnapshot()).toMatchObject({ title: "other" });
  expect(conversation.details.getSnapshot()?.pinned).toBe(undefined);
});
