/** What a conversation promises about messages with attachments: who may send which, once, with which hashes, and that they are gone with their message. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { conversationStub, userStub } from "../../../../objects/shared/platform/calls.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import { erasedUser } from "../../../../core/account/erased.ts";
import type { AttachmentId, ConversationId } from "../../../../schema/ids.ts";
import type { ChainRange, ChangesPage, MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { Attachment } from "../../../../schema/wire/attachment.ts";
import type { Message } from "../../../../schema/wire/message.ts";
import { readChain, readChanges, readMessage, readPage } from "../../../../workers/archive/reads.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { askUpload, keysOf, uploaded } from "../../../rig/objects/media/attachments.ts";
import { checked, exportOf } from "../../../rig/objects/exports.ts";
import { sql } from "../../../rig/objects/archived.ts";
import {
  codeOf,
  foundDm,
  foundGroup,
  send,
  sendCommand,
  settleFanOut,
  somebody,
  submit,
  type TestPerson,
} from "../../../rig/objects/people.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));
const idsOf = (attachments: readonly Attachment[]): AttachmentId[] => attachments.map((each) => each.id);

async function pageOf(id: ConversationId, by: TestPerson): Promise<MessagesPage> {
  const query = { limit: 50, before: undefined, after: undefined, around: undefined };
  const answer = await readPage(env, id, by.userId, query);
  if (!answer.ok) throw new Error(answer.refusal.code);
  return JSON.parse(answer.value) as MessagesPage;
}

async function messageOf(id: ConversationId, by: TestPerson, seq: number): Promise<Message> {
  const answer = await readMessage(env, id, by.userId, seq);
  if (!answer.ok) throw new Error(answer.refusal.code);
  return JSON.parse(answer.value) as Message;
}

/** Runs the alarm that deletes what is to be deleted. */
async function collect(id: ConversationId): Promise<void> {
  wind(10_000);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
}

test("[S26] a message carries its attachments in the order asked, over every read and across evictions", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  await send(id, ana, "first");
  const files = [
    await uploaded(id, ana),
    await uploaded(id, ana, { name: "song.ogg", type: "audio/ogg", kind: "audio" }),
  ];
  await evict(id);
  const ack = await send(id, ana, "", "key", { attachments: idsOf(files).toReversed() });
  expect(ack).toMatchObject({ seq: 2, duplicate: false });
  await evict(id);
  const message = await messageOf(id, bo, 2);
  expect(message).toMatchObject({ text: "", attachments: files.toReversed() });
  const page = await pageOf(id, bo);
  expect(page.messages.map((each) => each.attachments)).toEqual([[], files.toReversed()]);
  const changes = await readChanges(env, id, bo.userId, { rev: 0, limit: 50 });
  expect((JSON.parse(changes.ok ? changes.value : "{}") as ChangesPage).messages[1]).toEqual(message);
  const exported = await exportOf(id, bo.userId);
  expect(checked(exported?.text ?? "")).toMatchObject({ isWhole: true, attachments: 2 });
  // The row of a text says nothing of attachments.
  expect(await sql(id, "SELECT seq FROM messages WHERE attachments IS NOT NULL")).toEqual([{ seq: 2 }]);
});

test("[S24] the hash of a message with attachments covers their ids and hashes in the place of the text", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const files = [await uploaded(id, ana), await uploaded(id, ana)];
  await send(id, ana, "two 🦜", "key", { attachments: idsOf(files) });
  await send(id, ana, "two 🦜");
  const answer = await readChain(env, id, bo.userId, { from: 1, to: 2 });
  const { items } = JSON.parse(answer.ok ? answer.value : "{}") as ChainRange;
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  const named = files.map((each) => `${each.id}:${each.sha256}`).join(",");
  expect(items.map((item) => item.contentHash)).toEqual([
    sha(`${items[0]?.salt}\ntwo 🦜\u0000${named}`),
    sha(`${items[1]?.salt}\ntwo 🦜`),
  ]);
});

