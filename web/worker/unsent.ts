/** Owns sending later what could not be sent: when the browser says that there is a network again, or in the next tab. */
import { accountsOf, type WorkerParts } from "./parts.ts";

const sentMsMax = 20_000;

/** Rejects where something is still unsent, so that the browser wakes the service worker again. */
export async function sendUnsent(parts: WorkerParts): Promise<void> {
  const signal = AbortSignal.timeout(sentMsMax);
  await Promise.all(((await accountsOf(parts)) ?? []).map(async (account) => await account.sendUnsent({ signal })));
}
