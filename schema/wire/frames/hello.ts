/** Owns the first frame that the server sends on each kind of socket. */
import { z } from "zod";
import { conversationId, deviceId, epoch, userId } from "../../ids.ts";
import { newDevice } from "../../security/new-devices.ts";
import { head } from "../conversation.ts";

export const syncHello = z.object({
  type: z.literal("hello"),
  version: z.int(),
  epoch,
  userId,
  deviceId,
  serverTime: z.int(),
  heartbeat: z.object({ intervalMs: z.int(), timeoutMs: z.int() }),
  newDevices: z.array(newDevice).optional(),
});
export type SyncHello = z.infer<typeof syncHello>;

/** `behind: true`: the socket is too far behind, so the server does not send what it missed. The client pages `changes`. */
export const liveHello = z.object({
  type: z.literal("hello"),
  conversationId,
  epoch,
  head,
  members: z.array(z.object({ userId, delivered: z.int(), read: z.int() })),
  behind: z.boolean(),
});
export type LiveHello = z.infer<typeof liveHello>;
