/** Owns the form of a hint in the push queue: the id of a user for whom something may be due. */
import { isMinted } from "../../objects/shared/identity/mint.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import type { UserId } from "../../schema/ids.ts";

/** The user whom a hint names; null if it is none of this server's. */
export function userOf(hint: unknown, env: Env): UserId | null {
  const { userId } = (typeof hint === "object" && hint !== null ? hint : {}) as { userId?: unknown };
  return typeof userId === "string" && isMinted(env.ID_SECRET, userId, "user") ? (userId as UserId) : null;
}

export async function sendHint(userId: UserId, env: Env): Promise<void> {
  cost.queueOperations++;
  await env.PUSH_QUEUE.send({ userId });
}
