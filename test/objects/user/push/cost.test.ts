/** What a message costs its receiver where nobody subscribes, and where a device does. The meter counts the whole isolate, so this stands alone. */
import { expect, test } from "vitest";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { delivery, type Member, member, newConversation } from "../../../rig/objects/inbox/inboxes.ts";
import { catchHints, pushAll, storedPushes, subscribe } from "../../../rig/objects/inbox/pushes.ts";

test("[N8] with nobody subscribed a message costs one row, no alarm and no hint, and its row holds nothing of pushes", async () => {
  const hints = catchHints();
  const [ana, bo] = [await member("ana"), await member("bo")];
  await subscribe(bo);
  const spent = async (who: Member): Promise<Partial<typeof cost>> => {
    const id = newConversation();
    await who.calls.deliver(delivery(id, 1));
    await pushAll(who);
    const before = { ...cost };
    await who.calls.deliver(delivery(id, 2));
    const { rowsWritten, rowsRead, alarmsSet, queueOperations, objectCalls } = cost;
    return {
      rowsWritten: rowsWritten - before.rowsWritten,
      rowsRead: rowsRead - before.rowsRead,
      alarmsSet: alarmsSet - before.alarmsSet,
      queueOperations: queueOperations - before.queueOperations,
      objectCalls: objectCalls - before.objectCalls,
    };
  };
  expect(await spent(ana)).toEqual({ rowsWritten: 1, rowsRead: 1, alarmsSet: 0, queueOperations: 0, objectCalls: 0 });
  expect(await storedPushes(ana)).toEqual([]);
  expect(hints).not.toContain(ana.id);
  // A push costs its hint, and the row that says what was sent; the alarm is set for the first of half a minute.
  expect(await spent(bo)).toMatchObject({ rowsWritten: 1, alarmsSet: 0, queueOperations: 1, objectCalls: 0 });
  const before = cost.rowsWritten;
  await pushAll(bo);
  expect(cost.rowsWritten - before).toBe(1);
});

test("[N21] the question whether a push is still due writes no row, sets no alarm and sends no hint, and reads the settings at most", async () => {
  const hints = catchHints();
  const ana = await member("ana");
  await subscribe(ana);
  const id = newConversation();
  for (const n of [1, 2]) await ana.calls.deliver(delivery(id, n));
  await ana.calls.pushesDue();
  await ana.calls.deliver(delivery(id, 3, { read: 1 }));
  const [before, hintsBefore] = [{ ...cost }, hints.length];
  const answers = [1, 2, 3].map((seq) => ana.calls.isStillDue({ conversationId: id, seq, deviceId: ana.device }));
  expect(await Promise.all(answers)).toEqual([false, true, true]);
  // The settings are a row. The rows of the inbox are in memory.
  expect(cost.rowsRead - before.rowsRead).toBe(2);
  const { rowsWritten, alarmsSet, queueOperations, objectCalls } = before;
  expect(cost).toMatchObject({ rowsWritten, alarmsSet, queueOperations, objectCalls });
  expect(hints).toHaveLength(hintsBefore);
});
