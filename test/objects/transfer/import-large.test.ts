/** What an import promises of groups with more members than a small one may have. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import { largeMarks } from "../../../objects/conversation/large/marks.ts";
import { conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import { consumeFanOut } from "../../../workers/queues/fanout.ts";
import { valueOf } from "../../rig/objects/accounts.ts";
import { begin, message, post, TestImport } from "../../rig/objects/importing.ts";
import { openLargeGroups } from "../../rig/objects/large-groups.ts";
import { send, type TestPerson } from "../../rig/objects/people.ts";

openLargeGroups();

const personOf = (userId: UserId): TestPerson =>
  ({ userId, actor: { userId, deviceId: "d" } }) as unknown as TestPerson;
const rowsOf = async (userId: UserId) => valueOf(await userStub(env, userId).summaries(undefined, 10)).conversations;
const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);

/** What is due to the members reaches their inboxes. */
async function settled(id: ConversationId): Promise<void> {
  await vi.waitFor(async () => {
    await consumeFanOut({ conversationId: id }, env);
    expect((await conversationStub(env, id).fanOutPage(null, [])).due).toEqual([]);
  });
}

test("[X19] a group of many members is imported as a large one: whole, read by everybody, in the order in which they joined", async () => {
  const source = new TestImport("many");
  const names = ["ana", "bo", "cy", "di", "eve"];
  const [ana, bo, cy, di, eve] = (await source.people(...names)) as [UserId, UserId, UserId, UserId, UserId];
  const id = await source.conversation(["di", "cy", "ana"]);
  const lines = [
    message(1, { reactions: [{ emoji: "👍", by: names }] }),
    { type: "join", person: "eve", at: begin + 2_000 },
    { type: "join", person: "bo", at: begin + 3_000 },
    message(4, { mentions: ["bo"] }),
    { type: "leave", person: "cy", at: begin + 5_000 },
    message(6, { sender: "eve" }),
  ];
  expect(await source.bring(id, lines)).toEqual({ stored: 6, known: 0, faults: [] });
  await evict(id);
  expect(await source.bring(id, lines)).toEqual({ stored: 0, known: 6, faults: [] });
  expect(await rowsOf(ana)).toEqual([]);
  await source.open(id);
  await settled(id);
  for (const again of [false, true]) {
    if (again) {
      await evict(id);
      await source.open(id);
      await settled(id);
    }
    const view = valueOf(await conversationStub(env, id).view(bo));
    expect(view).toMatchObject({ mode: "large", memberCount: 4, head: { seq: 3 } });
    const page = valueOf(await conversationStub(env, id).members(bo, undefined, 50));
    expect(page.members.map(({ user }) => user.id)).toEqual([di, ana, eve, bo]);
    for (const userId of [ana, bo, di, eve])
      expect(await rowsOf(userId)).toMatchObject([
        { mode: "large", unread: 0, mentionsUnread: 0, read: 3, lastMessage: { seq: 3, preview: "text 6" } },
      ]);
    expect(await rowsOf(cy)).toMatchObject([{ conversationId: id, left: true, unread: 0 }]);
  }
  // As in a group that was founded as a large one, messages are pushed only where they concern somebody.
  expect(await rowsOf(ana)).toMatchObject([{ notify: "mentions" }]);
  expect((await send(id, personOf(ana), "new")).seq).toBe(4);
  expect(await rowsOf(bo)).toMatchObject([{ unread: 1 }]);
});

test("[X19] a group holds so many members while it is imported, and not one more", async () => {
  Object.assign(largeMarks, { importGroupMembersMax: 3 });
  onTestFinished(() => void Object.assign(largeMarks, { importGroupMembersMax: batches.importGroupMembers }));
  const source = new TestImport("full");
  await source.people("ana", "bo", "cy", "di");
  const id = await source.conversation(["ana", "bo"]);
  const joins = ["cy", "di"].map((person) => ({ type: "join", person, at: begin }));
  expect(await source.bring(id, joins)).toMatchObject({
    stored: 1,
    faults: [{ index: 1, detail: "person: the group is full" }],
  });
});

test("[X19] so many members may be there from the beginning, and not one more", async () => {
  const conversation = { id: "c", kind: "group", createdAt: begin, title: "t" };
  const asked = async (count: number) => {
    const members = Array.from({ length: count }, (_, at) => `u${at}`);
    return await post({ do: "conversation", source: "none", conversation: { ...conversation, members } });
  };
  expect(batches.importMembers).toBe(1_000);
  expect((await asked(batches.importMembers + 1)).body.detail).toContain("conversation.members");
  expect((await asked(2)).body.detail).toContain("members.0: nobody of this id was imported");
});
