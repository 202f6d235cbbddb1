/** What a user's object promises to those who ask without a socket: polls, the list, and the user's own changes of a row. */
import { expect, test } from "vitest";
import { Polls } from "../../../../objects/user/sockets/polls.ts";
import type { DeviceId } from "../../../../schema/ids.ts";
import type { Summary, SyncAnswer } from "../../../../schema/wire/inbox.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import {
  delivery,
  hibernate,
  member,
  newConversation,
  poll,
  rowOf,
  syncOf,
} from "../../../rig/objects/inbox/inboxes.ts";

const answerOf = async (response: Response): Promise<SyncAnswer> => await response.json();

test("[I9] a poll answers at once where something changed, else when it does, else with nothing at the end of the wait", async () => {
  const ana = await member("ana");
  const id = newConversation();
  const start = await answerOf(await poll(ana, "?wait=30"));
  expect(start).toMatchObject({ version: 0, reset: true, conversations: [], more: false });
  const query = (since: number) => `?since=${since}&epoch=${start.epoch}`;

  const waiting = poll(ana, `${query(0)}&wait=30`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await ana.calls.deliver(delivery(id, 1));
  const woken = await answerOf(await waiting);
  expect(woken).toMatchObject({ reset: false, more: false, conversations: [{ conversationId: id, unread: 1 }] });

  expect(await answerOf(await poll(ana, `${query(0)}&wait=30`))).toMatchObject({
    version: woken.version,
    conversations: [{ unread: 1 }],
  });
  const began = Date.now();
  expect(await answerOf(await poll(ana, `${query(woken.version)}&wait=-1`))).toMatchObject({ conversations: [] });
  expect(await answerOf(await poll(ana, `${query(woken.version)}&wait=1`))).toEqual({
    version: woken.version,
    epoch: start.epoch,
    reset: false,
    conversations: [],
    more: false,
  });
  expect(Date.now() - began).toBeGreaterThanOrEqual(950);
  expect(await answerOf(await poll(ana, `?since=${woken.version}&epoch=other&wait=30`))).toMatchObject({
    reset: true,
    conversations: [{}],
  });
  expect(await answerOf(await poll(ana, `${query(woken.version + 1)}&wait=30`))).toMatchObject({ reset: true });
});

test("[I9] a poll of a long inbox comes in pages, each going on from the last", async () => {
  const ana = await member("ana");
  for (let n = 0; n < 120; n++) await ana.calls.deliver(delivery(newConversation(), 1));
  const first = await answerOf(await poll(ana, ""));
  expect(first).toMatchObject({ reset: true, more: true });
  const second = await answerOf(await poll(ana, `?since=${first.version}&epoch=${first.epoch}`));
  expect(second).toMatchObject({ reset: false, more: false });
  const ids = [...first.conversations, ...second.conversations].map((row) => row.conversationId);
  expect(new Set(ids).size).toBe(120);
});

test("a bad query is refused, a device that is signed out too, even while it waits", async () => {
  const ana = await member("ana");
  for (const query of ["?since=-1", "?since=x", "?wait=x", "?wait=1.5.2", "?epoch=a%20b"]) {
    const refused = await poll(ana, query);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: "bad_request" });
  }
  const waiting = poll(ana, "?since=0&wait=30");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await ana.calls.signOut(ana.device);
  expect((await waiting).status).toBe(401);
  expect((await poll(ana, "")).status).toBe(401);
});

test("those who wait are forgotten when it is over, however it ends", async () => {
  const polls = new Polls();
  const device = "d_1" as DeviceId;
  const gone = new AbortController();
  const ends = [
    polls.wait(device, 5, new AbortController().signal),
    polls.wait(device, 30_000, gone.signal),
    polls.wait(device, 30_000, AbortSignal.abort()),
    polls.wait("d_2" as DeviceId, 30_000, new AbortController().signal),
    polls.wait("d_3" as DeviceId, 30_000, new AbortController().signal),
  ];
  await ends[0];
  gone.abort();
  polls.closeDevice("d_2" as DeviceId);
  polls.wake();
  expect(await Promise.all(ends)).toEqual(["late", "late", "late", "revoked", "changed"]);
});

test("[I10] the list has the newest activity first, ties by id, and a cursor goes on where the page ended", async () => {
  const ana = await member("ana");
  const ids = Array.from({ length: 7 }, newConversation);
  for (const [index, id] of ids.entries())
    await ana.calls.deliver(delivery(id, 1, { at: 1_700_000_000_000 + Math.floor(index / 3) }));
  const listed: Summary[] = [];
  let cursor: string | undefined;
  do {
    const page = await ana.calls.summaries(cursor, 2);
    if (!page.ok) throw new Error(page.refusal.detail);
    listed.push(...page.value.conversations);
    cursor = page.value.cursor ?? undefined;
    if (listed.length === 4) await hibernate(ana).catch(() => {});
  } while (cursor !== undefined);
  const expected = listed.toSorted((a, b) => b.head.at - a.head.at || (a.conversationId < b.conversationId ? 1 : -1));
  expect(listed).toEqual(expected);
  expect(new Set(listed.map((row) => row.conversationId))).toEqual(new Set(ids));
  expect(await ana.calls.summaries("junk", 2)).toMatchObject({ ok: false, refusal: { code: "bad_request" } });
});

test("[I11] the user's own changes of a row come to all their devices, once; what changes nothing is sent to nobody", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  const socket = await syncOf(ana);
  const patch = { pinned: true, archived: true, markedUnread: true, draft: "not yet", mutedUntil: Date.now() + 60_000 };
  const patched = await ana.calls.patchSummary(id, patch);
  expect(patched).toMatchObject({ ok: true, value: { ...patch, unread: 1 } });
  expect(rowOf(await socket.next((frame) => frame.type === "inbox" && rowOf(frame).pinned))).toMatchObject(patch);
  await hibernate(ana);
  const same = await ana.calls.patchSummary(id, patch);
  expect(same).toEqual(patched);
  expect(await ana.calls.patchSummary(id, { draft: null, mutedUntil: null })).toMatchObject({
    ok: true,
    value: { draft: "", mutedUntil: null, pinned: true },
  });
  await socket.next((frame) => frame.type === "inbox" && rowOf(frame).draft === "" && rowOf(frame).pinned);
  expect(socket.frames.filter((frame) => frame.type === "inbox" && frame["more"] === undefined)).toHaveLength(2);
  expect(await ana.calls.patchSummary(newConversation(), { pinned: true })).toMatchObject({
    ok: false,
    refusal: { code: "not_found" },
  });
});

test("[I11] a mute that is over shows as none", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  await ana.calls.patchSummary(id, { mutedUntil: Date.now() + 60_000 });
  wind(61_000);
  expect(await ana.calls.summaries(undefined, 1)).toMatchObject({ value: { conversations: [{ mutedUntil: null }] } });
});
