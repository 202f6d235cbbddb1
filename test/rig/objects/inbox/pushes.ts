/** Pushes for tests in workerd: devices that subscribe, hints that are caught, and a consumer that reports what it likes. */
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import type { DuePush, DuePushes, PushAddress, PushOutcome, PushReport } from "../../../../objects/contract/push.ts";
import { hinting } from "../../../../objects/user/push/hints.ts";
import { runInDurableObject } from "cloudflare:test";
import type { ConversationId, DeviceId, UserId } from "../../../../schema/ids.ts";
import { delivery, factsByHand, type Member, member, newConversation } from "./inboxes.ts";

let made = 0;

/** An address that no other device has. */
export function webAddress(name = `device-${++made}`): PushAddress & { via: "web" } {
  return {
    via: "web",
    endpoint: `https://push.example/${name}`,
    p256dh: `key-${name}`,
    auth: "secret",
    keyId: "12345678",
  };
}

export async function subscribe(
  who: Member,
  device: DeviceId = who.device,
  address: PushAddress = webAddress(),
): Promise<PushAddress> {
  const answer = await who.calls.subscribe(device, address);
  if (!answer.ok) throw new Error(`not subscribed: ${answer.refusal.code}`);
  return address;
}

export async function subscriber(name: string): Promise<Member> {
  const who = await member(name);
  await subscribe(who);
  return who;
}

/** Delivers messages `from` to `to` of a conversation, and answers its id. */
export async function deliverTo(
  who: Member,
  id = newConversation(),
  from = 1,
  to = 1,
  kind: "group" | "dm" = "group",
): Promise<ConversationId> {
  for (let n = from; n <= to; n++)
    await who.calls.deliver(delivery(id, n, n === 1 ? { facts: { ...factsByHand, kind } } : {}));
  return id;
}

/** Hints go here instead of into the queue, for this test. */
export function catchHints(): UserId[] {
  const hints: UserId[] = [];
  const { send } = hinting;
  hinting.send = async (_, userId) => void hints.push(userId);
  onTestFinished(() => void (hinting.send = send));
  return hints;
}

/** A report about everything in an answer. */
export function reportOf(
  { due }: DuePushes,
  outcome: PushOutcome | ((push: DuePush, device: DeviceId) => PushOutcome) = "sent",
): PushReport {
  return due.flatMap((push) =>
    push.deviceIds.map((deviceId) => ({
      conversationId: push.conversationId,
      seq: push.seq,
      deviceId,
      outcome: typeof outcome === "string" ? outcome : outcome(push, deviceId),
    })),
  );
}

/** Sends all that is due, as the consumer does, and answers it. */
export async function pushAll(who: Member): Promise<DuePush[]> {
  const pushed: DuePush[] = [];
  for (let round = 0; round < 20; round++) {
    const answer = await who.calls.pushesDue();
    if (answer === null) return pushed;
    pushed.push(...answer.due);
    if (!(await who.calls.pushesDone(reportOf(answer))).more) return pushed;
  }
  throw new Error("it never ends");
}

/** What rows have in the column of pushes. */
export function storedPushes(who: Member): Promise<string[]> {
  return runInDurableObject(env.USERS.getByName(who.id), (_, { storage }) =>
    storage.sql
      .exec<{ pushes: string }>("SELECT pushes FROM inbox WHERE pushes IS NOT NULL")
      .toArray()
      .map(({ pushes }) => pushes),
  );
}
