/** Inboxes ask large groups for their rows: when a device comes back, before a list or a row is shown, and before a poll answers that nothing changed. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { cost } from "../../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../../objects/shared/platform/calls.ts";
import type { ConversationId } from "../../../../../schema/ids.ts";
import type { Summary } from "../../../../../schema/wire/inbox.ts";
import { evict, valueOf } from "../../../../rig/objects/accounts.ts";
import { type Member, member, poll, syncOf } from "../../../../rig/objects/inbox/inboxes.ts";
import { openLargeGroups } from "../../../../rig/objects/large-groups.ts";
import { foundGroup, send, settleFanOut, submit } from "../../../../rig/objects/people.ts";

openLargeGroups();

/** A group that has grown, with the row of the last member brought to their inbox by hand. */
async function grown(): Promise<{ id: ConversationId; owner: Member; ana: Member }> {
  const owner = await member("owner");
  const ana = await member("ana");
  const others = [await member("bo"), await member("cy")];
  const id = await foundGroup(owner, others);
  await settleFanOut(id);
  valueOf(await conversationStub(env, id).addMembers(owner.id, [ana.person], []));
  await tellAll(id);
  return { id, owner, ana };
}

/** What the queue's consumer does. */
async function tellAll(id: ConversationId): Promise<void> {
  const { due } = await conversationStub(env, id).fanOutPage(null, []);
  for (const { userId, row, items } of due) await env.USERS.getByName(userId).deliverRow({ row, items });
  const delivered = due.map(({ userId, row: { membership, rev } }) => ({ userId, membership, rev }));
  await conversationStub(env, id).fanOutPage(null, delivered);
}

const listed = async (of: Member): Promise<Summary | undefined> =>
  valueOf(await of.calls.summaries(undefined, 10)).conversations[0];
const tick = () => new Promise((resolve) => setTimeout(resolve, 100));

test("[I29] lists and rows that the user changes are up to date, after an eviction too", async () => {
  const { id, owner, ana } = await grown();
  for (let n = 0; n < 3; n++) await send(id, owner, "news");
  expect(await listed(ana)).toMatchObject({ mode: "large", unread: 3, lastMessage: { preview: "news" } });
  await send(id, owner, "more");
  await submit(id, ana, { do: "receipt", delivered: null, read: 100 });
  expect(valueOf(await ana.calls.patchSummary(id, { mutedUntil: 8_640_000_000_000_000 }))).toMatchObject({ unread: 0 });
  await evict(ana.id);
  await send(id, owner, "and more");
  expect(await listed(ana)).toMatchObject({ unread: 1, lastMessage: { preview: "and more" } });
});

test("[I29] a device that comes back receives the stored rows first, and then what is newer, of muted groups too", async () => {
  const { id, owner, ana } = await grown();
  await ana.calls.patchSummary(id, { mutedUntil: 8_640_000_000_000_000 });
  await send(id, owner, "while she was away");
  const socket = await syncOf(ana);
  const fresh = await socket.next(
    (frame) =>
      frame.type === "inbox" && frame["more"] === undefined && (frame["conversations"] as Summary[])[0]?.unread === 1,
  );
  expect(fresh).toMatchObject({
    conversations: [{ conversationId: id, lastMessage: { preview: "while she was away" } }],
  });
  // Nothing is newer now.
  const again = await syncOf(ana);
  await again.next(({ type }) => type === "inbox");
  await tick();
  expect(again.frames.filter(({ type }) => type === "inbox")).toHaveLength(1);
  expect(again.frames[1]).toMatchObject({ conversations: [{ unread: 1 }] });
});

test("[I29] a poll looks afresh before it answers that nothing changed, and what is newer ends its wait", async () => {
  const { id, owner, ana } = await grown();
  const first = await (await poll(ana, "")).json<{ version: number; epoch: string }>();
  const query = (wait: number) => `?since=${first.version}&epoch=${first.epoch}&wait=${wait}`;
  expect(await (await poll(ana, query(0))).json()).toMatchObject({ conversations: [], version: first.version });
  await send(id, owner, "one");
  expect(await (await poll(ana, query(0))).json()).toMatchObject({ conversations: [{ unread: 1 }] });
  const { version } = await (await poll(ana, query(0))).json<{ version: number }>();
  await send(id, owner, "two");
  const startedAt = Date.now();
  const waited = await (await poll(ana, `?since=${version}&epoch=${first.epoch}&wait=20`)).json();
  expect(waited).toMatchObject({ conversations: [{ unread: 2 }] });
  expect(Date.now() - startedAt).toBeLessThan(10_000);
});

test("[I29] a group whose object fails shows the row as it is stored, and those who ask at once share a question", async () => {
  const { id, owner, ana } = await grown();
  await send(id, owner, "one");
  const before = cost.objectCalls;
  const lists = await Promise.all(Array.from({ length: 8 }, () => listed(ana)));
  expect(lists.every((row) => row?.unread === 1)).toBe(true);
  expect(cost.objectCalls - before).toBeLessThanOrEqual(2);
  await runInDurableObject(env.CONVERSATIONS.getByName(id), (object) => {
    Object.defineProperty(object, "rowOf", { value: () => Promise.reject(new Error("on purpose")) });
  });
  expect(await listed(ana)).toMatchObject({ unread: 1 });
});
