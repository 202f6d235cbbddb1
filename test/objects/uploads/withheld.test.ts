/** What withholding reaches: messages that carry the file, previews, pictures of groups; and copies that nobody has reported. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { Fetched } from "../../../objects/conversation/archive/fetched.ts";
import { conversationStub } from "../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { uploadBounds } from "../../../schema/bounds/uploads.ts";
import type { ConversationId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import type { Message } from "../../../schema/wire/message.ts";
import { withhold } from "../../../workers/operator/withhold.ts";
import { readerOf, lowerMarks, seal } from "../../rig/objects/archived.ts";
import { ask, type Caller, caller, fetchOf, must } from "../../rig/objects/door.ts";
import { uploaded } from "../../rig/objects/media/attachments.ts";
import { evict, failAt, png, received, ring, rows, stored, upload } from "../../rig/objects/media/uploads.ts";
import { foundDm, foundGroup, send, sendCommand, settleFanOut } from "../../rig/objects/people.ts";

type Changes = { changes: { rev: number; message?: Message }[]; rev: number };

const changesOf = (by: Caller, id: string, rev: number): Promise<Changes> =>
  must<Changes>(200, by, "GET", `/conversations/${id}/changes?rev=${rev}`);
const messageOf = (by: Caller, id: string, seq: number): Promise<Message> =>
  must<Message>(200, by, "GET", `/conversations/${id}/messages/${seq}`);
const addressStatus = async (by: Caller, id: string): Promise<number> =>
  (await ask(by, "GET", `/attachments/${id}`)).status;

test("[U12] what a message carries is withheld and released with a rev, so that everybody who shows it learns of it", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const [first, second] = [await upload(ana, png, { to: id }), await upload(ana, png, { to: id, name: "b.png" })];
  const ack = await send(id, ana, "look", "k1", { attachments: [first.id, second.id] });
  const before = await messageOf(bo, id, ack.seq);
  await evict(id);
  expect(await withhold(env, second.id, true)).toMatchObject({ ok: true });
  // A repeat is no news.
  expect(await withhold(env, second.id, true)).toMatchObject({ ok: true });
  await evict(id);
  const after = await messageOf(bo, id, ack.seq);
  expect(after).toEqual({ ...before, rev: ack.rev + 1, attachments: [first, { ...second, withheld: true }] });
  expect(await addressStatus(bo, first.id)).not.toBe(404);
  expect(await addressStatus(bo, second.id)).toBe(404);
  const told = JSON.stringify(await changesOf(bo, id, ack.rev));
  expect(told).toContain('"withheld":true');
  await settleFanOut(id);
  const { head } = await must<Conversation>(200, bo, "GET", `/conversations/${id}`);
  expect(head).toMatchObject({ seq: ack.seq, rev: ack.rev + 1, hash: ack.hash });
  expect(await withhold(env, second.id, false)).toMatchObject({ ok: true });
  expect(await messageOf(bo, id, ack.seq)).toEqual({ ...before, rev: ack.rev + 2 });
  expect(await addressStatus(bo, second.id)).not.toBe(404);
});

test("[U12] the same in the archive, and where the segment is gone at least nobody gets the bytes", async () => {
  lowerMarks();
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [bo]);
  const files = [await uploaded(id, ana), await uploaded(id, ana)];
  const commands = Array.from({ length: 300 }, (_, n) => {
    const own = n === 4 ? files[0] : n === 5 ? files[1] : undefined;
    return sendCommand(`text ${n}`, `k${n}`, { attachments: own === undefined ? [] : [own.id] });
  });
  for (let at = 0; at < 300; at += 100) await conversationStub(env, id).submit(ana.actor, commands.slice(at, at + 100));
  await seal(id);
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  const [file, other] = files;
  if (file === undefined || other === undefined) throw new Error("there are no files");
  const read = async (): Promise<Message> => JSON.parse(await readerOf(id).message(bo.userId, 5)) as Message;
  const before = await read();
  expect(await withhold(env, file.id, true)).toMatchObject({ ok: true });
  expect(await read()).toMatchObject({
    ...before,
    rev: expect.any(Number),
    attachments: [{ ...file, withheld: true }],
  });
  expect((await read()).rev).toBeGreaterThan(before.rev);
  expect(await conversationStub(env, id).verify(bo.userId, 1, 50)).toMatchObject({ ok: true });
  expect(await withhold(env, file.id, false)).toMatchObject({ ok: true });
  expect((await read()).attachments).toEqual([file]);
  await seal(id);
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  // The segment is forgotten again before the turn that needs it.
  vi.spyOn(Fetched.prototype, "tryFetch").mockResolvedValueOnce("fetched");
  expect(await withhold(env, other.id, true)).toMatchObject({ ok: true });
  const sixth = JSON.parse(await readerOf(id).message(bo.userId, 6)) as Message;
  expect(sixth.attachments).toEqual([{ ...other, withheld: true }]);
  expect(await withhold(env, other.id, false)).toMatchObject({ ok: true });
  await seal(id);
  const segments = (await env.ARCHIVE.list()).objects.filter(({ key }) => key.includes(id));
  expect(segments.length).toBeGreaterThan(0);
  await env.ARCHIVE.delete(segments.map(({ key }) => key));
  await evictDurableObject(env.CONVERSATIONS.getByName(id));
  expect(await withhold(env, other.id, true)).toMatchObject({ ok: true });
  expect(await addressStatus(bo, other.id)).toBe(404);
});

test("[U12] what is withheld while it is being completed stays so, and is not sent", async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const name = (await received(ana, png, { to: id })) as Attachment["id"];
  failAt(async (point) => {
    if (point === "uploads: before it reports") expect(await withhold(env, name, true)).toMatchObject({ ok: true });
  });
  const made = await must<Attachment>(200, ana, "POST", `/uploads/${name}/complete`, {});
  expect(made).toMatchObject({ id: name, withheld: true });
  const refused = { clientId: "k", text: "", attachments: [name] };
  expect((await ask(ana, "POST", `/conversations/${id}/messages`, refused)).status).toBe(400);
  const asPreview = await received(ana, png, { to: id });
  expect((await ask(ana, "POST", `/uploads/${asPreview}/complete`, { preview: name })).status).toBe(400);
  expect(await withhold(env, name, false)).toMatchObject({ ok: true });
  await must(201, ana, "POST", `/conversations/${id}/messages`, refused);
});

test("[U12] a picture that is being made, and a copy that is being forwarded, of what is withheld meanwhile are not shown", async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const [group, chat] = [await foundGroup(ana, [bo]), await foundDm(ana, bo)];
  for (const path of ["/me", `/conversations/${group}`]) {
    const own = await upload(ana, png, { to: "me" });
    failAt(async (point) => {
      if (point === "uploads: a picture is put") expect(await withhold(env, own.id, true)).toMatchObject({ ok: true });
    });
    expect((await ask(ana, "PATCH", path, { avatar: own.id })).status).toBe(409);
    expect((await ask(ana, "PATCH", path, { avatar: own.id })).status).toBe(400);
    await withhold(env, own.id, false);
    failAt(() => undefined);
    await must(200, ana, "PATCH", path, { avatar: own.id });
  }
  const file = await upload(ana, png, { to: chat });
  const points: string[] = [];
  failAt(async (point) => {
    points.push(point);
    if (point === "uploads: copied") expect(await withhold(env, file.id, true)).toMatchObject({ ok: true });
  });
  expect((await ask(ana, "POST", `/conversations/${group}/uploads`, { from: file.id })).status).toBe(404);
  expect(points).toContain("uploads: copied");
  expect(await rows(group, "SELECT id FROM uploads")).toEqual([]);
  await ring(group);
  expect(await stored(`media/${group}/`)).toEqual([]);
});

test("[U12] what the scanner says of a preview counts for the picture that it has joined, sent or not", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const pair = async (): Promise<{ preview: Attachment; picture: Attachment }> => {
    const preview = await upload(ana, png, { to: id });
    return { preview, picture: await upload(ana, png, { to: id }, { preview: preview.id }) };
  };
  const [unsent, sent, other] = [await pair(), await pair(), await pair()];
  const { seq } = await send(id, ana, "", "k1", { attachments: [sent.picture.id, other.picture.id] });
  for (const { preview } of [unsent, sent]) expect(await withhold(env, preview.id, true)).toMatchObject({ ok: true });
  const refused = { clientId: "k2", text: "", attachments: [unsent.picture.id] };
  expect((await ask(ana, "POST", `/conversations/${id}/messages`, refused)).status).toBe(400);
  const [first, second] = (await messageOf(bo, id, seq)).attachments;
  expect(first).toEqual({ ...sent.picture, withheld: true });
  expect(second).toEqual(other.picture);
  expect(await addressStatus(bo, sent.picture.id)).toBe(404);
  const none = `${id}.${"x".repeat(22)}`;
  expect(await withhold(env, none as Attachment["id"], true)).toMatchObject({ ok: false });
});

test("[U12] a withheld picture of a group is deleted, as one of a user is", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const groups: ConversationId[] = [await foundGroup(ana, [bo]), await foundGroup(ana, [bo])];
  const { id } = await upload(ana, png, { to: "me" });
  const urls: string[] = [];
  for (const group of groups) {
    const { avatarUrl } = await must<Conversation>(200, ana, "PATCH", `/conversations/${group}`, { avatar: id });
    urls.push(avatarUrl ?? "");
  }
  const another = await upload(ana, png, { to: "me" });
  await must(200, ana, "PATCH", `/conversations/${groups[1]}`, { avatar: another.id });
  const now = (await must<Conversation>(200, ana, "GET", `/conversations/${groups[1]}`)).avatarUrl ?? "";
  await evict(ana.id);
  const statusOf = async (url: string): Promise<number> => (await fetchOf(new Request(url))).status;
  expect(await statusOf(urls[0] ?? "")).toBe(200);
  expect(await withhold(env, id, true)).toMatchObject({ ok: true });
  for (const group of groups) await ring(group);
  expect(await statusOf(urls[0] ?? "")).toBe(404);
  expect(await statusOf(now)).toBe(200);
  // The rows go with the upload.
  await must(204, ana, "DELETE", `/uploads/${id}`);
  await must(200, ana, "PATCH", `/conversations/${groups[0]}`, { avatar: another.id });
  const left = await rows<{ upload: string }>(ana.id, "SELECT upload FROM group_pictures");
  expect(left.map(({ upload: name }) => name)).toEqual([another.id, another.id].map((each) => each.split(".")[1]));
});

test("[U7] a copy that nobody reported is gone within a day, also where the next alarm is a week away", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const [from, to] = [await foundDm(ana, bo), await foundGroup(ana, [bo])];
  const picture = await upload(ana, png, { to: from });
  await upload(ana, png, { to });
  // The alarm of the beginning rings, and the next one is when the completed upload is over.
  windClock(uploadBounds.incompleteMs + 1_000);
  await ring(to);
  windClock(-uploadBounds.incompleteMs - 1_000);
  failAt((name) => {
    if (name === "uploads: copied") throw new Error("dies");
  });
  await ask(ana, "POST", `/conversations/${to}/uploads`, { from: picture.id });
  expect(await stored(`media/${to}/`)).toHaveLength(2);
  const [alarm] = await rows<{ due_at: number }>(to, "SELECT due_at FROM alarms WHERE name = 'uploads'");
  const [gone] = await rows<{ due_at: number }>(to, "SELECT due_at FROM media_gone");
  expect(alarm?.due_at).toBe(gone?.due_at);
});