test("[S26] only complete and unsent uploads of the sender in this conversation can be sent, and else nothing is stored", async () => {
  const [ana, bo, eve] = [somebody("ana"), somebody("bo"), somebody("eve")];
  const id = await foundGroup(ana, [bo]);
  const other = await foundDm(ana, eve);
  const [mine, bos, elsewhere] = [await uploaded(id, ana), await uploaded(id, bo), await uploaded(other, ana)];
  const begun = `${id}.${"a".repeat(22)}` as AttachmentId;
  const draft = { name: "a", type: "", bytes: 3, sha256: null };
  await askUpload<"begin">(id, ana, { do: "begin", id: begun, draft, day: 0 });
  const unknown = `${id}.${"b".repeat(22)}` as AttachmentId;
  const disguised = `${other}.${mine.id.split(".")[1] ?? ""}` as AttachmentId;
  for (const bad of [bos.id, elsewhere.id, begun, unknown, disguised])
    for (const attachments of [[bad], [mine.id, bad], [bad, mine.id]])
      expect(codeOf(await submit(id, ana, sendCommand("x", "key", { attachments }))), bad).toBe("bad_request");
  expect((await pageOf(id, ana)).head.seq).toBe(0);
  // What was refused used nothing up.
  expect(await send(id, ana, "x", "key", { attachments: [mine.id] })).toMatchObject({ seq: 1 });
  expect(codeOf(await submit(id, ana, sendCommand("x", "key2", { attachments: [mine.id] })))).toBe("bad_request");
});

test("[S26] of two sends of one turn that name the same upload one wins", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const file = await uploaded(id, ana);
  const commands = ["k1", "k2"].map((key) => sendCommand(key, key, { attachments: [file.id] }));
  const answers = await conversationStub(env, id).submit(ana.actor, commands);
  expect(answers.map(codeOf)).toEqual(["ok", "bad_request"]);
});

test("[S3] a repeat with another order or set of attachments is another body; the same is the same, also after an edit", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const files = idsOf([await uploaded(id, ana), await uploaded(id, ana)]);
  const spare = (await uploaded(id, ana)).id;
  const first = await send(id, ana, "t", "key", { attachments: files });
  await evict(id);
  const again = (attachments: AttachmentId[], text = "t") => submit(id, ana, sendCommand(text, "key", { attachments }));
  const repeated = { ok: true, did: "send", ack: { ...first, duplicate: true } };
  expect(await again(files)).toEqual(repeated);
  for (const others of [files.toReversed(), files.slice(1), [], [...files, spare], [spare]])
    expect(codeOf(await again(others))).toBe("client_id_reused");
  expect(codeOf(await again(files, "u"))).toBe("client_id_reused");
  await submit(id, ana, { do: "edit", seq: first.seq, text: "", mentions: null });
  expect(await again(files)).toEqual(repeated);
  expect(codeOf(await again(files, ""))).toBe("client_id_reused");
  await submit(id, ana, { do: "unsend", seq: first.seq });
  expect(await again([])).toEqual(repeated);
  // A text is no repeat of a message with attachments, nor the other way round.
  await send(id, ana, "plain", "key2");
  expect(codeOf(await submit(id, ana, sendCommand("plain", "key2", { attachments: [spare] })))).toBe(
    "client_id_reused",
  );
});

test("[S27] an edit may empty the text beside attachments, which it leaves alone", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const file = await uploaded(id, ana);
  await send(id, ana, "look", "key", { attachments: [file.id] });
  await send(id, ana, "text");
  const edit = (seq: number, text: string) => submit(id, ana, { do: "edit", seq, text, mentions: null });
  expect(codeOf(await edit(1, ""))).toBe("ok");
  expect(codeOf(await edit(2, ""))).toBe("bad_request");
  expect(codeOf(await submit(id, bo, { do: "edit", seq: 1, text: "", mentions: null }))).toBe("forbidden");
  await evict(id);
  expect(await messageOf(id, bo, 1)).toMatchObject({ text: "", attachments: [file] });
  expect(codeOf(await submit(id, bo, { do: "react", seq: 1, emoji: "👍", isOn: true }))).toBe("ok");
  expect(await messageOf(id, bo, 1)).toMatchObject({ attachments: [file], reactions: [{ emoji: "👍" }] });
});

