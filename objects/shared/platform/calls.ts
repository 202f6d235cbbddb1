/** Owns calls to objects: the one helper that every call goes through, with its retries, its time limit and its typed stubs. */
import { type Outcome, refuse } from "../../../schema/errors.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { ConversationCalls } from "../../contract/conversation-calls.ts";
import type { RelayCalls, RelayName } from "../../contract/delivery/relay-calls.ts";
import type { UserCalls } from "../../contract/user-calls.ts";
import type { Env } from "./env.ts";
import { logFault } from "./log.ts";
import { cost } from "./meter.ts";
import { Timers } from "./timers.ts";

/** What can be done with an object from outside: its calls, and `fetch`. */
type Stub<Interface> = Interface & Pick<Fetcher, "fetch">;

export function userStub(
  env: Env,
  userId: UserId,
  options?: DurableObjectNamespaceGetDurableObjectOptions,
): Stub<UserCalls> {
  return env.USERS.getByName(userId, options);
}

export function conversationStub(
  env: Env,
  conversationId: ConversationId,
  options?: DurableObjectNamespaceGetDurableObjectOptions,
): Stub<ConversationCalls> {
  return env.CONVERSATIONS.getByName(conversationId, options);
}

/** A relay's name has its conversation and its number in it. */
export function relayStub(
  env: Env,
  { conversationId, number }: RelayName,
  options?: DurableObjectNamespaceGetDurableObjectOptions,
): Stub<RelayCalls> {
  return env.RELAYS.getByName(`${conversationId}/${number}`, options);
}

const attemptsMax = 3;
const retryFirstMs = 50;

/**
 * Calls an object. `attempt` makes a new stub each time, for a stub that failed stays broken.
 * A fault that the platform calls retryable is tried again (every call of ours is idempotent), an overloaded object is not.
 * `timers`: those of the calling object, if it makes many calls.
 * @returns what the object answered, or `unavailable`, which means: unknown whether it happened.
 */
export async function call<T>(
  name: string,
  attempt: () => Promise<T>,
  timers = new Timers(),
): Promise<{ ok: true; value: T } | ReturnType<typeof refuse>> {
  const deadline = Date.now() + timeouts.objectCallMs;
  for (let n = 1; ; n++) {
    cost.objectCalls++;
    try {
      return { ok: true, value: await withDeadline(attempt(), deadline - Date.now(), timers) };
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      const mayRepeat = retryable === true && overloaded !== true && n < attemptsMax && Date.now() < deadline;
      if (!mayRepeat) {
        logFault("call", error, { call: name, attempt: n });
        return refuse("unavailable", "the service is busy or restarting", overloaded === true ? 5_000 : 1_000);
      }
      const waitMs = Math.random() * retryFirstMs * 2 ** n;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** The same for calls that answer an Outcome: a fault becomes a refusal among the others. */
export async function ask<T>(name: string, attempt: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const answer = await call(name, attempt);
  return answer.ok ? answer.value : answer;
}

/** The work, or a throw when it takes longer. */
export function withDeadline<T>(work: Promise<T>, ms: number, timers = new Timers()): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = timers.after(ms, () => reject(new Error("no answer in time")));
    work.then(
      (value) => {
        timers.end(limit);
        resolve(value);
      },
      (error: unknown) => {
        timers.end(limit);
        reject(error);
      },
    );
  });
}
