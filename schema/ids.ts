/** Owns the ids and counters of the system: their form, and the types that keep one from being passed for another. */
import { z } from "zod";

const opaqueId = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 of A-Z a-z 0-9 _ - .");

/** A person. */
export const userId = opaqueId.brand<"UserId">();
export type UserId = z.infer<typeof userId>;

/** An installed app of a person, in its signed-in state. */
export const deviceId = opaqueId.brand<"DeviceId">();
export type DeviceId = z.infer<typeof deviceId>;

/** A direct or group conversation. */
export const conversationId = opaqueId.brand<"ConversationId">();
export type ConversationId = z.infer<typeof conversationId>;

/** The name of an invite for those who may end it. It is not the invite's code, which is secret. */
export const inviteId = opaqueId.brand<"InviteId">();
export type InviteId = z.infer<typeof inviteId>;

/** An upload, and the attachment or picture that it becomes. It begins with the id of the conversation or user whose object holds it, and a dot. */
export const attachmentId = opaqueId.brand<"AttachmentId">();
export type AttachmentId = z.infer<typeof attachmentId>;

/** A device's idempotency key for one message; unique per sender and conversation, for ever. */
export const clientId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 of A-Z a-z 0-9 _ -")
  .brand<"ClientId">();
export type ClientId = z.infer<typeof clientId>;

/** A random id of an object's life; another epoch means that nothing cached of that object is valid any more. */
export const epoch = opaqueId.brand<"Epoch">();
export type Epoch = z.infer<typeof epoch>;

/** Position of a message in one conversation: 1, 2, 3 … with no gaps. */
export type Seq = number;
/** Number of a change in one conversation: 1, 2, 3 … with no gaps. */
export type Rev = number;
/** Number of a change in one user's inbox: 1, 2, 3 … */
export type Version = number;
/** Milliseconds since 1970, the server's clock. */
export type TimeMs = number;

/** A counter that a client names: 0 means "before the first". */
export const counter = z.int().min(0);
/** The position of a message that a client names. */
export const seq = z.int().min(1);
export const timeMs = z.int();

/** Stands among the mentions of a stored message that mentions all members. No id of a user has this form. */
export const everyone = "@all" as UserId;

/** Whether a stored message mentions this user, by name or with all members. */
export function isMentioned(mentions: readonly UserId[], userId: UserId): boolean {
  return mentions.includes(userId) || mentions.includes(everyone);
}
