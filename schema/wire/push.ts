/**
 * Owns what a push carries, encrypted for a browser or as the data of a native app. It names the account, because one browser has one address for all its
 * accounts. A push and its repeat have the same userId, conversationId and seq, and are shown once.
 */
import { z } from "zod";
import { conversationId, seq, timeMs, userId } from "../ids.ts";
import { attachmentLabel } from "./attachment.ts";

const shared = {
  userId,
  conversationId,
  /** Of the newest message that the push stands for. */
  seq,
  /** Without preview the name of the service, and no text. */
  title: z.string(),
  body: z.string(),
  /** All unread messages of the account. */
  badge: z.int(),
  at: timeMs,
};

const messagePush = z.object({
  type: z.literal("message"),
  ...shared,
  senderId: userId,
  /** Absent where there are none, and without preview. Long names are cut. */
  attachments: z.array(attachmentLabel).optional(),
});
/** `count` messages of a busy group. */
const summaryPush = z.object({ type: z.literal("summary"), ...shared, count: z.int() });
export const pushPayload = z.discriminatedUnion("type", [messagePush, summaryPush]);
export type PushPayload = z.infer<typeof pushPayload>;
