/** Owns the events that a program receives: new messages of conversations, and changes in them. */
import type { Message, Notice } from "../../schema/wire/message.ts";
import type { ConversationHandle } from "./conversation/conversation.ts";

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
    /** It was unsent, that is, erased for everybody: its text is empty. */
    | "unsend"
    /** A reaction was added or removed; `message.reactions` has the present ones. */
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
  /** Receives the errors that the listener throws. Default: the `onError` of `createParley`. */
  readonly onError?: (error: unknown) => void;
  /** Ends the listening. */
  readonly signal?: AbortSignal | undefined;
}
