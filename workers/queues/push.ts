/** Serves the push queue: each user of a batch once, however many hints name them, and all of them side by side. */
import { retryDelaySeconds } from "../../core/push/retry-after.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { log, logFault } from "../../objects/shared/platform/log.ts";
import type { UserId } from "../../schema/ids.ts";
import { pushing } from "../../schema/push-limits.ts";
import { sendHint, userOf } from "../push/hint.ts";
import { Sender } from "../push/sender.ts";
import { servePushes } from "../push/serve.ts";

/** The part of a message that a consumer uses. */
export type HintMessage = Pick<Message, "id" | "body" | "attempts" | "ack" | "retry">;

export async function consumePushes(queue: string, messages: readonly HintMessage[], env: Env): Promise<void> {
  const sender = new Sender(env);
  const byUser = new Map<UserId, [HintMessage, ...HintMessage[]]>();
  for (const message of messages) {
    const userId = userOf(message.body, env);
    const same = userId === null ? undefined : byUser.get(userId);
    if (userId === null) {
      log("unknown hint", { queue, id: message.id, attempts: message.attempts });
      message.ack();
    } else if (same === undefined) byUser.set(userId, [message]);
    else same.push(message);
  }
  await inParallel([...byUser], pushing.usersAtOnceMax, async ([userId, hints]) => {
    // One hint stands for all: the one that was tried most often, so that its tries come to an end.
    const [hint, ...others] = hints.toSorted((a, b) => b.attempts - a.attempts);
    for (const other of others) other.ack();
    if (hint !== undefined) await serveHint(hint, userId, sender, env);
  });
}

async function serveHint(hint: HintMessage, userId: UserId, sender: Sender, env: Env): Promise<void> {
  const again = (retryAfterMs: number | null): void =>
    hint.retry({ delaySeconds: retryDelaySeconds(hint.attempts, retryAfterMs, Math.random()) });
  try {
    const { later, hasMore } = await servePushes(env, userId, sender);
    if (hasMore) await sendHint(userId, env);
    if (later === null) hint.ack();
    else again(later.retryAfterMs);
  } catch (error) {
    logFault("push", error, { id: hint.id, attempts: hint.attempts });
    again(null);
  }
}
