/** For tests of relays: few sockets fill an object, and upgrades go the way on which the gateway sends them. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach } from "vitest";
import type { Actor } from "../../../../objects/contract/actor.ts";
import { relayMarks } from "../../../../objects/conversation/relays/marks.ts";
import { identify, nameRelay, relayIn } from "../../../../objects/shared/identity/identity.ts";
import { conversationStub, relayStub } from "../../../../objects/shared/platform/calls.ts";
import { largeGroups } from "../../../../schema/bounds/large-groups.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { openLargeGroups } from "../large-groups.ts";
import { TestSocket } from "../socket.ts";

const { ownSocketsMax, relaySocketsMax } = largeGroups;

/** In each test of the file: groups are large with their fourth member, and so many live sockets fill the conversation and a relay. */
export function openRelays(marks: { ownSocketsMax: number; relaySocketsMax: number }): void {
  openLargeGroups();
  beforeEach(() => Object.assign(relayMarks, marks));
  afterEach(() => Object.assign(relayMarks, { ownSocketsMax, relaySocketsMax }));
}

export type LiveUpgrade = { answer: TestSocket | Response; relay: number };

/** `relay`: the number of the relay that holds the socket, or 0. */
export async function upgradeLive(id: ConversationId, actor: Actor, query = "", place?: string): Promise<LiveUpgrade> {
  const headers = identify(new Headers({ upgrade: "websocket" }), actor, place);
  const asked = await conversationStub(env, id).fetch(`http://object/live${query}`, { headers });
  const number = relayIn(asked);
  const name = { conversationId: id, number: number ?? 0 };
  const answer =
    number === undefined
      ? asked
      : await relayStub(env, name).fetch(`http://object/live${query}`, { headers: nameRelay(headers, name) });
  return { answer: answer.webSocket === null ? answer : new TestSocket(answer.webSocket), relay: number ?? 0 };
}

/** A live socket that has been greeted. */
export async function liveOf(
  id: ConversationId,
  by: { actor: Actor },
  query = "",
): Promise<TestSocket & { relay: number }> {
  const { answer, relay } = await upgradeLive(id, by.actor, query);
  if (!(answer instanceof TestSocket)) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
  await answer.next(({ type }) => type === "hello");
  return Object.assign(answer, { relay });
}

export const relayObject = (id: ConversationId, number: number) => env.RELAYS.getByName(`${id}/${number}`);

export const sleepRelay = (id: ConversationId, number: number) => sleeps(relayObject(id, number));

export const sleepConversation = (id: ConversationId) => sleeps(env.CONVERSATIONS.getByName(id));

/** An eviction waits until nothing is under way. After a crash of another object the runtime may count a call to it as under way for ever: then this object stays awake. */
async function sleeps(object: DurableObjectStub): Promise<void> {
  const waited = new Promise<void>((resolve) => setTimeout(resolve, 1_500));
  await Promise.race([waited, evictDurableObject(object, { webSockets: "hibernate" }).catch(() => undefined)]);
}

/** The relay dies with its sockets. */
export async function crashRelay(id: ConversationId, number: number): Promise<void> {
  await runInDurableObject(relayObject(id, number), (_, state) => state.abort("crash on purpose")).catch(
    () => undefined,
  );
}

/** The relays that the conversation has noted. */
export const relaysOf = (id: ConversationId): Promise<number[]> =>
  runInDurableObject(env.CONVERSATIONS.getByName(id), (_, { storage: { sql } }) =>
    sql
      .exec<{ number: number }>("SELECT number FROM large_relays ORDER BY number")
      .toArray()
      .map(({ number }) => number),
  );

/** The revs that a socket received, in the order in which they came. */
export function revsOf({ frames }: TestSocket): number[] {
  return frames.flatMap(({ type, ...frame }) =>
    type === "message" || type === "change" ? [((frame["message"] ?? frame) as { rev: number }).rev] : [],
  );
}
