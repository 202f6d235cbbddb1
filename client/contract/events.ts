/** Owns what a program is told of: what comes into conversations, and what changes there. */
import type { Message, Notice } from "../../schema/wire/message.ts";
import type { ConversationHandle } from "./conversation.ts";

export interface IncomingMessage {
  readonly conversation: ConversationHandle;
  readonly message: Message;
  /** Sent by this account, from this or another device. */
  readonly isOwn: boolean;
}

/** A message, in its present state. */
export interface MessageEvent extends IncomingMessage {
  readonly kind:
    /** It is new. */
    | "message"
    /** Its text was replaced. */
    | "edit"
    /** It was erased for everybody: its text is empty. */
    | "unsend"
    /** A reaction was put on it or taken off; `message.reactions` has those that are there. */
    | "reactions";
}

/** Members, roles, the title or the policy have changed; `notice.kind` says which. */
export interface NoticeEvent {
  readonly kind: "notice";
  readonly conversation: ConversationHandle;
  readonly notice: Notice;
}

export type ConversationEvent = MessageEvent | NoticeEvent;

export interface ListenOptions {
  /** Gets what the listener throws. Default: the `onError` of `createParley`. */
  readonly onError?: (error: unknown) => void;
  /** Ends the listening. */
  readonly signal?: AbortSignal | undefined;
}
