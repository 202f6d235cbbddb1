/** Owns what the gateway sends objects when an operator imports history from elsewhere. */
import type { ClientId, ConversationId, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import type { Person } from "./person.ts";

/** Somebody without a password: they cannot sign in until the operator gives them one. */
export type ImportedAccount = { userId: UserId; handle: string; name: string; bio: string; createdAt: TimeMs };

export type ImportedConversation = {
  id: ConversationId;
  kind: "dm" | "group";
  title: string | null;
  createdAt: TimeMs;
  /** The first is the owner of a group. */
  people: Person[];
};

/** `replyTo`: a seq that an earlier answer gave, or the clientId of a message of the same batch. */
export type ImportedMessage = {
  clientId: ClientId;
  senderId: UserId;
  sentAt: TimeMs;
  text: string;
  replyTo: Seq | ClientId | null;
};

/** By the order of the batch. `isNew` false: it was imported before. */
export type ImportedSeq = { seq: Seq; isNew: boolean };

/** One step of an import. `messages` answers where each stands; the others answer nothing. */
export type ImportStep =
  | { do: "found"; conversation: ImportedConversation }
  | { do: "messages"; messages: ImportedMessage[] }
  | { do: "open" };
