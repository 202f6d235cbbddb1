/**
 * Owns a message, its ack and the notices, as every door shows them.
 * A message is `(conversationId, seq)`; `rev` is the rev of its last change; `hash` its place in the chain.
 * Texts over 8 KiB travel as a prefix with `truncated: true`, except from `GET messages/:seq` and exports.
 */
import { z } from "zod";
import { clientId, conversationId, userId } from "../ids.ts";
import { attachment } from "./attachment.ts";
import { poll } from "./poll.ts";

/** `count`: how many members chose it. `userIds`: who they are. */
export const reaction = z.object({ emoji: z.string(), count: z.int(), userIds: z.array(userId) });
export type Reaction = z.infer<typeof reaction>;

export const message = z.object({
  conversationId,
  seq: z.int(),
  rev: z.int(),
  senderId: userId,
  clientId,
  text: z.string(),
  truncated: z.literal(true).optional(),
  sentAt: z.int(),
  editedAt: z.int().nullable(),
  unsentAt: z.int().nullable(),
  replyTo: z.int().nullable(),
  mentions: z.array(userId),
  /** It mentions all members of the group. */
  mentionsAll: z.literal(true).optional(),
  reactions: z.array(reaction),
  /** The message is a poll; absent from all others, and once it is unsent. */
  poll: poll.optional(),
  /** None once it is unsent. A message without this comes from a server or cache that knew no attachments. */
  attachments: z.array(attachment).default([]),
  hash: z.string(),
});
export type Message = z.infer<typeof message>;

/** The answer to a send; a repeat gets the first one with `duplicate: true`. */
export const ack = z.object({
  conversationId,
  seq: z.int(),
  rev: z.int(),
  sentAt: z.int(),
  hash: z.string(),
  duplicate: z.boolean(),
});
export type Ack = z.infer<typeof ack>;

const roles = ["owner", "admin", "member"] as const;
export const role = z.enum(roles);
export type Role = z.infer<typeof role>;

/** The least role that has a right. */
export const rightHolder = z.enum(["member", "admin"]);

export const policy = z.object({
  add: rightHolder,
  edit: rightHolder,
  /** Who may send. A server or cache that knew no such right does not name it. */
  write: rightHolder.default("member"),
  history: z.enum(["all", "joined"]),
});
export type Policy = z.infer<typeof policy>;

const noticeBase = { conversationId, rev: z.int(), afterSeq: z.int(), at: z.int(), by: userId };

/** Whom a notice is about: at most `noticeUserIdsMax` of them, and how many there are. */
const about = { userIds: z.array(userId), count: z.int() };

/** The role in a notice that somebody was given it. It is read exactly: a notice must not show a role that nobody was given. */
export const givenRole = z.enum(roles);

/** A change that is not a message: it takes a `rev`, says after which `seq` it belongs, and never counts as unread. */
export const notice = z.discriminatedUnion("kind", [
  z.object({
    ...noticeBase,
    kind: z.literal("conversation_created"),
    title: z.string().nullable(),
    /** The members at that time, the creator included. */
    count: z.int(),
  }),
  z.object({
    ...noticeBase,
    kind: z.literal("member_added"),
    ...about,
    role,
    /** How the member came, if no other member added them. */
    via: z.literal("invite").optional(),
  }),
  z.object({ ...noticeBase, kind: z.literal("member_removed"), ...about }),
  z.object({ ...noticeBase, kind: z.literal("member_left"), ...about }),
  z.object({ ...noticeBase, kind: z.literal("role_changed"), ...about, role: givenRole }),
  z.object({ ...noticeBase, kind: z.literal("title_changed"), title: z.string() }),
  z.object({ ...noticeBase, kind: z.literal("policy_changed"), policy }),
  /** `avatarUrl`: the picture from then on, if it is still shown; null where there is none. */
  z.object({ ...noticeBase, kind: z.literal("avatar_changed"), avatarUrl: z.string().nullable() }),
  /** A message was pinned for all, or is pinned no more. An unsend takes the pin of its message away without a notice. */
  z.object({ ...noticeBase, kind: z.literal("pinned"), seq: z.int() }),
  z.object({ ...noticeBase, kind: z.literal("unpinned"), seq: z.int() }),
  /** A group becomes large with its 101st member, for ever. */
  z.object({ ...noticeBase, kind: z.literal("mode_changed"), mode: z.literal("large") }),
]);
export type Notice = z.infer<typeof notice>;
