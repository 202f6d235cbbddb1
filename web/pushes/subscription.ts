/** Owns the browser's one push subscription, which all accounts of this device share, and registering it at the server for each of them. Used by the page and by the service worker. */
import type { Push, PushAddress } from "parley-sdk";
import type { PushStore, Registered } from "./push-store.ts";

/** A registration that is older is repeated, for the server may have lost it. */
const registeredMsMax = 86_400_000;

/** An account, as the page and the service worker both have it. */
export interface Pushed {
  readonly userId: string;
  readonly deviceId: string;
  readonly push: Push;
}

/** The server sends no pushes to browsers. */
export class NoPushesError extends Error {}

/**
 * Subscribes where the browser has not, or has with another key of the server's, and registers it at the server for each account that wants pushes. Errors: those of
 * the browser, `NoPushesError`, and the first of the server's.
 */
export async function keepSubscribed(
  manager: PushManager,
  store: PushStore,
  accounts: readonly Pushed[],
  now: number,
): Promise<void> {
  const choices = await store.choices();
  await endUnwanted(store, accounts);
  const wanting = accounts.filter(({ userId }) => choices.get(userId)?.choice === "on");
  if (wanting.length === 0) {
    await (await manager.getSubscription())?.unsubscribe();
    return;
  }
  const subscription = await subscribed(manager, await keyOf(wanting));
  const told = wanting.map(async (account) => {
    const before = choices.get(account.userId)?.registered;
    if (before !== undefined && isCurrent(before, account, subscription, now)) return;
    await account.push.subscribe(addressOf(subscription));
    await store.choose(account.userId, "on", { deviceId: account.deviceId, endpoint: subscription.endpoint, at: now });
  });
  const failed = (await Promise.allSettled(told)).find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Ends the pushes of an account here, at the server. Without network this is done the next time. */
async function endUnwanted(store: PushStore, accounts: readonly Pushed[]): Promise<void> {
  const choices = await store.choices();
  const ending = accounts.map(async ({ userId, push }) => {
    const chosen = choices.get(userId);
    if (chosen?.choice !== "off" || chosen.registered === undefined) return;
    await push.unsubscribe();
    await store.choose(userId, "off");
  });
  await Promise.allSettled(ending);
}

/** The key that any of the accounts can ask for: the first of them may be signed out from elsewhere. */
async function keyOf(accounts: readonly Pushed[]): Promise<string> {
  const key = await Promise.any(accounts.map(({ push }) => push.serverKey())).catch((error: unknown) => {
    throw error instanceof AggregateError ? error.errors[0] : error;
  });
  if (key === null) throw new NoPushesError("the server sends no pushes to browsers");
  return key;
}

async function subscribed(manager: PushManager, key: string): Promise<PushSubscription> {
  const present = await manager.getSubscription();
  const presentKey = present?.options.applicationServerKey;
  if (present !== null && (presentKey === null || presentKey === undefined || textOf(presentKey) === key))
    return present;
  // A browser refuses a second subscription with another key.
  await present?.unsubscribe();
  return await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function isCurrent(
  { deviceId, endpoint, at }: Registered,
  account: Pushed,
  subscription: PushSubscription,
  now: number,
): boolean {
  return deviceId === account.deviceId && endpoint === subscription.endpoint && Math.abs(now - at) < registeredMsMax;
}

function addressOf(subscription: PushSubscription): PushAddress {
  const { endpoint, keys } = subscription.toJSON();
  const { applicationServerKey: key } = subscription.options;
  return {
    endpoint: endpoint ?? subscription.endpoint,
    keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" },
    ...(key === null ? {} : { vapidPublicKey: textOf(key) }),
  };
}

function textOf(key: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(key)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
