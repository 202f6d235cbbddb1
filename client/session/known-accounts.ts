/**
 * Owns what this device keeps of an account over sign-outs: the device secret, by which the account knows it again, so that wrong
 * passwords of strangers do not keep it out. It opens nothing by itself. Found by the handle, for that is all a sign-in knows.
 */
import { z } from "zod";
import type { Session as SessionBody, signIn } from "../../schema/http/accounts.ts";
import type { ParleyOptions } from "../contract/platform.ts";
import type { Storage, Stored } from "../contract/storage.ts";
import { keys } from "../storage/keys.ts";

/** Accounts kept of one device; of more the one that signed in or refreshed longest ago goes. */
const knownMax = 50;

const knownAccount = z.object({ handle: z.string(), deviceSecret: z.string().min(1), at: z.number() });

/** What is to be stored of it with the account's session; nothing where the server gives no secret. */
export function knownPuts({ user, deviceSecret }: SessionBody, at: number): (readonly [string, Stored])[] {
  if (deviceSecret === "" || user.handle === null) return [];
  return [[keys.known(user.id), { handle: user.handle, deviceSecret, at }]];
}

/** The body of a sign-in, with the device secret where this device has one of that account. */
export async function signInBody(
  storage: Storage,
  { handle, password, device }: { handle: string; password: string; device: ParleyOptions["device"] },
): Promise<z.input<typeof signIn.body>> {
  const folded = handle.toLowerCase();
  const mine = (await readKnown(storage)).find((account) => account.handle === folded);
  return {
    handle,
    password,
    ...(device === undefined ? {} : { device: { ...device } }),
    ...(mine === undefined ? {} : { deviceSecret: mine.deviceSecret }),
  };
}

/** Forgets those that are too many. */
export async function boundKnown(storage: Storage): Promise<void> {
  const excess = (await readKnown(storage)).slice(knownMax);
  if (excess.length > 0) await storage.write({ deletes: excess.map(({ key }) => key) }).catch(() => undefined);
}

/** Newest first: a handle that went from one account to another leads to the later one. */
async function readKnown(storage: Storage): Promise<(z.infer<typeof knownAccount> & { key: string })[]> {
  const stored = await storage.list(keys.knownAccounts).catch(() => []);
  const accounts = stored.flatMap(([key, value]) => {
    const parsed = knownAccount.safeParse(value);
    return parsed.success ? [{ ...parsed.data, key }] : [];
  });
  return accounts.sort((a, b) => b.at - a.at);
}
