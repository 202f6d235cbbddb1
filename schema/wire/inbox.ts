/**
 * Owns the inbox: one summary per conversation, and the frames and poll answers that carry summaries.
 * `unread` = messages by others after the read watermark that are not unsent; the UserObject alone computes it.
 */
import { z } from "zod";
import { conversationId, epoch, userId } from "../ids.ts";
import { conversationKind, conversationMode } from "./conversation.ts";
import { attachmentLabel } from "./attachment.ts";
import { role } from "./message.ts";
import { user } from "./user.ts";
import { newDevice } from "../security/new-devices.ts";

const lastMessage = z.object({
  seq: z.int(),
  senderId: userId,
  preview: z.string(),
  sentAt: z.int(),
  unsent: z.boolean(),
  /** A row without this comes from a server or cache that knew no attachments. */
  attachments: z.array(attachmentLabel).default([]),
});
export type LastMessage = z.infer<typeof lastMessage>;

/** Which messages of a conversation are pushed: all, those that mention or answer the user, or none. */
export const notify = z.enum(["all", "mentions", "none"]);
export type Notify = z.infer<typeof notify>;

/** What a user deleted of a chat, for themself. */
export const cleared = z.object({ seq: z.int(), rev: z.int() });

export const summary = z.object({
  conversationId,
  kind: conversationKind,
  /** A row without it comes from a server or cache that knew only small groups. */
  mode: conversationMode.default("small"),
  title: z.string().nullable(),
  /** The picture of a group; a direct chat has none. A row without it comes from an older server or cache. */
  avatarUrl: z.string().nullable().optional(),
  peer: user.optional(),
  head: z.object({ seq: z.int(), rev: z.int(), at: z.int() }),
  lastMessage: lastMessage.nullable(),
  unread: z.int(),
  mentionsUnread: z.int(),
  read: z.int(),
  markedUnread: z.boolean(),
  mutedUntil: z.int().nullable(),
  /** A row without it comes from an older server or cache. */
  notify: notify.default("all"),
  pinned: z.boolean(),
  archived: z.boolean(),
  draft: z.string(),
  role,
  left: z.boolean(),
  /** Whether a stranger brought the user in and the user has not accepted it: see `reach` among the settings. */
  request: z.boolean().default(false),
  /** Rises whenever the user stars or hides a message of the conversation; absent where they never did. */
  marksVersion: z.int().optional(),
  /** The user deleted the chat up to this message, and to the notices up to this rev. Programs show nothing of it. */
  cleared: cleared.optional(),
  /** The user deleted the chat, and nothing was written since: lists leave it out. */
  deleted: z.boolean().optional(),
  version: z.int(),
});
export type Summary = z.infer<typeof summary>;

/** Sent while catching up (with `reset` and `more`) and whenever rows of the inbox change (without). */
export const inboxFrame = z.object({
  type: z.literal("inbox"),
  version: z.int(),
  conversations: z.array(summary),
  reset: z.boolean().optional(),
  more: z.boolean().optional(),
});

/** The answer to a poll or long poll. */
export const syncAnswer = z.object({
  version: z.int(),
  epoch,
  reset: z.boolean(),
  conversations: z.array(summary),
  more: z.boolean(),
  /** Devices that are new to this one, as in `hello`. Absent where there are none. */
  newDevices: z.array(newDevice).optional(),
});
export type SyncAnswer = z.infer<typeof syncAnswer>;

/**
 * The reader's numbers after a message, beside the frame that brought it. Head, last message and, after an own message, `read` follow
 * from the message; where anything else of the row changed (and after each `change`), an `inbox` frame with the row follows.
 */
export const inboxNumbers = z.object({ version: z.int(), unread: z.int(), mentionsUnread: z.int() });
export type InboxNumbers = z.infer<typeof inboxNumbers>;
