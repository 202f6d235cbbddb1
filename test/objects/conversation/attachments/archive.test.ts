/** What is promised about attachments of archived messages: every read shows them as before, and an unsend deletes their bytes, also where a segment is lost. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { erasedUser } from "../../../../core/account/erased.ts";
import type { Command } from "../../../../objects/contract/command.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { ConversationId, Seq } from "../../../../schema/ids.ts";
import type { Attachment } from "../../../../schema/wire/attachment.ts";
import { readOwnWords } from "../../../../workers/archive/read-exports.ts";
import { forgetSegments } from "../../../../workers/archive/read-segment.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { archiveOf, lowerMarks, readerOf, seal, sql } from "../../../rig/objects/archived.ts";
import { askUpload, keysOf, uploaded } from "../../../rig/objects/media/attachments.ts";
import { checked, exportOf, linesIn } from "../../../rig/objects/exports.ts";
import { codeOf, foundGroup, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { storedInBucket } from "../../../rig/objects/stores.ts";

const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);

type Archived = { id: ConversationId; ana: TestPerson; bo: TestPerson; files: Map<Seq, Attachment[]>; keys: string[] };

/** 300 messages, the older ones in the archive; every 60th has two attachments. `before`: is run while nothing is archived yet. */
async function archived(before: (made: Archived) => Promise<void> = () => Promise.resolve()): Promise<Archived> {
  lowerMarks();
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [somebody("ana"), somebody("bo")];
  const id = await foundGroup(ana, [bo]);
  const files = new Map<Seq, Attachment[]>();
  const commands: Command[] = [];
  for (let seq = 1; seq <= 300; seq++) {
    const own = seq % 60 === 5 ? [await uploaded(id, ana), await uploaded(id, ana, { name: `ü ${seq}.zip` })] : [];
    if (own.length > 0) files.set(seq, own);
    const attachments = own.map((each) => each.id);
    commands.push(sendCommand(own.length > 0 ? "" : `text ${seq}`, `k${seq}`, { attachments }));
  }
  for (let from = 0; from < 300; from += 100)
    await conversationStub(env, id).submit(ana.actor, commands.slice(from, from + 100));
  const made = { id, ana, bo, files, keys: await keysOf(id) };
  await before(made);
  await seal(id);
  expect((await archiveOf(id)).through).toBeGreaterThan(200);
  return made;
}

/** Everything that Bo can read, as text. */
async function readAll({ id, bo }: Archived): Promise<string[]> {
  forgetSegments();
  const reader = readerOf(id);
  return [
    await reader.page(bo.userId, { limit: 100, after: 0 }),
    await reader.page(bo.userId, { limit: 100, before: 130 }),
    await reader.message(bo.userId, 5),
    await reader.verify(bo.userId, 1, 250),
    await reader.changes(bo.userId, { rev: 0, limit: 500 }),
    (await exportOf(id, bo.userId))?.text ?? "",
  ];
}

test("[S24] [S26] every read of archived messages with attachments is byte for byte what it was, and the export's chain holds", async () => {
  let before: string[] = [];
  const made = await archived(async (fresh) => void (before = await readAll(fresh)));
  const { id, ana, bo, files } = made;
  await evict(id);
  const after = await readAll(made);
  expect(after).toEqual(before);
  expect(checked(after.at(-1) ?? "")).toMatchObject({ isWhole: true, attachments: 2 * files.size });
  expect(after[0]).toContain(files.get(5)?.[1]?.sha256);
  const own = await readOwnWords(env, id, ana.userId, 0);
  const [fifth] = linesIn(own.ok ? own.value.lines : "").filter(({ seq }) => seq === 5);
  expect(fifth).toMatchObject({ attachments: files.get(5) });
  // Addresses, the list and repeats need no row of a message.
  expect(await sql(id, "SELECT seq FROM messages WHERE seq = 5")).toEqual([]);
  const ids = [...files.values()].flat().map((each) => each.id);
  const media = await askUpload<"see all">(id, bo, { do: "see all", ids });
  expect(media.map((each) => each?.attachment.id)).toEqual(ids);
  const list = await conversationStub(env, id).attached(bo.userId, { limit: 50 });
  expect(list.ok && list.value.items.map((item) => item.seq)).toEqual([245, 245, 185, 185, 125, 125, 65, 65, 5, 5]);
  const repeat = (attachments = files.get(5)?.map((each) => each.id)) =>
    submit(id, ana, sendCommand("", "k5", { attachments: attachments ?? [] }));
  expect(await repeat()).toMatchObject({ ok: true, ack: { seq: 5, duplicate: true } });
  expect(
    codeOf(
      await repeat(
        files
          .get(5)
          ?.map((each) => each.id)
          .toReversed(),
      ),
    ),
  ).toBe("client_id_reused");
  expect(codeOf(await repeat([]))).toBe("client_id_reused");
});

test("[S28] unsending an archived message deletes its bytes, and nothing of what it carried stays in a segment", async () => {
  const { id, ana, bo, files, keys } = await archived();
  const [gone, stays] = [files.get(5) ?? [], files.get(65) ?? []];
  expect(await storedInBucket(id)).toContain(gone[0]?.sha256 ?? "no file");
  expect(codeOf(await submit(id, ana, { do: "unsend", seq: 5 }))).toBe("ok");
  const ids = [...gone, ...stays].map((each) => each.id);
  const media = await askUpload<"see all">(id, bo, { do: "see all", ids });
  expect(media.map((each) => each?.attachment.id)).toEqual([undefined, undefined, ...stays.map((each) => each.id)]);
  expect(JSON.parse(await readerOf(id).message(bo.userId, 5))).toMatchObject({ text: "", attachments: [] });
  await evict(id);
  await seal(id);
  wind(4_000_000);
  await seal(id);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  expect(await keysOf(id)).toHaveLength(keys.length - 2);
  const stored = await storedInBucket(id);
  expect(stored).not.toContain(gone[0]?.sha256);
  expect(stored).toContain(stays[0]?.sha256);
  expect(JSON.parse(await readerOf(id).message(bo.userId, 65))).toMatchObject({ attachments: stays });
  const edited = await submit(id, ana, { do: "edit", seq: 65, text: "look", mentions: null });
  expect(codeOf(edited)).toBe("ok");
  expect(JSON.parse(await readerOf(id).message(bo.userId, 65))).toMatchObject({ text: "look", attachments: stays });
});

test("[S28] when an account is erased the bytes go also where nobody can read which messages carried them", async () => {
  const { id, ana } = await archived();
  const { objects } = await env.ARCHIVE.list({ prefix: `archive/${id}/` });
  for (const { key } of objects) if (!key.includes("words-")) await env.ARCHIVE.delete(key);
  forgetSegments();
  await evict(id);
  const erased = { ...ana.person, user: erasedUser(ana.userId) };
  for (let after: number | null = 0; after !== null;)
    ({ next: after } = await conversationStub(env, id).eraseMember(erased, after));
  wind(10_000);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  expect(await keysOf(id)).toEqual([]);
  expect(await sql(id, "SELECT id FROM sent_attachments")).toEqual([]);
});
