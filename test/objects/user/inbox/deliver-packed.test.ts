/** Deliveries that come as one text, and of which one answer confirms many: which is answered when, and with what. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { Delivery, DeliveryAnswer } from "../../../../objects/contract/delivery/delivery.ts";
import { packDelivery, packItems } from "../../../../objects/contract/delivery/packed-delivery.ts";
import { windClock } from "../../../../objects/shared/platform/clock.ts";
import { announcementsOf } from "../../../../objects/user/inbox/announcements.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";
import { type ConversationId, userId } from "../../../../schema/ids.ts";
import { batches, conversationHolds } from "../../../../schema/limits.ts";
import { crash, isUnanswered, outcomeOf } from "../../../rig/objects/inbox/crash.ts";
import { delivery, type Member, member, newConversation, syncOf } from "../../../rig/objects/inbox/inboxes.ts";
import type { Frame } from "../../../rig/objects/socket.ts";

/** Nothing that may wait is written by itself, until the clock is wound by so much. */
const never = 600_000;

beforeEach(() => void Object.assign(commitPace, { ms: 0, spreadMs: 0 }));

/** Somebody with a row at rev 2, awake, whose inbox writes nothing more by itself. */
async function waiting(name: string): Promise<{ ana: Member; id: ConversationId }> {
  const ana = await member(name);
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  await ana.calls.deliver(delivery(id, 2));
  commitPace.ms = never;
  return { ana, id };
}

function packed(of: Delivery, series: number): string {
  const { items, ...rest } = of;
  return packDelivery({ ...rest, series }, packItems(items));
}

/** As the object of a conversation calls: the first delivery that is not written yet stays unanswered. */
function bring(to: Member, of: Delivery, series: number): Promise<DeliveryAnswer | undefined> {
  return to.calls.deliverPacked(packed(of, series));
}

test("[I25] of a series one delivery stays unanswered; those behind it are answered at once, and its answer names the rev that confirms them", async () => {
  const { ana, id } = await waiting("ana");
  const socket = await syncOf(ana);
  const first = bring(ana, delivery(id, 3), 7);
  expect(await isUnanswered(first)).toBe(true);
  for (const seq of [4, 5, 6]) expect(await bring(ana, delivery(id, seq), 7)).toBeUndefined();
  await socket.next((frame: Frame) => (frame["message"] as { seq: number } | undefined)?.seq === 6);
  expect(await isUnanswered(first)).toBe(true);
  windClock(never);
  expect(await bring(ana, delivery(id, 7), 7)).toBeUndefined();
  expect(await first).toEqual({ rev: 7 });
  const rows = await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) =>
    storage.sql.exec<{ rev: number }>("SELECT rev FROM inbox").toArray(),
  );
  expect(rows).toEqual([{ rev: 7 }]);
  commitPace.ms = never;
  expect(await isUnanswered(bring(ana, delivery(id, 8), 7))).toBe(true);
});

test("[I25] [F10] a delivery with more behind it is written and answered at once, and so is what was left open before it", async () => {
  const { ana, id } = await waiting("ana");
  const first = bring(ana, delivery(id, 3), 7);
  expect(await isUnanswered(first)).toBe(true);
  expect(await bring(ana, { ...delivery(id, 4), hasMore: true }, 7)).toBeUndefined();
  expect(await first).toEqual({ rev: 4 });
  expect(await bring(ana, { ...delivery(id, 5), hasMore: true }, 8)).toEqual({ rev: 5 });
});

test("[I25] [F7] a repeat, a receipt, a gap, another series and another conversation are answered when they are written, not before", async () => {
  const { ana, id } = await waiting("ana");
  const other = newConversation();
  commitPace.ms = 0;
  await ana.calls.deliver(delivery(other, 1));
  commitPace.ms = never;
  const calls = [
    bring(ana, delivery(id, 3), 7),
    bring(ana, delivery(id, 3), 7),
    bring(ana, { ...delivery(id, 4), hasReceipt: true }, 7),
    bring(ana, { ...delivery(id, 4), items: [], sinceRev: 4, read: 4 }, 7),
    bring(ana, delivery(id, 5), 8),
    bring(ana, delivery(id, 6), 7),
    bring(ana, delivery(other, 2), 7),
    ana.calls.deliver(delivery(id, 7)),
  ];
  for (const call of calls) expect(await isUnanswered(call)).toBe(true);
  // A conversation that asks for nothing is answered as ever: with the rev that its own call brought.
  const gap = await bring(ana, delivery(id, 20), 7);
  expect(gap).toEqual({ rev: 7 });
  expect(await Promise.all(calls)).toEqual([
    { rev: 7 },
    { rev: 7 },
    { rev: 7 },
    { rev: 7 },
    { rev: 7 },
    { rev: 7 },
    { rev: 2 },
    { rev: 7 },
  ]);
});

