/** Owns the one repeat of calls that mean the same when said twice. */
import { ParleyError } from "../errors.ts";

/** Repeats a call whose answer was lost, once: a socket that broke while idle is noticed only by using it. The network being away is told at once. */
export async function retried<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ParleyError) || error.retry !== "later" || error.status === 429) throw error;
    return await call();
  }
}

/** The same for a call that ends something: where the repeat does not find it any more, the first one has ended it, and only its answer was lost. */
export async function retriedEnd(call: () => Promise<void>): Promise<void> {
  let isRepeat = false;
  await retried(async () => {
    const mayBeGone = isRepeat;
    isRepeat = true;
    try {
      await call();
    } catch (error) {
      if (!mayBeGone || !(error instanceof ParleyError) || error.code !== "not_found") throw error;
    }
  });
}
