/** Owns sending later what could not be sent: when the browser says that there is a network again, or in the next tab. */
import { accountsOf, type WorkerParts } from "./parts.ts";

export const unsentTag = "parley-unsent";
const sentMsMax = 20_000;

/** Only some browsers wake the service worker when the network is back. Elsewhere the next tab sends it. */
interface Syncing {
  readonly sync?: { register(tag: string): Promise<void> };
}

export async function sendLater({ self }: WorkerParts): Promise<void> {
  const { registration }: { registration: ServiceWorkerRegistration & Syncing } = self;
  await registration.sync?.register(unsentTag).catch(() => undefined);
}

/** Rejects where something is still unsent, so that the browser wakes the service worker again. */
export async function sendUnsent(parts: WorkerParts): Promise<void> {
  const signal = AbortSignal.timeout(sentMsMax);
  await Promise.all(((await accountsOf(parts)) ?? []).map(async (account) => await account.sendUnsent({ signal })));
}