test("[F8] when the inbox crashes the delivery that stayed unanswered fails, and with it its series", async () => {
  const { ana, id } = await waiting("ana");
  const first = outcomeOf(bring(ana, delivery(id, 3), 7));
  expect(await bring(ana, delivery(id, 4), 7)).toBeUndefined();
  await crash(ana);
  expect(await first).toBe("cut off");
  expect(await ana.calls.deliver({ ...delivery(id, 9), sinceRev: 8 })).toEqual({ rev: 2 });
});

test("[I25] those that were answered before they are written count towards the number that may wait", async () => {
  const { ana, id } = await waiting("ana");
  const ids = [id, ...Array.from({ length: 4 }, newConversation)];
  commitPace.ms = 0;
  for (const other of ids.slice(1)) await ana.calls.deliver(delivery(other, 1));
  commitPace.ms = never;
  const firsts = ids.map((one, n) => bring(ana, delivery(one, n === 0 ? 3 : 2), 7));
  const each = batches.openDeliveriesMax - 1;
  const behind = ids.flatMap((one, n) =>
    Array.from({ length: each }, (_, at) => delivery(one, (n === 0 ? 4 : 3) + at)),
  );
  const left = batches.unansweredDeliveriesMax - ids.length;
  for (const one of behind.slice(0, left - 1)) expect(await bring(ana, one, 7)).toBeUndefined();
  for (const first of firsts) expect(await isUnanswered(first)).toBe(true);
  for (const one of behind.slice(left - 1, left)) expect(await bring(ana, one, 7)).toBeUndefined();
  expect((await Promise.all(firsts)).slice(0, 2)).toEqual([{ rev: 3 + each }, { rev: 2 + each }]);
});

test("[I25] long before the conversation has as many calls under way as it may, what is left open is written", async () => {
  expect(batches.openDeliveriesMax).toBeLessThan(conversationHolds.deliveriesAheadMax);
  expect(batches.openCharactersMax * 3).toBeLessThan(conversationHolds.deliveriesAheadBytesMax);
  const { ana, id } = await waiting("ana");
  const first = bring(ana, delivery(id, 3), 7);
  for (let n = 1; n < batches.openDeliveriesMax; n++) await bring(ana, delivery(id, 3 + n), 7);
  expect(await isUnanswered(first)).toBe(true);
  await bring(ana, delivery(id, 3 + batches.openDeliveriesMax), 7);
  expect(await first).toEqual({ rev: 3 + batches.openDeliveriesMax });
  // A new count begins, and long texts fill it sooner.
  const seq = 4 + batches.openDeliveriesMax;
  const second = bring(ana, delivery(id, seq), 7);
  const long = (at: number): Delivery => {
    const one = delivery(id, at);
    const padding = " ".repeat(batches.openCharactersMax / 2);
    return { ...one, items: one.items.map((item) => ({ ...item, json: `${item.json}${padding}` })) };
  };
  await bring(ana, long(seq + 1), 7);
  expect(await isUnanswered(second)).toBe(true);
  await bring(ana, long(seq + 2), 7);
  expect(await second).toEqual({ rev: seq + 2 });
});

test("[F8] a conversation that names a series learns that deliveries may come packed; one that does not is answered as before", async () => {
  const { ana, id } = await waiting("ana");
  commitPace.ms = 0;
  expect(await ana.calls.deliver({ ...delivery(id, 3), series: 7 })).toEqual({ rev: 3, takesPacked: true });
  expect(await ana.calls.deliver(delivery(id, 4))).toEqual({ rev: 4 });
});

test("[I12] the bytes of a frame are those of its text, also where its item was counted for another member before", () => {
  const one = delivery(newConversation(), 1);
  const items = one.items.map((item) => ({ ...item, json: '{"text":"é 🦜"}' }));
  for (const unread of [7, 12_345]) {
    const step = { show: "item", index: 0, version: 3, unread, mentionsUnread: 0 } as const;
    const shown = announcementsOf(
      { delivery: { ...one, items }, row: undefined, steps: [step] },
      userId.parse("u_1"),
      false,
    );
    const [frame] = shown?.changes ?? [];
    expect(frame?.bytes).toBe(new TextEncoder().encode(frame?.text).length);
  }
});
