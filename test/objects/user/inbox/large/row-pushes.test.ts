/** Pushes of large groups: what concerns the user, all messages where they want them, each once; and what the group learns of that. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ConversationCalls } from "../../../../../objects/contract/conversation-calls.ts";
import type { DeliveryItem, MessageFacts } from "../../../../../objects/contract/delivery/delivery.ts";
import type { PulledRow } from "../../../../../objects/contract/delivery/pulled-row.ts";
import { now, windClock } from "../../../../../objects/shared/platform/clock.ts";
import { ConversationObject } from "../../../../../objects/conversation/object.ts";
import { epoch, type ConversationId, type UserId } from "../../../../../schema/ids.ts";
import { timeouts } from "../../../../../schema/limits.ts";
import type { Summary } from "../../../../../schema/wire/inbox.ts";
import { evict, valueOf, wind } from "../../../../rig/objects/accounts.ts";
import { delivery, type Member, member, newConversation, syncOf } from "../../../../rig/objects/inbox/inboxes.ts";
import { catchHints, pushAll, subscribe, subscriber } from "../../../../rig/objects/inbox/pushes.ts";

const other = "u_sender" as UserId;

function stateOf(id: ConversationId, head: number, fields: Partial<PulledRow> = {}): PulledRow {
  return {
    conversationId: id,
    epoch: epoch.parse("by-hand"),
    membership: 7,
    rev: head,
    headSeq: head,
    at: head,
    last: { seq: head, senderId: other, sentAt: head, preview: `text ${head}`, isUnsent: false, mentions: [] },
    kind: "group",
    mode: "large",
    title: "By hand",
    role: "member",
    hasLeft: false,
    joinedSeq: 0,
    joinedRev: 1,
    read: 0,
    unread: head,
    mentionsUnread: 0,
    requestBy: null,
    ...fields,
  };
}

function itemOf(id: ConversationId, seq: number, mentions: UserId[] = []): DeliveryItem {
  const message = { seq, senderId: other, sentAt: seq, preview: `text ${seq}`, isUnsent: false, mentions };
  return { rev: seq, kind: "message", json: JSON.stringify({ conversationId: id, seq, rev: seq }), message };
}

/** What the groups were told of the wish in the inbox's questions. */
let wishes: (boolean | undefined)[] = [];
/** Whether questions fail. */
let isDeaf = false;
beforeEach(() => {
  wishes = [];
  isDeaf = false;
  vi.spyOn(ConversationObject.prototype, "rowOf").mockImplementation(
    (...[, , , wantsAll]: Parameters<ConversationCalls["rowOf"]>) => {
      if (isDeaf) return Promise.reject(new Error("on purpose"));
      wishes.push(wantsAll);
      return Promise.resolve(null);
    },
  );
});
afterEach(() => void vi.restoreAllMocks());

const pushed = async (who: Member): Promise<number[]> => (await pushAll(who)).map(({ seq }) => seq);

test("[N20] where mentions are wanted these alone are pushed, each once, wherever the row stands", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  expect(await ana.calls.deliverRow({ row: stateOf(id, 3), items: [] })).toMatchObject({ wantsAll: false });
  await ana.calls.deliverRow({ row: stateOf(id, 6), items: [] });
  await ana.calls.deliverRow({ row: stateOf(id, 6), items: [itemOf(id, 5, [ana.id])] });
  await ana.calls.deliverRow({ row: stateOf(id, 6), items: [itemOf(id, 5, [ana.id])] });
  expect(await pushed(ana)).toEqual([5]);
  await evict(ana.id);
  await ana.calls.deliverRow({ row: stateOf(id, 6), items: [itemOf(id, 5, [ana.id])] });
  expect(await pushed(ana)).toEqual([]);
});

