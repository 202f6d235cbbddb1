/**
 * Serves the dead-letter queues: keeps each hint that failed for good, for the operator. Pushes are tried once more first, and what is given up then is named in the letter before the user's object receives the report. So the letter has what the object no longer has.
 */
import type { Env } from "../../objects/shared/platform/env.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import { log, logFault } from "../../objects/shared/platform/log.ts";
import { reach } from "../../objects/shared/archive/fault-points.ts";
import type { UserId } from "../../schema/ids.ts";
import { type DeadLetter, DeadLetters } from "../dead-letters/letters.ts";
import { sendHint, userOf } from "../push/hint.ts";
import { Sender } from "../push/sender.ts";
import { servePushes } from "../push/serve.ts";
import type { HintMessage } from "./push.ts";

/** `queue`: the one whose hints these are, without its environment. */
export async function consumeDeadLetters(messages: readonly HintMessage[], queue: string, env: Env): Promise<void> {
  const letters = new DeadLetters(env);
  const sender = new Sender(env);
  await Promise.all(
    messages.map(async (message) => {
      const keep = async (givenUp: DeadLetter["givenUp"]): Promise<void> => {
        await letters.keep({ id: message.id, queue, hint: message.body, givenUp, keptAt: now() });
        log("dead letter", { queue, id: message.id });
        await reach("dead letters: kept");
      };
      const userId = queue === "push" ? userOf(message.body, env) : null;
      try {
        if (userId === null) await keep([]);
        else await serveLast(env, userId, sender, keep);
        message.ack();
      } catch (error) {
        logFault("dead letters", error, { queue, id: message.id });
        message.retry();
      }
    }),
  );
}

async function serveLast(
  env: Env,
  userId: UserId,
  sender: Sender,
  keep: (givenUp: DeadLetter["givenUp"]) => Promise<void>,
): Promise<void> {
  let named: DeadLetter["givenUp"] = [];
  const giveUp = async (givenUp: DeadLetter["givenUp"]): Promise<void> => {
    named = [...givenUp];
    await keep(named);
  };
  try {
    const { later, hasMore } = await servePushes(env, userId, sender, giveUp);
    // What is too young to be given up, and what came meanwhile, has a hint of its own again.
    if (later !== null || hasMore) await sendHint(userId, env);
  } catch (error) {
    // The object does not answer. What is due stays there, and its alarm sends the hint again.
    logFault("dead letters", error, { queue: "push" });
    await keep(named);
  }
}
