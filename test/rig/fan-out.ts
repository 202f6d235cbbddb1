/** Brings the fan-out of a conversation to rest. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { windClock } from "../../objects/shared/platform/clock.ts";
import type { ConversationId } from "../../schema/ids.ts";

/** Runs the alarm, as often as the conversation sets it, until nobody is behind: then there is neither an alarm nor a row of somebody who lags. */
export async function settleFanOut(id: ConversationId): Promise<void> {
  const object = env.CONVERSATIONS.getByName(id);
  for (let tries = 0; tries < 80; tries++) {
    windClock(60_000);
    await runDurableObjectAlarm(object);
    const isPending = await runInDurableObject(
      object,
      async (_object, { storage }) =>
        (await storage.getAlarm()) !== null || storage.sql.exec("SELECT user_id FROM lag").toArray().length > 0,
    );
    if (!isPending) return;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error("somebody stays behind");
}