test("[S28] the bytes of an unsent message go, and nobody sees them from that moment", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const preview = await uploaded(id, ana, { type: "image/webp" });
  const file = await uploaded(id, ana, { preview: preview.id });
  expect(file).toMatchObject({ hasPreview: true, previewType: "image/webp" });
  const other = await uploaded(id, ana);
  await send(id, ana, "", "key", { attachments: [file.id] });
  await send(id, ana, "", "key2", { attachments: [other.id] });
  expect(await keysOf(id)).toHaveLength(3);
  const seen = async (by: TestPerson) => {
    const media = await askUpload<"see all">(id, by, { do: "see all", ids: [file.id, other.id] });
    return media.map((each) => each?.attachment.id);
  };
  expect(await seen(bo)).toEqual([file.id, other.id]);
  await submit(id, ana, { do: "unsend", seq: 1 });
  expect(await messageOf(id, bo, 1)).toMatchObject({ text: "", attachments: [] });
  expect(await seen(bo)).toEqual([undefined, other.id]);
  expect(await seen(ana)).toEqual([undefined, other.id]);
  await evict(id);
  await collect(id);
  expect(await keysOf(id)).toHaveLength(1);
  // Nothing of what was attached is left in the object.
  const left = await sql<{ text: string }>(
    id,
    "SELECT group_concat(attachment) AS text FROM sent_attachments UNION ALL SELECT group_concat(attachments) FROM messages",
  );
  expect(JSON.stringify(left)).not.toContain(file.sha256);
});

test("[S28] what somebody has sent goes with their account, and what others have sent stays", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const [bos, anas] = [await uploaded(id, bo), await uploaded(id, ana)];
  await uploaded(id, bo, { name: "never sent" });
  await send(id, bo, "", "key", { attachments: [bos.id] });
  await send(id, ana, "", "key", { attachments: [anas.id] });
  const erased = { ...bo.person, user: erasedUser(bo.userId) };
  for (let after: number | null = 0; after !== null;)
    ({ next: after } = await conversationStub(env, id).eraseMember(erased, after));
  expect((await pageOf(id, ana)).messages.map((message) => message.attachments)).toEqual([[], [anas]]);
  await evict(id);
  await collect(id);
  expect(await keysOf(id)).toHaveLength(1);
});

test("[S25] rows of the inbox tell kind and name of what the last message has attached, and nothing once it is unsent", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const long = "n".repeat(255);
  const files = [
    await uploaded(id, ana),
    await uploaded(id, ana, { name: long }),
    await uploaded(id, ana, { name: long }),
  ];
  await send(id, ana, "", "key", { attachments: idsOf(files) });
  await settleFanOut(id);
  const lastOf = async (by: TestPerson) => {
    const rows = await userStub(env, by.userId).summaries(undefined, 10);
    return rows.ok ? rows.value.conversations[0]?.lastMessage : undefined;
  };
  for (const by of [ana, bo]) {
    await evictDurableObject(env.USERS.getByName(by.userId));
    expect(await lastOf(by)).toMatchObject({
      preview: "",
      attachments: [
        { kind: "image", name: "picture.png" },
        { kind: "image", name: long },
        { kind: "image", name: long.slice(0, 510 - 11 - 255) },
      ],
    });
  }
  await submit(id, ana, { do: "unsend", seq: 1 });
  await settleFanOut(id);
  expect(await lastOf(bo)).toMatchObject({ unsent: true, attachments: [] });
});

test("[S26] a text costs no row more than without uploads, and each attachment three: one that goes, one that comes, and its index", async () => {
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundDm(ana, bo);
  const rowsOf = (text: string, attachments: AttachmentId[]) =>
    runInDurableObject(env.CONVERSATIONS.getByName(id), async (object) => {
      const before = cost.rowsWritten;
      const command = sendCommand(text, crypto.randomUUID(), attachments.length === 0 ? {} : { attachments });
      const [answer] = await object.submit(ana.actor, [command]);
      expect(answer).toMatchObject({ ok: true });
      return cost.rowsWritten - before;
    });
  // Rows are counted over all objects. So the members' objects write theirs much later, and of some tries the least is the message's own.
  Object.assign(commitPace, { ms: 600_000 });
  onTestFinished(() => void Object.assign(commitPace, { ms: 0 }));
  const leastRowsOf = async (text: string, attached: () => Promise<AttachmentId[]>) => {
    const counts: number[] = [];
    for (let n = 0; n < 5; n++) counts.push(await rowsOf(text, await attached()));
    return Math.min(...counts);
  };
  // The first send sets the alarm, and is written by the members at once.
  await rowsOf("warm", []);
  for (const by of [ana, bo])
    await expect
      .poll(async () => {
        const rows = await userStub(env, by.userId).summaries(undefined, 10);
        return rows.ok ? rows.value.conversations[0]?.head.seq : undefined;
      })
      .toBe(1);
  const two = async () => idsOf([await uploaded(id, ana), await uploaded(id, ana)]);
  expect(await leastRowsOf("text", () => Promise.resolve([]))).toBe(1);
  expect(await leastRowsOf("", two)).toBe(1 + 3 * 2);
});
