/** Pushes in a user's object: who is notified, what is handed to the consumer, its hints and alarm, and that nobody pays who does not subscribe. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import { now } from "../../../../objects/shared/platform/clock.ts";
import type { UserId } from "../../../../schema/ids.ts";
import { heartbeat } from "../../../../schema/limits.ts";
import { pushes as bounds } from "../../../../schema/push-limits.ts";
import { evict, signIn, signUp, valueOf, wind } from "../../../rig/objects/accounts.ts";
import {
  delivery,
  factsByHand,
  hibernate,
  type Member,
  member,
  newConversation,
  syncOf,
} from "../../../rig/objects/inbox/inboxes.ts";
import {
  catchHints,
  deliverTo,
  pushAll,
  reportOf,
  storedPushes,
  subscribe,
  subscriber,
} from "../../../rig/objects/inbox/pushes.ts";
import { foundDm, foundGroup, send, settleFanOut } from "../../../rig/objects/people.ts";

/** Hints of this person alone: alarms of others may go off meanwhile. */
const countOf = (hints: readonly UserId[], who: Member): number => hints.filter((id) => id === who.id).length;

const seqs = (pushed: readonly { seq: number }[]): number[] => pushed.map(({ seq }) => seq);

/** Runs the object's alarm, after winding the clock. */
async function ring(who: Member, afterMs: number): Promise<void> {
  wind(afterMs);
  await runDurableObjectAlarm(env.USERS.getByName(who.id));
}

test("[N1] a message is pushed once to every device that subscribes, with the text, the chat's name and the badge", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const other = valueOf(await signIn(ana)).device.id;
  await subscribe(ana, other);
  const id = await deliverTo(ana, newConversation(), 1, 2);
  await deliverTo(ana);
  const answer = await ana.calls.pushesDue();
  expect(answer).toMatchObject({ userId: ana.id, badge: 3, locale: "en" });
  expect(answer?.targets.map(({ deviceId }) => deviceId).sort()).toEqual([ana.device, other].sort());
  expect(answer?.due).toHaveLength(3);
  expect(answer?.due.find(({ conversationId, seq }) => conversationId === id && seq === 2)).toEqual({
    conversationId: id,
    seq: 2,
    senderId: "u_sender",
    sentAt: 1_700_000_000_002,
    kind: "message",
    chat: "group",
    title: "By hand",
    body: "text 2",
    isHidden: false,
    isMention: false,
    deviceIds: [ana.device, other].sort(),
  });
  if (answer === null) throw new Error("nothing is due");
  const halfway = reportOf(answer, (_, device) => (device === other ? "sent" : "later"));
  expect(await ana.calls.pushesDone(halfway)).toEqual({ more: false });
  await evict(ana.id);
  const rest = await ana.calls.pushesDue();
  expect(rest?.due.map(({ deviceIds }) => deviceIds)).toEqual([[ana.device], [ana.device], [ana.device]]);
  if (rest === null) throw new Error("nothing is due");
  expect(await ana.calls.pushesDone(reportOf(rest))).toEqual({ more: false });
  expect(await ana.calls.pushesDue()).toBeNull();
});

test("[N17] without preview neither text nor names are handed out; the badge counts muted conversations and no requests", async () => {
  catchHints();
  const ana = await subscriber("ana");
  valueOf(await ana.calls.patchMe({ settings: { notifications: { preview: false } } }));
  await deliverTo(ana);
  const muted = await deliverTo(ana);
  valueOf(await ana.calls.patchSummary(muted, { mutedUntil: Date.now() + 3_600_000 }));
  const request = newConversation();
  await ana.calls.deliver(delivery(request, 1, { requestBy: "u_stranger" as UserId }));
  const answer = await ana.calls.pushesDue();
  expect(answer?.badge).toBe(2);
  expect(answer?.due).toMatchObject([{ title: null, body: "", isHidden: true, senderId: "u_sender" }]);
  await ana.calls.deliver(delivery(muted, 2));
  expect((await ana.calls.pushesDue())?.badge).toBe(3);
  valueOf(await ana.calls.patchSummary(request, { request: false }));
  expect((await ana.calls.pushesDue())?.badge).toBe(4);
});

test("[N1] with notifications off, in quiet hours, or from somebody who is blocked nothing is pushed, also later", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = await deliverTo(ana);
  await pushAll(ana);
  const set = async (notifications: object): Promise<void> =>
    void valueOf(await ana.calls.patchMe({ settings: { notifications } }));
  await set({ enabled: false });
  await deliverTo(ana, id, 2, 2);
  await set({ enabled: true });
  expect(await pushAll(ana)).toEqual([]);
  await set({ quietHours: { from: "00:00", to: "23:59", timeZone: "Pacific/Kiritimati" } });
  await deliverTo(ana, id, 3, 3);
  await set({ quietHours: null });
  expect(await pushAll(ana)).toEqual([]);
  const bo = await signUp("bo");
  valueOf(await ana.calls.putBlock(bo.user));
  const { items, ...rest } = delivery(id, 4);
  const byBo = items.map((item) => ({ ...item, message: { ...item.message!, senderId: bo.id } }));
  await ana.calls.deliver({ ...rest, items: byBo });
  valueOf(await ana.calls.deleteBlock(bo.id));
  expect(await pushAll(ana)).toEqual([]);
  await deliverTo(ana, id, 5, 5);
  expect(seqs(await pushAll(ana))).toEqual([5]);
});

