/** What becomes of pushes that a report of the consumer leaves, or gives up. */
import { expect, test } from "vitest";
import type { DeviceId } from "../../../../schema/ids.ts";
import { pushes as bounds } from "../../../../schema/push-limits.ts";
import { signIn, valueOf } from "../../../rig/objects/accounts.ts";
import { member, newConversation } from "../../../rig/objects/inbox/inboxes.ts";
import { catchHints, deliverTo, pushAll, reportOf, subscribe, subscriber } from "../../../rig/objects/inbox/pushes.ts";
import { foundDm, foundGroup, send, settleFanOut, submit } from "../../../rig/objects/people.ts";

test("[N13] what is put off for one device takes no room from what is due to another", async () => {
  catchHints();
  const ana = await subscriber("ana");
  const other = valueOf(await signIn(ana)).device.id;
  await subscribe(ana, other);
  for (const to of [bounds.perCallMax, 10]) await deliverTo(ana, newConversation(), 1, to, "dm");
  const first = await ana.calls.pushesDue();
  if (first === null) throw new Error("nothing is due");
  expect(first.due).toHaveLength(bounds.perCallMax);
  const halfway = reportOf(first, (_, device) => (device === other ? "later" : "sent"));
  expect(await ana.calls.pushesDone(halfway)).toEqual({ more: true });
  const second = await ana.calls.pushesDue([other]);
  if (second === null) throw new Error("nothing is due");
  expect(second.due).toHaveLength(10);
  expect(second.due.every(({ deviceIds }) => deviceIds.join() === ana.device)).toBe(true);
  await ana.calls.pushesDone(reportOf(second));
  expect(await ana.calls.pushesDue([other])).toBeNull();
  const rest = await ana.calls.pushesDue();
  if (rest === null) throw new Error("nothing is due");
  expect(await ana.calls.pushesDone(reportOf(rest, "later"))).toEqual({ more: false });
});

test("[N19] pushes that were given up are due again if they are still unread, not unsent, and of a device that subscribes", async () => {
  const hints = catchHints();
  const [ana, bo] = [await subscriber("ana"), await member("bo")];
  const id = await foundDm(bo, ana);
  for (const text of ["one", "two", "three", "four"]) await send(id, bo, text);
  await settleFanOut(id);
  const answer = await ana.calls.pushesDue();
  if (answer === null) throw new Error("nothing is due");
  await ana.calls.pushesDone(reportOf(answer, "dropped"));
  expect(await ana.calls.pushesDue()).toBeNull();
  await submit(id, bo, { do: "unsend", seq: 3 });
  await submit(id, ana, { do: "receipt", delivered: null, read: 1 });
  await settleFanOut(id);
  const again = [1, 2, 3, 4].map((seq) => ({ conversationId: id, seq, deviceId: ana.device }));
  const hintsOfAna = (): number => hints.filter((id) => id === ana.id).length;
  const before = hintsOfAna();
  expect(await ana.calls.pushesAgain([...again, { ...again[3]!, deviceId: "v_other" as DeviceId }])).toEqual({
    due: 2,
  });
  expect(hintsOfAna()).toBe(before + 1);
  expect((await pushAll(ana)).map(({ body }) => body)).toEqual(["two", "four"]);
  expect(await ana.calls.pushesAgain([{ ...again[0]!, conversationId: newConversation() }])).toEqual({ due: 0 });
});

test("[N19] an answer to a message of one's own that was given up is due again, also where only mentions are pushed", async () => {
  catchHints();
  const [ana, bo] = [await subscriber("ana"), await member("bo")];
  const id = await foundGroup(bo, [ana]);
  await settleFanOut(id);
  valueOf(await ana.calls.patchSummary(id, { notify: "mentions" }));
  const own = await send(id, ana, "by ana");
  await send(id, bo, "to ana", undefined, { replyTo: own.seq });
  await settleFanOut(id);
  const [answer] = await pushAll(ana);
  if (answer === undefined) throw new Error("nothing is due");
  const again = { conversationId: id, seq: answer.seq, deviceId: ana.device };
  expect(await ana.calls.pushesAgain([again])).toEqual({ due: 0 });
  expect(await ana.calls.pushesAgain([{ ...again, isMention: answer.isMention }])).toEqual({ due: 1 });
  expect(await pushAll(ana)).toMatchObject([{ seq: answer.seq, isMention: true, body: "to ana" }]);
});
