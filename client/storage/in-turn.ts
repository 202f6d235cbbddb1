/**
 * Owns whose turn it is, among the tabs and the service worker, to ask the server for one thing, such as one reaction: a call is made when the one before it
 * is answered, so that it is not overtaken by an earlier one. Who has the turn for too long is frozen, and holds up nobody any more.
 */
import type { Clock } from "../contract/platform.ts";
import { answerMsMax } from "../link/http.ts";
import type { Locks } from "./locks.ts";

/** Longer than a call takes. */
const turnMsMax = answerMsMax + 5_000;

export async function inTurn<T>(
  { locks, clock }: { readonly locks: Locks; readonly clock: Clock },
  name: string,
  task: () => Promise<T>,
  msMax: number = turnMsMax,
): Promise<T> {
  let running: Promise<T> | undefined;
  const run = () => (running ??= task());
  await new Promise<void>((resolve) => {
    const cancel = clock.after(msMax, resolve);
    const begin = async () => {
      cancel();
      await run().catch(() => undefined);
    };
    // Locks that fail hold up nobody, either.
    locks.exclusive(name, begin).then(resolve, () => resolve());
  });
  return await run();
}
