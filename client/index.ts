/** The door of the SDK: everything that a program may use, and nothing else. */
import type { Parley } from "./contract/account.ts";
import type { ParleyOptions } from "./contract/platform.ts";

export declare function createParley(options: ParleyOptions): Parley;

export type * from "./contract/account.ts";
export type * from "./contract/conversation.ts";
export type * from "./contract/observable.ts";
export type * from "./contract/platform.ts";
export type * from "./contract/storage.ts";
export { ParleyError, type ParleyErrorCode } from "./errors.ts";
export { mutedForEver } from "../schema/http/conversations.ts";
export { limits } from "../schema/limits.ts";
export type { ErrorCode, Retry } from "../schema/errors.ts";
export type { Settings, SettingsPatch } from "../schema/http/me.ts";
export type { ConversationPatch, InviteDraft } from "../schema/http/conversations.ts";
export type { ChainRange } from "../schema/http/messages.ts";
export type { Conversation, Member } from "../schema/wire/conversation.ts";
export type { Ack, Message, Notice, Policy, Reaction, Role } from "../schema/wire/message.ts";
