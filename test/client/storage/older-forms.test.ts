/** What an earlier version of the SDK has stored, and what an object answers that a deploy has not reached yet, is read in today's form. */
import { expect, it } from "vitest";
import type { Stored } from "../../../client/contract/storage.ts";
import { keys } from "../../../client/storage/keys.ts";
import { lenient } from "../../../schema/lenient.ts";
import { message, notice, policy } from "../../../schema/wire/message.ts";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { conversationSync as rig } from "../../rig/client/conversation/conversation-sync-rig.ts";

const olderReactions = [{ emoji: "👍", userIds: ["ana", "bo"] }];
const reactions = [{ emoji: "👍", count: 2, userIds: ["ana", "bo"] }];

/** As a version stored it that knew no attachments. */
function withoutAttachments(value: unknown): Record<string, Stored> {
  const { attachments: _attachments, ...older } = value as Record<string, Stored>;
  return older;
}

it("[M19] stored messages and notices of an earlier version come from the cache in today's form, and none is missing", async () => {
  const model = modelWith(10);
  model.notice();
  const first = rig({ model });
  await first.sync.bringUpToDate();
  await first.sync.flush();
  const { storage } = first;
  const puts: [string, Stored][] = [];
  for (const [key, value] of await storage.list(keys.messages("ana", modelConversation, 0, 100)))
    puts.push([key, { ...withoutAttachments(value), reactions: olderReactions }]);
  for (const [key, value] of await storage.list(keys.notices("ana", modelConversation)))
    puts.push([key, { ...(value as Record<string, Stored>), kind: "member_left", userId: "bo" }]);
  expect(puts).toHaveLength(11);
  await storage.write({ puts });

  const second = rig({ model, storage });
  second.state.isDown = true;
  await second.sync.load();
  await second.sync.history.before().catch(() => undefined);
  const { messages, notices } = second.sync.timeline;
  expect([...messages.values()].map((each) => [each.reactions, each.attachments])).toEqual(
    Array.from({ length: 10 }, () => [reactions, []]),
  );
  expect([...notices.all.values()]).toMatchObject([{ kind: "member_left", userIds: ["bo"], count: 1 }]);
});

it("[M19] answers of an older object keep their reactions, notices and policies", () => {
  const [base] = modelWith(1).messages.values();
  expect(lenient(message).parse({ ...base, reactions: olderReactions })).toMatchObject({ reactions });
  const older = { conversationId: modelConversation, rev: 1, afterSeq: 0, at: 1, by: "ana" };
  expect(lenient(notice).parse({ ...older, kind: "member_added", userId: "bo", role: "member" })).toMatchObject({
    userIds: ["bo"],
    count: 1,
  });
  const rights = { add: "member", edit: "member", history: "all" };
  expect(lenient(policy).parse(rights)).toEqual({ ...rights, write: "member" });
  // Of a right that a newer server gives to others, nobody knows who has it.
  expect(lenient(policy).parse({ ...rights, write: "bots" })).toEqual({ ...rights, write: "admin" });
});
