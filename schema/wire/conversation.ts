/** Owns a conversation and its members, as every door shows them. */
import { z } from "zod";
import { conversationId, epoch, userId } from "../ids.ts";
import { policy, role } from "./message.ts";
import { user } from "./user.ts";

export const conversationKind = z.enum(["dm", "group"]);
export type ConversationKind = z.infer<typeof conversationKind>;
export const conversationMode = z.enum(["small", "large"]);
export type ConversationMode = z.infer<typeof conversationMode>;

/** `hash` is the chain's value at `seq`; 64 zeros while there is no message. */
export const head = z.object({ seq: z.int(), rev: z.int(), hash: z.string() });
export type Head = z.infer<typeof head>;

/** Watermarks are shown as 0 where either side's settings or a block hide them. */
export const member = z.object({
  user,
  role,
  joinedAt: z.int(),
  delivered: z.int(),
  read: z.int(),
});
export type Member = z.infer<typeof member>;

export const conversation = z.object({
  id: conversationId,
  kind: conversationKind,
  mode: conversationMode,
  title: z.string().nullable(),
  /** The picture of a group; a direct chat has none. A server or cache that knew no pictures does not name it. */
  avatarUrl: z.string().nullable().optional(),
  peer: user.optional(),
  policy,
  createdAt: z.int(),
  createdBy: userId,
  epoch,
  head,
  /** Messages that are pinned for all, the newest pin first; absent where there are none. A member may not see all of them. */
  pinned: z.array(z.int()).optional(),
  memberCount: z.int(),
  members: z.array(member).optional(),
  me: z.object({ role, read: z.int(), delivered: z.int(), joinedSeq: z.int() }),
});
export type Conversation = z.infer<typeof conversation>;
