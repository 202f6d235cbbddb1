/** What an import promises of conversations: the history of elsewhere, once, in its order and with its times, read by its members; and nobody is told before it is whole. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test } from "vitest";
import { conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import { mintDmId } from "../../../objects/shared/identity/mint.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import { codeOf, valueOf } from "../../rig/objects/accounts.ts";
import { archiveOf, lowerMarks, seal, sql } from "../../rig/objects/archived.ts";
import { checked, exportOf, linesIn } from "../../rig/objects/exports.ts";
import { begin, dayMs, message, messages, post, TestImport } from "../../rig/objects/importing.ts";
import { send, settleFanOut, submit, type TestPerson } from "../../rig/objects/people.ts";

const personOf = (userId: UserId): TestPerson =>
  ({ userId, actor: { userId, deviceId: "d" } }) as unknown as TestPerson;

const rowsOf = async (userId: UserId) => valueOf(await userStub(env, userId).summaries(undefined, 10)).conversations;
const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));

async function exported(
  id: ConversationId,
  viewer: UserId,
): Promise<{ text: string; lines: Record<string, unknown>[] }> {
  const { text } = (await exportOf(id, viewer)) ?? { text: "" };
  return { text, lines: linesIn(text).filter((line) => line.type === "message") };
}

for (const kind of ["group", "dm"] as const)
  test(`[X11] a ${kind} is imported with times, senders, order and replies, read by everybody, and checks`, async () => {
    const source = new TestImport(`whole_${kind}`);
    const [ana = "" as UserId, bo = "" as UserId] = await source.people("ana", "bo");
    const id = await source.conversation(["ana", "bo"], kind);
    const first = messages(1, 300);
    first[4] = message(5, { replyTo: { id: "m2", sender: "ana" } });
    await source.bring(id, first);
    expect(await rowsOf(ana)).toEqual([]);
    await evict(id);
    await source.bring(id, [message(301, { replyTo: { id: "m7", sender: "bo" } })]);
    await source.open(id);
    await settleFanOut(id);
    for (const userId of [ana, bo]) {
      const [row] = await rowsOf(userId);
      expect(row).toMatchObject({
        conversationId: id,
        unread: 0,
        mentionsUnread: 0,
        read: 301,
        lastMessage: { seq: 301, preview: "text 301" },
      });
      expect(row?.head.at).toBe(begin + 301_000);
    }
    const { text, lines } = await exported(id, bo);
    expect(checked(text)).toMatchObject({ isWhole: true, to: 301, texts: { intact: 301 } });
    expect(lines[4]).toMatchObject({ seq: 5, senderId: bo, sentAt: begin + 5_000, text: "text 5", replyTo: 2 });
    expect(lines[300]).toMatchObject({ seq: 301, replyTo: 7 });
    // From now on it is a conversation like any other.
    expect((await send(id, personOf(ana), "new")).seq).toBe(302);
    await settleFanOut(id);
    expect((await rowsOf(bo))[0]).toMatchObject({ unread: 1 });
    await evict(id);
    expect(valueOf(await conversationStub(env, id).view(bo)).head).toMatchObject({ seq: 302 });
  });

test("[X11] mentions, reactions, edits and unsends come as they are left, and leave nothing unread", async () => {
  const source = new TestImport("left");
  const [ana = "" as UserId, bo = "" as UserId] = await source.people("ana", "bo");
  const id = await source.conversation();
  await source.bring(id, [
    message(1, {
      mentions: ["ana", "ana"],
      reactions: [
        { emoji: "👍", by: ["ana", "bo"] },
        { emoji: "❤", by: ["ana"] },
      ],
    }),
    message(2, { editedAt: begin + 9_000 }),
    message(3, { text: undefined, unsentAt: begin + 9_000 }),
    message(4, { replyTo: { id: "m3", sender: "bo" } }),
  ]);
  await evict(id);
  await source.open(id);
  await settleFanOut(id);
  expect((await rowsOf(ana))[0]).toMatchObject({ unread: 0, mentionsUnread: 0, lastMessage: { seq: 4 } });
  const { text, lines } = await exported(id, ana);
  expect(checked(text)).toMatchObject({ isWhole: true, to: 4, faults: [] });
  const reactions = [
    { emoji: "👍", count: 2, userIds: [ana, bo] },
    { emoji: "❤️", count: 1, userIds: [ana] },
  ];
  expect(lines).toMatchObject([
    { mentions: [ana], reactions, editedAt: null },
    { text: "text 2", editedAt: begin + 9_000 },
    { text: "", unsentAt: begin + 9_000, reactions: [] },
    { replyTo: 3 },
  ]);
  // They change like any others.
  expect(await submit(id, personOf(ana), { do: "react", seq: 1, emoji: "👍", isOn: false })).toMatchObject({
    ok: true,
  });
  expect(await submit(id, personOf(ana), { do: "edit", seq: 2, text: "changed", mentions: null })).toMatchObject({
    ok: true,
  });
});

test("[X14] people who join and leave have notices at those times; a person who is gone has a row that ended, and what they wrote is in their export", async () => {
  const source = new TestImport("moves");
  const [ana, bo, cy, di, eve] = (await source.people("ana", "bo", "cy", "di", "eve")) as [
    UserId,
    UserId,
    UserId,
    UserId,
    UserId,
  ];
  const id = await source.conversation(["bo", "ana"]);
  const at = (seconds: number): number => begin + seconds * 1_000;
  const lines = [
    message(1),
    { type: "join", person: "cy", at: at(2) },
    message(3, { sender: "cy", text: "by cy" }),
    { type: "leave", person: "cy", at: at(4) },
    { type: "join", person: "di", at: at(5) },
    message(6, { sender: "eve", text: "by eve" }),
    { type: "leave", person: "bo", at: at(7) },
  ];
  expect(await source.bring(id, lines)).toEqual({ stored: 7, known: 0, faults: [] });
  await evict(id);
  expect(await source.bring(id, lines)).toEqual({ stored: 0, known: 7, faults: [] });
  await source.open(id);
  await settleFanOut(id);
  expect(await source.bring(id, lines)).toEqual({ stored: 0, known: 7, faults: [] });

  const view = valueOf(await conversationStub(env, id).view(ana));
  expect(new Map(view.members?.map(({ user, role }) => [user.id, role]))).toEqual(
    new Map([
      [ana, "owner"],
      [di, "member"],
    ]),
  );
  const page = { limit: 100, before: undefined, after: undefined, around: undefined };
  const read = JSON.parse(valueOf(await conversationStub(env, id).page(ana, page)) as string) as {
    notices: { kind: string; userIds?: UserId[]; at: number; afterSeq: number }[];
  };
  expect(
    read.notices.map(({ kind, userIds, at: when, afterSeq }) => [kind, userIds?.[0], when, afterSeq]).slice(1),
  ).toEqual([
    ["member_added", cy, at(2), 1],
    ["member_left", cy, at(4), 2],
    ["member_added", di, at(5), 2],
    ["member_left", bo, at(7), 3],
    ["role_changed", ana, at(7), 3],
  ]);
  for (const userId of [bo, cy, eve]) {
    expect(await rowsOf(userId)).toMatchObject([{ conversationId: id, left: true, unread: 0, title: "Old times" }]);
    expect(codeOf(await conversationStub(env, id).view(userId))).toBe("not_found");
  }
  expect(await conversationStub(env, id).ownWords(eve, 0)).toMatchObject({
    lines: expect.stringContaining("by eve") as string,
  });
  // Nothing of them is kept once their inboxes know.
  expect(await sql(id, "SELECT user_id FROM members WHERE left_rev IS NOT NULL")).toEqual([]);
  const gone = {
    user: { id: eve, handle: null, name: "", bio: "", avatarUrl: null, deleted: true as const },
    showsRead: false,
    showsTyping: false,
    blocks: [],
  };
  await conversationStub(env, id).eraseMember(gone, 0);
  expect((await exported(id, ana)).lines.map(({ text }) => text)).toEqual(["text 1", "by cy", ""]);
  // Who joined late sees no more than that, if the group shows history only from there on.
  valueOf(await conversationStub(env, id).patch(ana, { policy: { history: "joined" } }));
  expect((await exported(id, di)).lines.map(({ seq }) => seq)).toEqual([3]);
  expect((await exported(id, ana)).lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test("[X12] an import that is repeated, whole or in part, before and after it is open, stores nothing twice", async () => {
  const source = new TestImport("again");
  const [ana = "" as UserId] = await source.people("ana", "bo");
  const id = await source.conversation();
  await source.bring(id, messages(1, 100));
  await evict(id);
  expect(await source.bring(id, messages(51, 150))).toEqual({ stored: 50, known: 50, faults: [] });
  expect(await source.people("ana", "bo")).toContain(ana);
  expect(await source.conversation()).toBe(id);
  await source.open(id);
  await settleFanOut(id);
  const [before] = await rowsOf(ana);
  await source.open(id);
  await settleFanOut(id);
  expect(await rowsOf(ana)).toEqual([before]);
  expect(await source.bring(id, messages(1, 150))).toEqual({ stored: 0, known: 150, faults: [] });
  expect((await source.bring(id, messages(150, 151))).faults).toEqual([
    { index: 1, detail: "conversation: is open and takes no more" },
  ]);
  expect(valueOf(await conversationStub(env, id).view(ana)).head).toMatchObject({ seq: 150 });
});

test("[M19] [X12] an import that is repeated finds who joined also where the notice has an earlier form", async () => {
  const source = new TestImport("older");
  await source.people("ana", "bo", "cy");
  const id = await source.conversation();
  const lines = [message(1), { type: "join", person: "cy", at: begin + 2_000 }];
  await source.bring(id, lines);
  await sql(
    id,
    `UPDATE changes SET notice = json_remove(json_set(notice, '$.userId', json_extract(notice, '$.userIds[0]')), '$.userIds', '$.count')
     WHERE json_extract(notice, '$.kind') = 'member_added'`,
  );
  await evict(id);
  expect(await source.bring(id, lines)).toEqual({ stored: 0, known: 2, faults: [] });
});

test("[X12] a line that cannot be stored ends the call there, so that the mended line keeps its place; or it is left out", async () => {
  const source = new TestImport("unfit");
  await source.people("ana", "bo");
  const id = await source.conversation();
  const bad: [object, string][] = [
    [message(4), "at: is before"],
    [message(6, { at: Date.now() + dayMs }), "at: is in the future"],
    [message(6, { replyTo: { id: "m99", sender: "ana" } }), "replyTo: no such message"],
    [message(6, { sender: "nobody" }), "sender: nobody"],
    [message(6, { mentions: ["nobody"] }), "mentions: nobody"],
    [message(6, { reactions: [{ emoji: "👍", by: ["nobody"] }] }), "reactions: nobody"],
    [message(6, { editedAt: Date.now() + dayMs }), "editedAt: is in the future"],
    [message(5, { text: "another" }), "id: was imported before with another text"],
    [{ type: "join", person: "ana", at: begin + 6_000 }, "person: is a member already"],
    [{ type: "leave", person: "nobody", at: begin + 6_000 }, "person: nobody"],
  ];
  expect(await source.bring(id, [message(5)])).toEqual({ stored: 1, known: 0, faults: [] });
  for (const [line, why] of bad)
    expect(await source.bring(id, [message(5), line, message(7)]), why).toEqual({
      stored: 0,
      known: 1,
      faults: [{ index: 1, detail: expect.stringContaining(why) as string }],
    });
  const all = await source.bring(id, [message(5), ...bad.map(([line]) => line), message(7)], true);
  expect(all).toMatchObject({ stored: 1, known: 1 });
  expect(all.faults.map(({ index }) => index)).toEqual(bad.map((_, index) => index + 1));
  // What has not the form of a line is refused with its whole call.
  expect((await source.history(id, [message(8, { text: "" })])).status).toBe(400);
  expect((await source.history(id, [message(8, { text: undefined })])).body).toMatchObject({
    detail: expect.stringContaining("lines.0.text: is missing") as string,
  });
});

test("[X15] before an import is open, no inbox is called for it, whatever wakes it, and nobody has it", async () => {
  lowerMarks();
  const source = new TestImport("closed");
  const [ana = "" as UserId, bo = "" as UserId] = await source.people("ana", "bo");
  const id = await source.conversation(["ana", "bo"], "dm");
  await source.bring(id, messages(1, 600));
  // The archive has an alarm now, by which an object asks its inboxes, too.
  expect(await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id))).toBe(true);
  await evict(id);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  await seal(id);
  expect(await rowsOf(ana)).toEqual([]);
  expect(codeOf(await conversationStub(env, id).view(ana))).toBe("not_found");
  const command = { do: "send" as const, clientId: "x", text: "hello", replyTo: null, mentions: [] };
  expect(await submit(id, personOf(ana), command as never)).toMatchObject({
    ok: false,
    refusal: { code: "not_found" },
  });
  const people = [
    valueOf(await userStub(env, ana).relation(bo)).person,
    valueOf(await userStub(env, bo).relation(ana)).person,
  ];
  const founding = { kind: "dm" as const, id, by: ana, people };
  expect(codeOf(await conversationStub(env, id).found(founding))).toBe("unavailable");
  await source.open(id);
  await settleFanOut(id);
  expect(await rowsOf(bo)).toMatchObject([{ unread: 0, lastMessage: { seq: 600 } }]);
  expect(codeOf(await conversationStub(env, id).found(founding))).toBe("true");
});

test("[X15] an import waits for the archive where too much lies outside of it, and finds what lies in it", async () => {
  lowerMarks();
  const bounds: { importHeldMessages: number } = batches;
  const { importHeldMessages } = bounds;
  onTestFinished(() => void (bounds.importHeldMessages = importHeldMessages));
  bounds.importHeldMessages = 450;
  const source = new TestImport("archived");
  const [ana = "" as UserId] = await source.people("ana", "bo");
  const id = await source.conversation();
  await source.bring(id, messages(1, 600));
  expect((await source.history(id, [message(601)])).body).toMatchObject({ code: "unavailable" });
  await seal(id);
  const { through, rows } = await archiveOf(id);
  expect(through).toBeGreaterThan(300);
  expect(rows).toBeLessThan(300);
  await evict(id);
  expect(await source.bring(id, messages(1, 600))).toEqual({ stored: 0, known: 600, faults: [] });
  const reply = message(601, { replyTo: { id: "m1", sender: "bo" } });
  expect(await source.bring(id, [reply])).toMatchObject({ stored: 1 });
  await source.open(id);
  await settleFanOut(id);
  expect((await rowsOf(ana))[0]).toMatchObject({ unread: 0, lastMessage: { seq: 601 } });
  expect((await exported(id, ana)).lines.at(-1)).toMatchObject({ replyTo: 1 });
});

test("[X13] a conversation that people founded here takes no imports, and one of nobody is none", async () => {
  const source = new TestImport("founded");
  const [ana = "" as UserId, cy = "" as UserId] = await source.people("ana", "cy");
  const id = mintDmId(env.ID_SECRET, ana, cy);
  const people = [
    valueOf(await userStub(env, ana).relation(cy)).person,
    valueOf(await userStub(env, cy).relation(ana)).person,
  ];
  valueOf(await conversationStub(env, id).found({ kind: "dm", id, by: ana, people }));
  const ask = (members: string[]) =>
    post({ do: "conversation", source: "founded", conversation: { id: "x", kind: "dm", createdAt: begin, members } });
  expect((await ask(["ana", "cy"])).body).toMatchObject({ code: "conflict" });
  expect((await source.history(id, [message(1, { sender: "ana" })])).body).toMatchObject({ code: "conflict" });
  expect((await ask(["ana", "nobody"])).status).toBe(400);
  // Notes to oneself.
  expect((await ask(["ana"])).body).toMatchObject({ isOpen: false });
});