test.each<[string, (ana: Member, id: ReturnType<typeof newConversation>) => Promise<unknown>]>([
  ["reading", (ana, id) => ana.calls.deliver(delivery(id, 2, { rev: 1, sinceRev: 1, headSeq: 1, items: [], read: 1 }))],
  [
    "unsending",
    (ana, id) => {
      const { items } = delivery(id, 1);
      const facts = { ...items[0]!.message!, isUnsent: true, preview: "" };
      return ana.calls.deliver(
        delivery(id, 2, {
          headSeq: 1,
          items: [{ rev: 2, kind: "change", json: `"conversationId":"${id}","rev":2`, message: facts }],
        }),
      );
    },
  ],
  ["a mute", (ana, id) => ana.calls.patchSummary(id, { mutedUntil: Date.now() + 3_600_000 })],
  ["notify: none", (ana, id) => ana.calls.patchSummary(id, { notify: "none" })],
  ["notify: mentions", (ana, id) => ana.calls.patchSummary(id, { notify: "mentions" })],
  [
    "leaving",
    (ana, id) =>
      ana.calls.deliver(delivery(id, 2, { headSeq: 1, items: [], facts: { ...factsByHand, hasLeft: true } })),
  ],
  ["switching notifications off", (ana) => ana.calls.patchMe({ settings: { notifications: { enabled: false } } })],
  [
    "quiet hours",
    (ana) =>
      ana.calls.patchMe({
        settings: { notifications: { quietHours: { from: "00:00", to: "23:59", timeZone: "Pacific/Kiritimati" } } },
      }),
  ],
  ["a day", async () => wind(bounds.waitMsMax)],
  ["the end of the subscription", (ana) => ana.calls.unsubscribe(ana.device)],
  [
    "a device that attends, also if it does so no more",
    async (ana) => {
      const socket = await syncOf(ana);
      socket.say({ type: "attend", on: true, ref: "1" });
      await socket.next((frame) => frame.type === "ok");
      socket.say({ type: "attend", on: false, ref: "2" });
      await socket.next((frame) => frame["ref"] === "2");
    },
  ],
])(
  "[N4] [N21] %s takes away what waits, and what the consumer has asked for and not sent, with the object awake or evicted",
  async (_, take) => {
    catchHints();
    for (const isEvicted of [false, true]) {
      const ana = await subscriber("ana");
      const id = await deliverTo(ana);
      if (isEvicted) await evict(ana.id);
      const push = { conversationId: id, seq: 1, deviceId: ana.device };
      expect(await ana.calls.pushesDue()).not.toBeNull();
      expect(await ana.calls.isStillDue(push)).toBe(true);
      await take(ana, id);
      await ana.calls.me();
      if (isEvicted) await evict(ana.id);
      expect(await ana.calls.isStillDue(push)).toBe(false);
      expect(await ana.calls.pushesDue()).toBeNull();
      expect((await storedPushes(ana)).join()).not.toContain("text 1");
    }
  },
);

test("[N4] a block takes away what waits of that user", async () => {
  catchHints();
  const [ana, bo, cy] = [await subscriber("ana"), await member("bo"), await member("cy")];
  const id = await foundGroup(bo, [ana, cy]);
  await send(id, bo, "by bo");
  await send(id, cy, "by cy");
  await settleFanOut(id);
  valueOf(await ana.calls.putBlock(bo.user));
  expect((await pushAll(ana)).map(({ senderId }) => senderId)).toEqual([cy.id]);
});

test("[N18] a device attends from its frame until its socket is gone or silent for 30 s, through hibernation", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const other = valueOf(await signIn(ana)).device.id;
  const id = await deliverTo(ana, newConversation(), 1, 1, "dm");
  await pushAll(ana);
  const socket = await syncOf(ana, "", other);
  await deliverTo(ana, id, 2, 2);
  expect(seqs(await pushAll(ana))).toEqual([2]);
  const attend = async (isOn: boolean, ref: string): Promise<void> => {
    socket.say({ type: "attend", on: isOn, ref });
    await socket.next((frame) => frame["ref"] === ref);
  };
  await attend(true, "on");
  await deliverTo(ana, id, 3, 3);
  expect(await pushAll(ana)).toEqual([]);
  await hibernate(ana);
  await deliverTo(ana, id, 4, 4);
  expect(await pushAll(ana)).toEqual([]);
  wind(heartbeat.timeoutMs + 1);
  await deliverTo(ana, id, 5, 5);
  expect(seqs(await pushAll(ana))).toEqual([5]);
  await attend(true, "again");
  await deliverTo(ana, id, 6, 6);
  await attend(false, "off");
  await deliverTo(ana, id, 7, 7);
  expect(seqs(await pushAll(ana))).toEqual([7]);
  await attend(true, "last");
  socket.close();
  const open = (): Promise<number> =>
    runInDurableObject(
      env.USERS.getByName(ana.id),
      (_, ctx) => ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN).length,
    );
  await expect.poll(open).toBe(0);
  await deliverTo(ana, id, 8, 8);
  expect(seqs(await pushAll(ana))).toEqual([8]);
});

