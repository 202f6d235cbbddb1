/** What a user's object makes of deliveries: made by hand, so that they can be late, early, doubled or broken. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Delivery } from "../../../../objects/contract/delivery/delivery.ts";
import type { Seq } from "../../../../schema/ids.ts";
import { evict } from "../../../rig/objects/accounts.ts";
import {
  delivery,
  factsByHand,
  hibernate,
  type Member,
  member,
  newConversation,
  rowOf,
  syncOf,
  versionsOf,
} from "../../../rig/objects/inbox/inboxes.ts";

const seqOf = (frame: Record<string, unknown>): Seq => (frame["message"] as { seq: Seq } | undefined)?.seq ?? 0;

async function rowsOf(by: Member) {
  const answer = await by.calls.summaries(undefined, 100);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value.conversations;
}

test("[I1] the first delivery brings the row, then its messages", async () => {
  const ana = await member("ana");
  const socket = await syncOf(ana);
  const id = newConversation();
  expect(await ana.calls.deliver(delivery(id, 1))).toEqual({ rev: 1 });
  await socket.next((frame) => frame.type === "message");
  expect(socket.frames.slice(2).map((frame) => frame.type)).toEqual(["inbox", "message"]);
  expect(rowOf(socket.frames[2] ?? { type: "none" })).toMatchObject({
    conversationId: id,
    head: { seq: 0 },
    unread: 0,
  });
  expect(socket.frames[3]).toMatchObject({ inbox: { version: 2, unread: 1, mentionsUnread: 0 } });
  expect(await rowsOf(ana)).toMatchObject([{ unread: 1, version: 2, lastMessage: { preview: "text 1" } }]);
});

test("[I2] repeats, overlaps and gaps: nothing twice, nothing out of order, and a gap says from where to send; across eviction", async () => {
  const ana = await member("ana");
  const socket = await syncOf(ana);
  const id = newConversation();
  const items = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => delivery(id, from + i).items).flat();
  const stretch = (sinceRev: number, rev: number): Delivery =>
    delivery(id, rev, { sinceRev, items: items(sinceRev + 1, rev), facts: factsByHand });
  expect(await ana.calls.deliver(delivery(id, 3))).toEqual({ rev: 0 });
  expect(await ana.calls.deliver(stretch(0, 2))).toEqual({ rev: 2 });
  expect(await ana.calls.deliver(stretch(0, 2))).toEqual({ rev: 2 });
  expect(await ana.calls.deliver(delivery(id, 9))).toEqual({ rev: 2 });
  await hibernate(ana);
  expect(await ana.calls.deliver(delivery(id, 9))).toEqual({ rev: 2 });
  expect(await ana.calls.deliver(stretch(0, 5))).toEqual({ rev: 5 });
  await hibernate(ana);
  expect(await ana.calls.deliver(stretch(3, 6))).toEqual({ rev: 6 });
  expect(await ana.calls.deliver(delivery(id, 1))).toEqual({ rev: 6 });
  await socket.next((frame) => seqOf(frame) === 6);
  expect(socket.frames.filter((frame) => frame.type === "message").map(seqOf)).toEqual([1, 2, 3, 4, 5, 6]);
  const versions = versionsOf(socket.frames);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  expect(await rowsOf(ana)).toMatchObject([{ unread: 6, head: { seq: 6, rev: 6 } }]);
});

test("[I3] deliveries of one turn reach a socket as one frame, and one that is poison harms no other", async () => {
  const ana = await member("ana");
  const socket = await syncOf(ana);
  const ids = Array.from({ length: 5 }, newConversation);
  const before = socket.texts.length;
  await runInDurableObject(env.USERS.getByName(ana.id), async (object) => {
    const answers = await Promise.all(
      ids.map((id, index) => {
        const whole = delivery(id, 1);
        // One that the table refuses, and one that cannot even be read.
        if (index === 2)
          return object.deliver({ ...whole, facts: { ...factsByHand, role: null as unknown as "member" } });
        if (index === 3) return object.deliver({ ...whole, items: null as unknown as [] });
        return object.deliver(whole);
      }),
    );
    expect(answers).toEqual([
      { rev: 1 },
      { rev: 1 },
      { rev: 0, isFailed: true },
      { rev: 0, isFailed: true },
      { rev: 1 },
    ]);
  });
  await socket.next((frame) => (frame["message"] as { conversationId: string } | undefined)?.conversationId === ids[4]);
  expect(socket.texts).toHaveLength(before + 1);
  expect((await rowsOf(ana)).map((row) => row.conversationId).toSorted()).toEqual(
    ids.filter((_, index) => index !== 2 && index !== 3).toSorted(),
  );
  const good = ids[2] ?? newConversation();
  expect(await ana.calls.deliver(delivery(good, 1))).toEqual({ rev: 1 });
  const versions = versionsOf(socket.frames);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
});

test("[I4] a steady message costs one row", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  await runInDurableObject(env.USERS.getByName(ana.id), async (object, state) => {
    const before = state.storage.sql.exec("SELECT total_changes() AS n").one()["n"] as number;
    for (let n = 2; n <= 11; n++) await object.deliver(delivery(id, n));
    expect(state.storage.sql.exec("SELECT total_changes() AS n").one()["n"]).toBe(before + 10);
  });
});

test("[I5] a device that got the items on its live socket receives only the row; passing frames go to all as they are", async () => {
  const ana = await member("ana");
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  const socket = await syncOf(ana);
  const typing = JSON.stringify({ type: "typing", conversationId: id, userId: "u_x", until: 5 });
  await ana.calls.deliver(delivery(id, 2, { liveDevices: [ana.device], passing: [typing] }));
  await socket.next((frame) => frame.type === "typing");
  expect(socket.frames.slice(2).map((frame) => frame.type)).toEqual(["inbox", "typing"]);
  expect(rowOf(socket.frames[2] ?? { type: "none" })).toMatchObject({ head: { seq: 2 }, unread: 2 });
  await ana.calls.deliver(delivery(id, 2, { sinceRev: 2, items: [], passing: [typing] }));
  await socket.next((frame) => frame.type === "typing" && socket.frames.indexOf(frame) > 3);
  expect(socket.frames).toHaveLength(5);
});

test("[I6] unsent messages and mentions are counted apart, survive eviction, and are forgotten once read", async () => {
  const ana = await member("ana");
  const id = newConversation();
  const told = (seq: number, rev: number, isUnsent: boolean, isMention: boolean): Delivery => {
    const base = delivery(id, rev, { headSeq: Math.max(seq, 2), facts: rev === 1 ? factsByHand : null });
    const message = {
      seq,
      senderId: base.items[0]?.message?.senderId ?? ana.id,
      sentAt: rev,
      preview: isUnsent ? "" : "p",
      isUnsent,
      mentions: isMention ? [ana.id] : [],
    };
    return {
      ...base,
      items: [
        { rev, kind: rev === seq ? "message" : "change", json: `"conversationId":"${id}","rev":${rev}`, message },
      ],
    };
  };
  const shown = async () => (await rowsOf(ana)).map(({ unread, mentionsUnread }) => [unread, mentionsUnread])[0];
  const marks = () =>
    runInDurableObject(
      env.USERS.getByName(ana.id),
      (_, state) => state.storage.sql.exec("SELECT * FROM inbox_marks").toArray().length,
    );
  await ana.calls.deliver(told(1, 1, false, true));
  await ana.calls.deliver(told(2, 2, false, true));
  expect(await shown()).toEqual([2, 2]);
  await evict(ana.id);
  await ana.calls.deliver(told(1, 3, true, false));
  expect(await shown()).toEqual([1, 1]);
  await ana.calls.deliver(told(2, 4, false, false));
  expect(await shown()).toEqual([1, 0]);
  await ana.calls.deliver(told(2, 5, false, true));
  expect(await shown()).toEqual([1, 1]);
  expect(await marks()).toBe(1);
  await evict(ana.id);
  await ana.calls.deliver(delivery(id, 5, { sinceRev: 5, headSeq: 2, items: [], read: 2 }));
  expect(await shown()).toEqual([0, 0]);
  expect(await marks()).toBe(0);
});

test("[I12] a reader that sends nothing is closed after a thousand frames; catching up does not count", async () => {
  const ana = await member("ana");
  const [silent, alive] = [await syncOf(ana), await syncOf(ana)];
  const id = newConversation();
  await ana.calls.deliver(delivery(id, 1));
  await runInDurableObject(env.USERS.getByName(ana.id), async (object) => {
    for (let n = 2; n <= 700; n++) await object.deliver(delivery(id, n));
  });
  await alive.next((frame) => seqOf(frame) === 700);
  alive.say({ type: "seen", ref: "here" });
  await alive.next((frame) => frame.type === "ok");
  await runInDurableObject(env.USERS.getByName(ana.id), async (object) => {
    for (let n = 701; n <= 1_010; n++) await object.deliver(delivery(id, n));
  });
  expect(await silent.closes()).toBe(4290);
  await alive.next((frame) => seqOf(frame) === 1_010);
  expect(alive.closed).toBeUndefined();
});
