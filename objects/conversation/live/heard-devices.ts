/** Owns telling a user's object what the conversation heard of one of its devices, on live sockets. */
import type { ConversationId, TimeMs } from "../../../schema/ids.ts";
import { call, userStub } from "../../shared/platform/calls.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { LiveAttachment } from "./live-sockets.ts";

/** A device that looked silent has spoken: its user's object takes that as if the device had opened the socket now. */
export async function tellSpoke(
  env: Env,
  id: ConversationId | undefined,
  { userId, deviceId }: LiveAttachment,
): Promise<void> {
  if (id === undefined) return;
  await call("user.admit", () => userStub(env, userId).admit(deviceId, id));
}

/** The device's last socket here has ended. If the call is lost, a device without a sync socket may be announced as offline some seconds early. */
export async function tellLeft(
  env: Env,
  id: ConversationId | undefined,
  { userId, deviceId }: LiveAttachment,
  heardAt: TimeMs,
): Promise<void> {
  if (id === undefined) return;
  await call("user.liveClosed", () => userStub(env, userId).liveClosed(deviceId, id, heardAt));
}
