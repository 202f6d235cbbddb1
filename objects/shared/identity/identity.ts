/**
 * Owns how the gateway tells an object who is asking, on requests that go through `fetch`.
 * The gateway removes these headers from what comes in from outside and sets its own.
 */
import { deviceId, userId } from "../../../schema/ids.ts";
import type { Actor } from "../../contract/actor.ts";

const userHeader = "x-parley-user";
const deviceHeader = "x-parley-device";

/** The headers to forward: what the client sent, less what only we may say, plus who it is. */
export function identify(headers: Headers, actor: Actor): Headers {
  const forwarded = new Headers(headers);
  forwarded.delete("authorization");
  forwarded.set(userHeader, actor.userId);
  forwarded.set(deviceHeader, actor.deviceId);
  return forwarded;
}

/** Who asks, by the gateway's word. */
export function identityOf(headers: Headers): Actor {
  return { userId: userId.parse(headers.get(userHeader)), deviceId: deviceId.parse(headers.get(deviceHeader)) };
}
