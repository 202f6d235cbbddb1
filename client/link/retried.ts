/** Owns the one repeat of calls that are harmless when they are made twice. */
import { ParleyError } from "../errors.ts";

/** Repeats a call whose answer was lost, once: that a socket broke while idle is noticed only when it is used. Without network the call fails at once. */
export async function retried<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ParleyError) || error.retry !== "later" || error.status === 429) throw error;
    return await call();
  }
}

/** The same for a call that ends something: if the repeat is answered `not_found`, the first call has ended it and only its answer was lost. */
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
