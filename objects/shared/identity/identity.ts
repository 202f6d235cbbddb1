/**
 * Owns how the gateway names the asking user to an object, on requests that go through `fetch`.
 * The gateway removes these headers from requests that come from outside, and sets its own.
 */
import { deviceId, userId } from "../../../schema/ids.ts";
import type { Actor } from "../../contract/actor.ts";

const userHeader = "x-parley-user";
const deviceHeader = "x-parley-device";

/** The headers to forward: those of the client without the ones that only the gateway may set, and the identity. */
export function identify(headers: Headers, actor: Actor): Headers {
  const forwarded = new Headers(headers);
  forwarded.delete("authorization");
  forwarded.set(userHeader, actor.userId);
  forwarded.set(deviceHeader, actor.deviceId);
  return forwarded;
}

/** The user and device that ask, as the gateway set them. */
export function identityOf(headers: Headers): Actor {
  return { userId: userId.parse(headers.get(userHeader)), deviceId: deviceId.parse(headers.get(deviceHeader)) };
}
