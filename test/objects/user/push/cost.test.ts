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
