/** People for tests in workerd, and short ways to do things in a conversation as one of them. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Actor } from "../../../objects/contract/actor.ts";
import type { Command, CommandAnswer } from "../../../objects/contract/command.ts";
import { conversationStub } from "../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { mintDmId, mintGroupId, mintUserId } from "../../../objects/shared/identity/mint.ts";
import type { Person } from "../../../objects/contract/person.ts";
import type { ClientId, ConversationId, DeviceId, UserId } from "../../../schema/ids.ts";
import type { PolicyPatch } from "../../../schema/http/conversation/conversations.ts";
import type { Ack } from "../../../schema/wire/message.ts";
import { deliveriesAnswered } from "./under-way/deliveries.ts";

let made = 0;

export type TestPerson = { actor: Actor; userId: UserId; person: Person };

/** A person with an id of this server and no account: enough for a conversation. */
export function somebody(name: string, traits: Partial<Person> = {}): TestPerson {
  const userId = mintUserId(env.ID_SECRET);
  made++;
  const user = { id: userId, handle: `${name}${made}`, name, bio: "", avatarUrl: null };
  const person: Person = { user, showsRead: true, showsTyping: true, blocks: [], ...traits };
  return { actor: { userId, deviceId: `d_${name}${made}` as DeviceId }, userId, person };
}

export async function foundDm(a: TestPerson, b: TestPerson): Promise<ConversationId> {
  const id = mintDmId(env.ID_SECRET, a.userId, b.userId);
  const founded = await conversationStub(env, id).found({ kind: "dm", id, by: a.userId, people: [a.person, b.person] });
  if (!founded.ok) throw new Error(founded.refusal.detail);
  return id;
}

export async function foundGroup(
  owner: TestPerson,
  others: TestPerson[],
  policy: PolicyPatch = {},
): Promise<ConversationId> {
  const id = mintGroupId(env.ID_SECRET, owner.userId, undefined);
  const people = [owner, ...others].map((member) => member.person);
  const founding = {
    kind: "group" as const,
    id,
    by: owner.userId,
    people,
    title: "Group",
    mode: "small" as const,
    policy,
    draftDigest: null,
  };
  const founded = await conversationStub(env, id).found(founding);
  if (!founded.ok) throw new Error(founded.refusal.detail);
  return id;
}

export function sendCommand(
  text: string,
  clientId: string,
  more: Partial<Extract<Command, { do: "send" }>> = {},
): Command {
  return { do: "send", clientId: clientId as ClientId, text, replyTo: null, mentions: [], ...more };
}

/** Submits one command, and answers its answer. */
export async function submit(id: ConversationId, by: TestPerson, command: Command): Promise<CommandAnswer> {
  const [answer] = await conversationStub(env, id).submit(by.actor, [command]);
  if (answer === undefined) throw new Error("no answer");
  return answer;
}

export async function send(
  id: ConversationId,
  by: TestPerson,
  text: string,
  clientId = crypto.randomUUID(),
  more = {},
): Promise<Ack> {
  const answer = await submit(id, by, sendCommand(text, clientId, more));
  if (!answer.ok || answer.did !== "send") throw new Error(`not sent: ${JSON.stringify(answer)}`);
  return answer.ack;
}

/** The code of a refusal, or "ok". */
export function codeOf(answer: { ok: true } | { ok: false; refusal: { code: string } }): string {
  return answer.ok ? "ok" : answer.refusal.code;
}

/**
 * Brings the fan-out of a conversation to rest: runs the alarm, as often as the conversation sets it, until nobody is behind. Then the alarm is set for
 * rows alone, such as that of the archive, and no row names somebody who lags.
 */
export async function settleFanOut(id: ConversationId): Promise<void> {
  const object = env.CONVERSATIONS.getByName(id);
  await deliveriesAnswered();
  const giveUpAt = Date.now() + 20_000;
  for (let waitMs = 5; Date.now() < giveUpAt; waitMs = Math.min(2 * waitMs, 400)) {
    windClock(60_000);
    await runDurableObjectAlarm(object);
    const isPending = await runInDurableObject(object, async (_object, { storage }) => {
      const rows = storage.sql.exec<{ at: number | null; lagging: number }>(
        "SELECT (SELECT MIN(due_at) FROM alarms) AS at, (SELECT COUNT(*) FROM lag) AS lagging",
      );
      const { at, lagging } = rows.one();
      return lagging > 0 || (await storage.getAlarm()) !== at;
    });
    if (!isPending) return;
    // A call that is under way while the clock is wound counts as failed. On a busy machine the calls get longer to be answered from time to time.
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  throw new Error("somebody stays behind");
}
