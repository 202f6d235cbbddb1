/**
 * Owns the device secrets that this device keeps after a sign-out. By the secret the server recognizes the device, so that wrong passwords of
 * strangers do not lock it out. A secret alone signs nobody in. It is found by the handle, because a sign-in knows nothing else.
 */
import { z } from "zod";
import type { Session as SessionBody, signIn } from "../../schema/http/account/accounts.ts";
import type { ParleyOptions } from "../contract/platform.ts";
import type { SecondFactor } from "../contract/security.ts";
import type { Storage, Stored } from "../contract/storage.ts";
import { keys } from "../storage/keys.ts";

/** Secrets of at most so many accounts are kept. The account whose session was stored longest ago goes first. */
const knownMax = 50;

const knownAccount = z.object({ handle: z.string(), deviceSecret: z.string().min(1), at: z.number() });

/** The rows to store with a session; none where the server gave no secret. */
export function knownPuts({ user, deviceSecret }: SessionBody, at: number): (readonly [string, Stored])[] {
  if (deviceSecret === "" || user.handle === null) return [];
  return [[keys.known(user.id), { handle: user.handle, deviceSecret, at }]];
}

/** The body of a sign-in. It has the device secret where this device keeps one for that handle. */
export async function signInBody(
  storage: Storage,
  {
    handle,
    password,
    device,
    passkey,
    recoveryCode,
  }: { handle: string; password: string; device: ParleyOptions["device"] } & SecondFactor,
): Promise<z.input<typeof signIn.body>> {
  const folded = handle.toLowerCase();
  const mine = (await readKnown(storage)).find((account) => account.handle === folded);
  return {
    handle,
    password,
    ...(device === undefined ? {} : { device: { ...device } }),
    ...(mine === undefined ? {} : { deviceSecret: mine.deviceSecret }),
    ...(passkey === undefined ? {} : { passkey }),
    ...(recoveryCode === undefined ? {} : { recoveryCode }),
  };
}

/** The secret that this device keeps for a user; undefined where it keeps none. */
export async function knownSecret(storage: Storage, userId: string): Promise<string | undefined> {
  return (await readKnown(storage)).find(({ key }) => key === keys.known(userId))?.deviceSecret;
}

/** Deletes the oldest secrets beyond `knownMax`. */
export async function boundKnown(storage: Storage): Promise<void> {
  const excess = (await readKnown(storage)).slice(knownMax);
  if (excess.length > 0) await storage.write({ deletes: excess.map(({ key }) => key) }).catch(() => undefined);
}

/** Newest first, so that a handle that moved to another account finds the secret of the later one. */
async function readKnown(storage: Storage): Promise<(z.infer<typeof knownAccount> & { key: string })[]> {
  const stored = await storage.list(keys.knownAccounts).catch(() => []);
  const accounts = stored.flatMap(([key, value]) => {
    const parsed = knownAccount.safeParse(value);
    return parsed.success ? [{ ...parsed.data, key }] : [];
  });
  return accounts.sort((a, b) => b.at - a.at);
}