test("[N7] a hint follows the commit, one is under way at a time, and an alarm without a row repeats it until all is reported", async () => {
  const hints = catchHints();
  const ana = await subscriber("ana");
  const id = await deliverTo(ana, newConversation(), 1, 3, "dm");
  expect(countOf(hints, ana)).toBe(1);
  await ring(ana, bounds.hintAgainMs);
  expect(countOf(hints, ana)).toBe(2);
  const answer = await ana.calls.pushesDue();
  await deliverTo(ana, id, 4, 4);
  expect(countOf(hints, ana)).toBe(2);
  if (answer === null) throw new Error("nothing is due");
  expect(await ana.calls.pushesDone(reportOf(answer))).toEqual({ more: true });
  await deliverTo(ana, id, 5, 5);
  expect(countOf(hints, ana)).toBe(2);
  expect(seqs(await pushAll(ana))).toEqual([4, 5]);
  await deliverTo(ana, id, 6, 6);
  expect(countOf(hints, ana)).toBe(3);
  // The queue has lost it, and the object was evicted.
  await evict(ana.id);
  await ring(ana, bounds.hintAgainMs);
  expect(countOf(hints, ana)).toBe(4);
  expect(seqs(await pushAll(ana))).toEqual([6]);
  await ring(ana, 2 * bounds.hintAgainMs);
  expect(countOf(hints, ana)).toBe(4);
  const rows = await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM alarms").toArray(),
  );
  expect(rows).toEqual([]);
});

test("[N7] a named alarm that is set after an eviction does not put off the hint", async () => {
  const hints = catchHints();
  const ana = await subscriber("ana");
  await deliverTo(ana);
  await evict(ana.id);
  valueOf(await ana.calls.putContact((await signUp("bo")).user));
  const at = await runInDurableObject(env.USERS.getByName(ana.id), (_, { storage }) => storage.getAlarm());
  expect(at).toBeLessThanOrEqual(now() + bounds.hintAgainMs);
  expect(countOf(hints, ana)).toBe(1);
});

test("[N6] a summary becomes due by the alarm, and is handed out once, with what was read since left out", async () => {
  const hints = catchHints();
  const ana = await subscriber("ana");
  const id = await deliverTo(ana, newConversation(), 1, 12);
  expect(seqs(await pushAll(ana))).toEqual([1, 2, 3, 4, 5]);
  const before = countOf(hints, ana);
  await evict(ana.id);
  await ana.calls.deliver(delivery(id, 13, { read: 8 }));
  await ring(ana, bounds.gatherMs);
  expect(countOf(hints, ana)).toBe(before + 1);
  const pushed = await pushAll(ana);
  expect(pushed).toMatchObject([{ kind: "summary", count: 5, seq: 13, title: "By hand", body: "" }]);
  expect(await pushAll(ana)).toEqual([]);
  await deliverTo(ana, id, 14, 15);
  await ring(ana, bounds.busyMs);
  expect(await pushAll(ana)).toMatchObject([{ kind: "summary", count: 7, seq: 15 }]);
});

test("[N2] through a conversation: a first message is pushed, history and notices are not, and answers count as mentions", async () => {
  catchHints();
  const [ana, bo] = [await subscriber("ana"), await member("bo")];
  const dm = await foundDm(bo, ana);
  await settleFanOut(dm);
  expect(await pushAll(ana)).toEqual([]);
  await send(dm, bo, "hello");
  await settleFanOut(dm);
  expect(await pushAll(ana)).toMatchObject([{ chat: "dm", title: bo.user.name, body: "hello", seq: 1 }]);
  const group = await foundGroup(bo, []);
  await send(group, bo, "before ana");
  await bo.calls.me();
  const joined = await conversationStub(env, group).putMember(bo.id, ana.id, null, ana.person);
  expect(joined.ok).toBe(true);
  await settleFanOut(group);
  expect(await pushAll(ana)).toEqual([]);
  valueOf(await ana.calls.patchSummary(group, { notify: "mentions" }));
  const own = await send(group, ana, "by ana");
  await send(group, bo, "to nobody");
  const answered = await send(group, bo, "to ana", undefined, { replyTo: own.seq });
  await send(group, bo, "to bo", undefined, { replyTo: 1 });
  await settleFanOut(group);
  expect(await pushAll(ana)).toMatchObject([{ seq: answered.seq, isMention: true, body: "to ana" }]);
});
