/**
 * Presence: `{"type":"watch","ref","userIds"}` (sync socket only) replaces the set that the socket watches and lasts as long as it;
 * answered by `ok` with `{presence}`. From then on `{"type":"presence","presence":[…]}` brings what changed.
 * A viewer who may not know sees `offline` and null, as for a user who does not exist.
 */
import { z } from "zod";
import { timeMs, userId } from "../ids.ts";
import { limits } from "../limits.ts";
import { ref } from "./ref.ts";

/** `lastActiveAt`: the last frame of a socket or end of a sync request; null = never, or not for you. */
export const presence = z.object({
  userId,
  status: z.enum(["online", "offline"]),
  lastActiveAt: timeMs.nullable(),
});
export type Presence = z.infer<typeof presence>;

export const watchFrame = z.object({
  type: z.literal("watch"),
  ref,
  userIds: z.array(userId).max(limits.watchedUsersMax),
});
export type WatchFrame = z.infer<typeof watchFrame>;

export const presenceFrame = z.object({ type: z.literal("presence"), presence: z.array(presence) });
export type PresenceFrame = z.infer<typeof presenceFrame>;