test("[N20] where all messages are wanted those come beside the row, are pushed once, and make no frame", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  const socket = await syncOf(ana);
  const two = { row: stateOf(id, 2), items: [], pushes: [itemOf(id, 2)] };
  expect(await ana.calls.deliverRow(two)).toMatchObject({ wantsAll: true });
  // A mention overtakes other messages.
  await ana.calls.deliverRow({ row: stateOf(id, 5), items: [itemOf(id, 5, [ana.id])] });
  await ana.calls.deliverRow({ row: stateOf(id, 5), items: [], pushes: [itemOf(id, 2), itemOf(id, 3), itemOf(id, 4)] });
  await ana.calls.deliverRow(two);
  expect((await pushed(ana)).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5]);
  await evict(ana.id).catch(() => undefined);
  await ana.calls.deliverRow({ row: stateOf(id, 5), items: [], pushes: [itemOf(id, 3), itemOf(id, 4)] });
  expect(await pushed(ana)).toEqual([]);
  expect(socket.frames.filter(({ type }) => type === "message")).toHaveLength(1);
  // What was read meanwhile is not pushed.
  await ana.calls.deliverRow({
    row: stateOf(id, 9, { read: 8, unread: 1 }),
    items: [],
    pushes: [itemOf(id, 8), itemOf(id, 9)],
  });
  expect(await pushed(ana)).toEqual([9]);
});

/** A later state of a message. */
function changeOf(id: ConversationId, rev: number, seq: number, fields: Partial<MessageFacts> = {}): DeliveryItem {
  const message = { seq, senderId: other, sentAt: seq, preview: `edited ${seq}`, isUnsent: false, mentions: [] };
  return { rev, kind: "change", json: `"conversationId":"${id}","rev":${rev}`, message: { ...message, ...fields } };
}

test("[N20] a message that was pushed is not pushed again when an edit mentions the user; where it came to be pushed alone neither", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  await ana.calls.deliverRow({ row: stateOf(id, 2), items: [], pushes: [itemOf(id, 2)] });
  expect(await pushed(ana)).toEqual([2]);
  await evict(ana.id).catch(() => undefined);
  const named = { mentions: [ana.id] };
  await ana.calls.deliverRow({ row: stateOf(id, 3, { headSeq: 2 }), items: [changeOf(id, 3, 2, named)] });
  expect(await pushed(ana)).toEqual([]);
});

test("[N20] a push that waits has the text that its message has now, and none when it was unsent; what was pushed does not come again", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  await ana.calls.deliverRow({
    row: stateOf(id, 5),
    items: [],
    pushes: [itemOf(id, 2), itemOf(id, 3), itemOf(id, 4), itemOf(id, 5)],
  });
  await ana.calls.pushesDone([{ conversationId: id, seq: 2, deviceId: ana.device, outcome: "sent" }]);
  await evict(ana.id).catch(() => undefined);
  await ana.calls.deliverRow({
    row: stateOf(id, 8, { headSeq: 5 }),
    items: [],
    pushes: [
      changeOf(id, 6, 2),
      changeOf(id, 7, 3, { isUnsent: true, preview: "" }),
      changeOf(id, 8, 4),
      changeOf(id, 9, 1),
    ],
  });
  await evict(ana.id).catch(() => undefined);
  expect((await pushAll(ana)).map(({ seq, body }) => [seq, body])).toEqual([
    [4, "edited 4"],
    [5, "text 5"],
  ]);
  await ana.calls.deliverRow({ row: stateOf(id, 10, { headSeq: 5 }), items: [], pushes: [changeOf(id, 10, 5)] });
  expect(await pushed(ana)).toEqual([]);
});

test("[N20] a message that is gathered and unsent meanwhile is not pushed", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  const six = [2, 3, 4, 5, 6, 7].map((seq) => itemOf(id, seq));
  await ana.calls.deliverRow({ row: stateOf(id, 7), items: [], pushes: six });
  expect(await pushed(ana)).toHaveLength(5);
  const gone = changeOf(id, 8, 7, { isUnsent: true, preview: "" });
  await ana.calls.deliverRow({ row: stateOf(id, 8, { headSeq: 7 }), items: [], pushes: [gone] });
  windClock(20_000);
  expect(await pushed(ana)).toEqual([]);
});

