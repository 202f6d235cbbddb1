/** Owns what the components of an open conversation share: its handle, its details, and what can be done with its messages. */
import { createContext, useContext } from "react";
import type { Conversation, ConversationHandle, Message, User } from "parley-sdk";
import type { Selected } from "./selected.ts";

/** What a dialog asks about messages before something is done with them, or tells of them. */
export type MessageAsk =
  | { readonly kind: "forward" | "unsend"; readonly messages: readonly Message[] }
  | { readonly kind: "details" | "voters" | "close-poll"; readonly message: Message }
  | { readonly kind: "pins" | "new-poll" };

export interface ConversationActions {
  readonly conversation: ConversationHandle;
  readonly details: Conversation | undefined;
  readonly isGroup: boolean;
  /** False where the user has left, is blocked or blocks: reading only. */
  readonly canWrite: boolean;
  /** False also where only admins send: others react, and change what they sent before. */
  readonly canSend: boolean;
  /** Whether the user may pin messages for all, and take pins away. */
  readonly mayPin: boolean;
  readonly reply: (message: Message) => void;
  readonly edit: (message: Message) => void;
  /** Opens the dialog about messages. */
  readonly ask: (ask: MessageAsk) => void;
  readonly selected: Selected;
  /** Brings a message into view, loading what surrounds it if it is not here. */
  readonly jump: (seq: number) => void;
  /** Gives screen readers a text. They say it after the texts that they were given before. */
  readonly announce: (text: string) => void;
  readonly showPerson: (userId: string) => void;
  /** Shows a picture or video of a message over the whole screen. */
  readonly showMedia: (seq: number, attachmentId: string) => void;
  readonly memberOf: (userId: string) => User | undefined;
}

export const ActionsContext = createContext<ConversationActions | null>(null);

export function useActions(): ConversationActions {
  const actions = useContext(ActionsContext);
  if (actions === null) throw new Error("There is no conversation here");
  return actions;
}
