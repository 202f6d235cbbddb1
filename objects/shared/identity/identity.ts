/**
 * Owns how the gateway names the asking user to an object, on requests that go through `fetch`, and how an upgrade is sent on to a relay.
 * The gateway removes these headers from requests that come from outside, and sets its own.
 */
import { conversationId, deviceId, userId } from "../../../schema/ids.ts";
import type { Actor } from "../../contract/actor.ts";
import type { RelayName } from "../../contract/delivery/relay-calls.ts";

const userHeader = "x-parley-user";
const deviceHeader = "x-parley-device";
const placeHeader = "x-parley-place";
const conversationHeader = "x-parley-conversation";
const relayHeader = "x-parley-relay";

/** The headers to forward: those of the client without the ones that only the gateway may set, and the identity. `place`: near whom the answer is wanted. */
export function identify(headers: Headers, actor: Actor, place?: string): Headers {
  const forwarded = new Headers(headers);
  for (const name of ["authorization", placeHeader, conversationHeader, relayHeader]) forwarded.delete(name);
  forwarded.set(userHeader, actor.userId);
  forwarded.set(deviceHeader, actor.deviceId);
  if (place !== undefined) forwarded.set(placeHeader, place);
  return forwarded;
}

/** The user and device that ask, as the gateway set them. */
export function identityOf(headers: Headers): Actor {
  return { userId: userId.parse(headers.get(userHeader)), deviceId: deviceId.parse(headers.get(deviceHeader)) };
}

export function placeOf(headers: Headers): string | null {
  return headers.get(placeHeader);
}

/** A conversation's answer to an upgrade: the relay of this number is to hold the socket. */
export function sentToRelay(number: number): Response {
  return new Response(null, { status: 204, headers: { [relayHeader]: String(number) } });
}

/** The relay to which the conversation sends the upgrade, if it does. */
export function relayIn({ status, headers }: Response): number | undefined {
  const number = status === 204 ? Number(headers.get(relayHeader) ?? 0) : 0;
  return number > 0 ? number : undefined;
}

/** Tells a relay which one it is. */
export function nameRelay(headers: Headers, { conversationId: id, number }: RelayName): Headers {
  headers.set(conversationHeader, id);
  headers.set(relayHeader, String(number));
  return headers;
}

export function relayOf(headers: Headers): RelayName {
  return {
    conversationId: conversationId.parse(headers.get(conversationHeader)),
    number: Number(headers.get(relayHeader)),
  };
}