test("[N20] a group learns at once that all messages are wanted, or no longer, and when the first device subscribes", async () => {
  catchHints();
  const ana = await member("ana");
  const [id, quiet] = [newConversation(), newConversation()];
  const first = await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  expect(first).toMatchObject({ wantsAll: false });
  await ana.calls.deliverRow({ row: stateOf(quiet, 1), items: [] });
  await subscribe(ana);
  await vi.waitFor(() => expect(wishes).toEqual([true]), 5_000);
  valueOf(await ana.calls.patchSummary(id, { notify: "none" }));
  await vi.waitFor(() => expect(wishes.at(-1)).toBe(false), 5_000);
  valueOf(await ana.calls.patchSummary(quiet, { notify: "all" }));
  await vi.waitFor(() => expect(wishes.at(-1)).toBe(true), 5_000);
});

test("[N20] a wish that its group did not hear is repeated, through evictions and while no device looks", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  await ana.calls.deliverRow({ row: stateOf(id, 1), items: [] });
  isDeaf = true;
  valueOf(await ana.calls.patchSummary(id, { notify: "all" }));
  const alarm = () =>
    runInDurableObject(env.USERS.getByName(ana.id), (_object, { storage: { sql } }) =>
      sql.exec<{ data: number }>("SELECT data FROM alarms WHERE name = 'row wishes'").toArray(),
    );
  await expect.poll(alarm).toEqual([{ data: 0 }]);
  for (const times of [1, 2]) {
    await evict(ana.id).catch(() => undefined);
    windClock(timeouts.rowPullRetryMs * 2 ** times + 1_000);
    await runDurableObjectAlarm(env.USERS.getByName(ana.id));
    expect(await alarm()).toEqual([{ data: times }]);
  }
  expect(wishes).toEqual([]);
  isDeaf = false;
  await evict(ana.id).catch(() => undefined);
  windClock(timeouts.dueHintMaxMs);
  await runDurableObjectAlarm(env.USERS.getByName(ana.id));
  expect(wishes).toEqual([true]);
  expect(await alarm()).toEqual([]);
});

test("[N20] a row that comes with pushes alone makes no frame for a device that looks, which has it by the group's next row; a mute and a role count at once", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  const head = async () => valueOf(await ana.calls.summaries(undefined, 10)).conversations[0]?.head.seq;
  // Without a device nothing else brings the row.
  await ana.calls.deliverRow({ row: stateOf(id, 2), items: [], pushes: [itemOf(id, 2)] });
  expect(await head()).toBe(2);
  const socket = await syncOf(ana);
  const shown = () =>
    socket.frames.flatMap(({ type, more, ...frame }) =>
      type === "inbox" && more === undefined ? (frame["conversations"] as Summary[]).map((row) => row.head.seq) : [],
    );
  const before = shown().length;
  await ana.calls.deliverRow({ row: stateOf(id, 3), items: [], pushes: [itemOf(id, 3)] });
  await ana.calls.deliverRow({ row: stateOf(id, 4), items: [], pushes: [itemOf(id, 4)] });
  expect(new Set(await pushed(ana))).toEqual(new Set([2, 3, 4]));
  expect(shown().slice(before)).toEqual([]);
  await ana.calls.deliverRow({ row: stateOf(id, 4), items: [] });
  await expect.poll(() => shown().slice(before)).toEqual([4]);
  await ana.calls.deliverRow({ row: stateOf(id, 5, { role: "admin" }), items: [], pushes: [itemOf(id, 5)] });
  await expect.poll(() => shown().slice(before)).toEqual([4, 5]);
  valueOf(await ana.calls.patchSummary(id, { mutedUntil: 8_640_000_000_000_000 }));
  const muted = shown().length;
  await ana.calls.deliverRow({ row: stateOf(id, 6, { role: "admin" }), items: [], pushes: [itemOf(id, 6)] });
  expect(await socket.pong()).toContain("pong");
  expect(shown().slice(muted)).toEqual([]);
});

