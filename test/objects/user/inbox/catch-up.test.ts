/** How much of an inbox goes out at once: pages cut by bytes, and no further ahead of the reader than it has answered. */
import { Buffer } from "node:buffer";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { userStub } from "../../../../objects/shared/platform/calls.ts";
import { batches, limits } from "../../../../schema/limits.ts";
import type { Summary, SyncAnswer } from "../../../../schema/wire/inbox.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import {
  delivery,
  fillInbox,
  hibernate,
  type Member,
  member,
  newConversation,
  poll,
  versionsOf,
} from "../../../rig/objects/inbox/inboxes.ts";
import { type Frame, socketOf, type TestSocket } from "../../../rig/objects/socket.ts";

/** Four bytes a code point: a row with it is 40 KB. */
const fullDraft = "😀".repeat(limits.draftCodePointsMax);

const pagesOf = (socket: TestSocket): Frame[] =>
  socket.frames.filter((frame) => frame.type === "inbox" && frame["more"] !== undefined);
const bytesOf = (frame: Frame): number => Buffer.byteLength(JSON.stringify(frame));
const isLast = (frame: Frame): boolean => frame.type === "inbox" && frame["more"] === false;
const rowsOf = (frames: readonly Frame[]): Summary[] => frames.flatMap((frame) => frame["conversations"] as Summary[]);

async function open(by: Member, query = ""): Promise<TestSocket> {
  return await socketOf(userStub(env, by.id), `/sync${query}`, by.actor);
}

/** All that is under way has arrived. */
async function quiet(socket: TestSocket): Promise<void> {
  socket.say("ping");
  const before = socket.texts.length;
  await socket.pong();
  if (socket.texts.length > before + 2) await quiet(socket);
}

test("[I19] pages end at a mebibyte, the first four go out at once, each answer brings the next, through hibernation", async () => {
  const ana = await member("ana");
  await fillInbox(ana, 150, fullDraft);
  const socket = await open(ana);
  await quiet(socket);
  const first = pagesOf(socket);
  const sentBytes = first.reduce((sum, page) => sum + bytesOf(page), 0);
  expect(sentBytes).toBeLessThanOrEqual(limits.aheadBytesMax);
  expect(sentBytes).toBeGreaterThan(limits.aheadBytesMax - batches.inboxPageBytesMax);
  for (const page of first) expect(bytesOf(page)).toBeLessThanOrEqual(batches.inboxPageBytesMax);
  expect(first.map((page) => [page["reset"], page["more"]])).toEqual(first.map((_, index) => [index === 0, true]));

  // Whatever else it says, it is answered at once; what happens meanwhile comes by the pages.
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1, { passing: ['{"type":"typing"}'] }));
  await hibernate(ana);
  await ana.calls.deliver(delivery(id, 2));
  await ana.calls.patchSummary(rowsOf(first)[0]?.conversationId ?? id, { pinned: true });
  socket.say({ type: "attend", on: true, ref: "a" });
  await socket.next((frame) => frame["ref"] === "a");
  expect(pagesOf(socket)).toHaveLength(first.length);
  expect(socket.frames.filter((frame) => frame.type === "message")).toEqual([]);

  for (let answered = 0; pagesOf(socket).at(-1)?.["more"] === true; answered++) {
    const known = pagesOf(socket).length;
    socket.say({ type: "seen" });
    await socket.next(() => pagesOf(socket).length > known, "the next page");
    await quiet(socket);
    expect(pagesOf(socket)).toHaveLength(known + 1);
    if (answered === 2) await hibernate(ana);
  }
  const rows = rowsOf(pagesOf(socket));
  const shown = new Map(rows.map((row) => [row.conversationId, row]));
  expect(shown.size).toBe(151);
  expect(shown.get(id)).toMatchObject({ head: { seq: 2 }, unread: 2 });
  expect([...shown.values()].filter((row) => row.pinned)).toHaveLength(1);

  await ana.calls.deliver(delivery(id, 3));
  await socket.next((frame) => frame.type === "message");
  const versions = versionsOf(socket.frames);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
});

test("[I19] a socket that never answers gets all of an inbox within the credit; one that was cut off goes on from its last page", async () => {
  const ana = await member("ana");
  await fillInbox(ana, 80, fullDraft);
  const silent = await open(ana);
  await silent.next(isLast);
  expect(rowsOf(pagesOf(silent))).toHaveLength(80);
  const [, second] = pagesOf(silent);
  const epoch = silent.frames[0]?.["epoch"];
  const resumed = await open(ana, `?since=${String(second?.["version"])}&epoch=${String(epoch)}`);
  await resumed.next(isLast);
  const ids = [...pagesOf(silent).slice(0, 2), ...pagesOf(resumed)];
  expect(new Set(rowsOf(ids).map((row) => row.conversationId)).size).toBe(80);
  expect(pagesOf(resumed).every((page) => page["reset"] === false)).toBe(true);
});

test("[I19] polls and the list are cut by bytes, too, and go on where they ended", async () => {
  const ana = await member("ana");
  await fillInbox(ana, 90, fullDraft);
  const polled = new Set<string>();
  let query = "";
  for (let more = true; more;) {
    const text = await (await poll(ana, query)).text();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(batches.inboxPageBytesMax);
    const answer = JSON.parse(text) as SyncAnswer;
    for (const row of answer.conversations) polled.add(row.conversationId);
    query = `?since=${answer.version}&epoch=${answer.epoch}`;
    more = answer.more;
  }
  expect(polled.size).toBe(90);
  const listed: Summary[] = [];
  let cursor: string | undefined;
  do {
    const page = await ana.calls.summaries(cursor, 100);
    if (!page.ok) throw new Error(page.refusal.detail);
    expect(Buffer.byteLength(JSON.stringify(page.value))).toBeLessThanOrEqual(batches.inboxPageBytesMax);
    listed.push(...page.value.conversations);
    cursor = page.value.cursor ?? undefined;
  } while (cursor !== undefined);
  expect(new Set(listed.map((row) => row.conversationId)).size).toBe(90);
  expect(listed).toEqual(listed.toSorted((a, b) => b.head.at - a.head.at));
});

test("[I19] what changes while a socket has room for its last page is in that page, or behind it", async () => {
  const ana = await member("ana");
  await fillInbox(ana, 250);
  const id = newConversation();
  const sockets: TestSocket[] = [];
  for (let n = 1; n <= 20; n++) {
    const [socket] = await Promise.all([open(ana), ana.calls.deliver(delivery(id, n))]);
    wind(1);
    sockets.push(socket);
  }
  for (const socket of sockets.slice(-limits.syncSocketsPerDeviceMax)) {
    await socket.next(isLast);
    await ana.calls.deliver(delivery(id, 20));
    await quiet(socket);
    const versions = versionsOf(socket.frames);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    const seqs = socket.frames.flatMap((frame) => {
      if (frame.type === "message") return [(frame["message"] as { seq: number }).seq];
      return frame.type === "inbox"
        ? (frame["conversations"] as Summary[]).flatMap((row) => (row.conversationId === id ? [row.head.seq] : []))
        : [];
    });
    expect(seqs.at(-1)).toBe(20);
  }
});
