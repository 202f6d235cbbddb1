/** Owns what the parts of the service worker share. */
import type { Background, BackgroundAccount } from "parley-sdk/background";
import type { PushStore } from "../pushes/push-store.ts";

export interface WorkerParts {
  readonly self: ServiceWorkerGlobalScope;
  readonly store: PushStore;
  readonly background: Background;
  readonly now: () => number;
}

/** The signed-in accounts; undefined where storage does not say. */
export async function accountsOf({ background }: WorkerParts): Promise<readonly BackgroundAccount[] | undefined> {
  return await background.accounts().catch(() => undefined);
}
