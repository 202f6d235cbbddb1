/** Owns the one repeat of calls that mean the same when said twice. */
import { ParleyError } from "./errors.ts";

/** Repeats a call whose answer was lost, once: a socket that broke while idle is noticed only by using it. The network being away is told at once. */
export async function retried<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ParleyError) || error.retry !== "later" || error.status === 429) throw error;
    return await call();
  }
}
