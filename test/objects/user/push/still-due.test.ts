/** What the consumer asks of a push that waited, right before its request leaves: whether that one is still due. */
import { expect, test } from "vitest";
import type { ConversationId, DeviceId } from "../../../../schema/ids.ts";
import { pushes as bounds } from "../../../../schema/push-limits.ts";
import { evict, signIn, signUp, valueOf, wind } from "../../../rig/objects/accounts.ts";
import { delivery, type Member, member, newConversation } from "../../../rig/objects/inbox/inboxes.ts";
import { catchHints, deliverTo, pushAll, reportOf, subscribe, subscriber } from "../../../rig/objects/inbox/pushes.ts";
import { foundDm, foundGroup, send, settleFanOut, submit } from "../../../rig/objects/people.ts";

function isDue(
  who: Member,
  conversationId: ConversationId,
  seq: number,
  deviceId: DeviceId = who.device,
): Promise<boolean> {
  return who.calls.isStillDue({ conversationId, seq, deviceId });
}

async function asked(who: Member) {
  const answer = await who.calls.pushesDue();
  if (answer === null) throw new Error("nothing is due");
  return answer;
}

test("[N21] through a conversation: what is read or unsent is due no more, and the rest is", async () => {
  catchHints();
  const [ana, bo] = [await subscriber("ana"), await member("bo")];
  const id = await foundDm(bo, ana);
  for (const text of ["one", "two", "three", "four"]) await send(id, bo, text);
  await settleFanOut(id);
  expect((await asked(ana)).due).toHaveLength(4);
  await submit(id, ana, { do: "receipt", delivered: null, read: 1 });
  await submit(id, bo, { do: "unsend", seq: 3 });
  await settleFanOut(id);
  const still = (): Promise<boolean[]> => Promise.all([1, 2, 3, 4, 5].map((seq) => isDue(ana, id, seq)));
  expect(await still()).toEqual([false, true, false, true, false]);
  await evict(ana.id);
  expect(await still()).toEqual([false, true, false, true, false]);
  expect((await pushAll(ana)).map(({ seq }) => seq)).toEqual([2, 4]);
});

test("[N21] a device that signed out gets nothing any more; another one, until it was reported as sent there", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const [second, third] = [valueOf(await signIn(ana)).device.id, valueOf(await signIn(ana)).device.id];
  for (const device of [second, third]) await subscribe(ana, device);
  const id = await deliverTo(ana);
  const still = (): Promise<boolean[]> => Promise.all([ana.device, second, third].map((one) => isDue(ana, id, 1, one)));
  const answer = await asked(ana);
  expect(await still()).toEqual([true, true, true]);
  await ana.calls.signOut(second);
  expect(await still()).toEqual([true, false, true]);
  await ana.calls.pushesDone(reportOf(answer, (_, device) => (device === third ? "sent" : "later")));
  expect(await still()).toEqual([true, false, false]);
  await evict(ana.id);
  expect(await still()).toEqual([true, false, false]);
});

test("[N21] where only mentions are pushed from now on, a mention stays due; under a mute none does", async () => {
  catchHints();
  const [ana, bo] = [await subscriber("ana"), await member("bo")];
  const id = await foundGroup(bo, [ana]);
  const [plain, mention] = [
    await send(id, bo, "to all"),
    await send(id, bo, "to ana", undefined, { mentions: [ana.id] }),
  ];
  await settleFanOut(id);
  await asked(ana);
  valueOf(await ana.calls.patchSummary(id, { notify: "mentions" }));
  expect([await isDue(ana, id, plain.seq), await isDue(ana, id, mention.seq)]).toEqual([false, true]);
  valueOf(await ana.calls.patchSummary(id, { mutedUntil: Date.now() + 3_600_000 }));
  expect(await isDue(ana, id, mention.seq)).toBe(false);
});

test("[N21] what somebody wrote who is blocked since is due no more", async () => {
  catchHints();
  const [ana, bo] = [await subscriber("ana"), await signUp("bo")];
  const id = newConversation();
  const { items, ...rest } = delivery(id, 1);
  await ana.calls.deliver({
    ...rest,
    items: items.map((item) => ({ ...item, message: { ...item.message!, senderId: bo.id } })),
  });
  await asked(ana);
  expect(await isDue(ana, id, 1)).toBe(true);
  valueOf(await ana.calls.putBlock(bo.user));
  expect(await isDue(ana, id, 1)).toBe(false);
});

test("[N21] a summary is due as long as one of its messages is unread and a newer summary has not taken its place", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const id = await deliverTo(ana, newConversation(), 1, 12);
  await pushAll(ana);
  wind(bounds.gatherMs);
  expect((await asked(ana)).due).toMatchObject([{ kind: "summary", seq: 12 }]);
  await ana.calls.deliver(delivery(id, 13, { read: 8 }));
  expect(await isDue(ana, id, 12)).toBe(true);
  wind(bounds.busyMs);
  expect((await asked(ana)).due).toMatchObject([{ kind: "summary", seq: 13 }]);
  expect([await isDue(ana, id, 12), await isDue(ana, id, 13)]).toEqual([false, true]);
  await ana.calls.deliver(delivery(id, 14, { read: 13 }));
  expect(await isDue(ana, id, 13)).toBe(false);
});

test("[N21] of a conversation that is not there, and of an account without a subscription, nothing is due", async () => {
  catchHints();
  const [ana, bo] = [await subscriber("ana"), await member("bo")];
  expect(await isDue(ana, newConversation(), 1)).toBe(false);
  expect(await isDue(bo, await deliverTo(bo), 1)).toBe(false);
});
