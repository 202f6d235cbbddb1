/**
 * Owns the reading of queues. A queue carries hints. The objects keep what is still to be done, and an alarm sends the hint
 * again. So a hint that cannot be read may be dropped. It must be dropped, because the platform repeats a whole batch unless each hint is acknowledged.
 */
import type { Env } from "../../objects/shared/platform/env.ts";
import { log, logFault } from "../../objects/shared/platform/log.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import { consumeArchive } from "./archive.ts";
import { consumeFanOut } from "./fanout.ts";
import { consumeMedia } from "./media.ts";
import { consumeDeadLetters } from "./dead-letters.ts";
import { consumePushes } from "./push.ts";

/** Does what a hint asks. Answers false if it is no hint of this queue. If it throws, the platform sends the hint again. */
type Consumer = (hint: unknown, env: Env) => Promise<boolean>;

/** The consumers of queues whose hints are served one by one, by the queue's name without its environment. */
const consumers: Record<string, Consumer> = { archive: consumeArchive, fanout: consumeFanOut, media: consumeMedia };

export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  const [queue, before] = batch.queue.split("-").toReversed();
  // A message is read, and deleted or read again.
  cost.queueOperations += 2 * batch.messages.length;
  switch (queue) {
    case "dead":
      return await consumeDeadLetters(batch.messages, before ?? "", env);
    case "push":
      return await consumePushes(batch.queue, batch.messages, env);
    default:
      return await consumeOneByOne(batch, env, consumers[queue ?? ""]);
  }
}

async function consumeOneByOne(batch: MessageBatch, env: Env, consumer: Consumer | undefined): Promise<void> {
  for (const message of batch.messages) {
    try {
      const isKnown = consumer !== undefined && (await consumer(message.body, env));
      if (!isKnown) log("unknown hint", { queue: batch.queue, id: message.id, attempts: message.attempts });
      message.ack();
    } catch (error) {
      logFault("queue", error, { queue: batch.queue, id: message.id, attempts: message.attempts });
      message.retry();
    }
  }
}
