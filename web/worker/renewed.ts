/** Owns the change of the browser's push subscription, which ends all pushes until the server knows the new one, for each account. */
import { keepSubscribed } from "../pushes/subscription.ts";
import { accountsOf, type WorkerParts } from "./parts.ts";

export async function renewed(parts: WorkerParts): Promise<void> {
  const accounts = await accountsOf(parts);
  // What fails here is done by the next page that opens.
  if (accounts !== undefined)
    await keepSubscribed(parts.self.registration.pushManager, parts.store, accounts, parts.now()).catch(
      () => undefined,
    );
}
