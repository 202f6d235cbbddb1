/**
 * Receipts and typing: `{"type":"receipt","conversationId","delivered"?,"read"?}`, `{"type":"typing","conversationId"}`;
 * no answer without `ref`. Watermarks only rise, are clipped at the head, and `read` raises `delivered`.
 * Down: to members' live sockets, and the peer's sync sockets in a direct chat, where both sides' settings allow.
 */
import { z } from "zod";
import { conversationId, counter, userId } from "../ids.ts";
import { ref } from "./ref.ts";

export const watermarks = z
  .object({ delivered: counter.optional(), read: counter.optional() })
  .refine((w) => w.delivered !== undefined || w.read !== undefined, "one of delivered, read is needed");

export const receiptUpFrame = z
  .object({ type: z.literal("receipt"), ref, conversationId, delivered: counter.optional(), read: counter.optional() })
  .refine((w) => w.delivered !== undefined || w.read !== undefined, "one of delivered, read is needed");

export const typingUpFrame = z.object({ type: z.literal("typing"), ref, conversationId });

export const receiptFrame = z.object({
  type: z.literal("receipt"),
  conversationId,
  userId,
  delivered: z.int(),
  read: z.int(),
});

export const typingFrame = z.object({ type: z.literal("typing"), conversationId, userId, until: z.int() });
