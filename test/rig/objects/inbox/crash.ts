/** Crashes of one user's object, for tests in workerd. A crash ends the object's memory, and every call, timer and socket. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Member } from "./inboxes.ts";

export async function crash(who: Member): Promise<void> {
  await runInDurableObject(env.USERS.getByName(who.id), (_, state) => state.abort("crash on purpose")).catch(
    () => undefined,
  );
}

/** The answer of a call that a crash may cut off. */
export async function outcomeOf<T>(call: Promise<T>): Promise<T | "cut off"> {
  try {
    return await call;
  } catch {
    return "cut off";
  }
}

/** Whether a call is still unanswered after a moment in which everything else that was under way went on. */
export async function isUnanswered(call: Promise<unknown>, ms = 30): Promise<boolean> {
  const late = new Promise<true>((resolve) => setTimeout(() => resolve(true), ms));
  return await Promise.race([call.then(() => false), late]);
}