test("[N20] while a row is muted its group brings no messages to be pushed, and learns of the end of a mute, also of one that ends by itself", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  const alarms = () =>
    runInDurableObject(env.USERS.getByName(ana.id), (_object, { storage: { sql } }) =>
      sql
        .exec<{ due_at: number }>("SELECT due_at FROM alarms WHERE name = 'mute ends'")
        .toArray()
        .map((row) => row.due_at),
    );
  const hour = 3_600_000;
  const until = now() + hour;
  await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  valueOf(await ana.calls.patchSummary(id, { mutedUntil: until }));
  expect(wishes.at(-1)).toBe(false);
  expect(await ana.calls.deliverRow({ row: stateOf(id, 2), items: [] })).toMatchObject({ wantsAll: false });
  expect(await alarms()).toEqual([until + 10]);
  await evict(ana.id);
  wishes = [];
  isDeaf = true;
  wind(hour + 20);
  await runDurableObjectAlarm(env.USERS.getByName(ana.id));
  isDeaf = false;
  wind(60_000);
  await runDurableObjectAlarm(env.USERS.getByName(ana.id));
  expect(wishes).toContain(true);
  expect(await ana.calls.deliverRow({ row: stateOf(id, 3), items: [], pushes: [itemOf(id, 3)] })).toMatchObject({
    wantsAll: true,
  });
  expect(await pushed(ana)).toEqual([3]);
  expect(await alarms()).toEqual([]);
  // One for ever needs no alarm, and its end counts before it is answered.
  valueOf(await ana.calls.patchSummary(id, { mutedUntil: 8_640_000_000_000_000 }));
  expect([wishes.at(-1), await alarms()]).toEqual([false, []]);
  valueOf(await ana.calls.patchSummary(id, { mutedUntil: null }));
  expect(wishes.at(-1)).toBe(true);
});

test("[N20] mutes that end close together are all told, also where telling the first takes long, and where another one begins meanwhile", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const [first, second, third] = [newConversation(), newConversation(), newConversation()];
  for (const id of [first, second, third])
    await ana.calls.deliverRow({ row: stateOf(id, 1, { isFromSmall: true }), items: [] });
  const until = now() + 60_000;
  const mute = async (id: ConversationId, mutedUntil: number) =>
    valueOf(await ana.calls.patchSummary(id, { mutedUntil }));
  await mute(first, until);
  await mute(second, until + 600_000);
  const told: [ConversationId, boolean | undefined][] = [];
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  vi.spyOn(ConversationObject.prototype, "rowOf").mockImplementation(async function (
    this: ConversationObject,
    ...[, , , wantsAll]
  ) {
    const id = this.ctx.id.name;
    told.push([id as ConversationId, wantsAll]);
    if (id === first) await held;
    return null;
  });
  // The alarm is late, and meanwhile the third one is muted.
  wind(61_000);
  await mute(third, until + 7_200_000);
  const ringing = runDurableObjectAlarm(env.USERS.getByName(ana.id));
  await expect.poll(() => told).toContainEqual([first, true]);
  expect(told).not.toContainEqual([second, true]);
  // The second mute ends while the first group is told.
  wind(660_000);
  release();
  await ringing;
  wind(1_000);
  await runDurableObjectAlarm(env.USERS.getByName(ana.id));
  expect(told).toContainEqual([second, true]);
});

test("[N20] a mute from before the group grew ends, too", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  valueOf(await ana.calls.patchSummary(id, { mutedUntil: now() + 60_000 }));
  await ana.calls.deliverRow({ row: stateOf(id, 2, { isFromSmall: true }), items: [] });
  wishes = [];
  wind(60_020);
  await runDurableObjectAlarm(env.USERS.getByName(ana.id));
  expect(wishes).toEqual([true]);
});
