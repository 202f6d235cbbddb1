/** Owns what the gateway sends objects when an operator imports history from elsewhere. */
import type { StoredReaction } from "../../../core/stored-message.ts";
import type { ImportDone } from "../../../schema/operator/import.ts";
import type { ClientId, ConversationId, TimeMs, UserId } from "../../../schema/ids.ts";
import type { User } from "../../../schema/wire/user.ts";
import type { Guard, Person } from "../person.ts";

/** Somebody without a password: they cannot sign in until the operator gives them one. */
export type ImportedAccount = { handle: string; name: string; bio: string; createdAt: TimeMs };

/** The account as it is now. `isNew`: this call has made it. */
export type ImportedAs = {
  user: User & { handle: string };
  changedAt: TimeMs;
  guard?: Guard;
  hasPassword: boolean;
  isNew: boolean;
};

export type ImportedConversation = {
  id: ConversationId;
  kind: "dm" | "group";
  title: string | null;
  createdAt: TimeMs;
  /** The first is the owner of a group. */
  people: Person[];
};

/** `clientId` follows from the id at the source, so that a repeat is known for ever. `replyTo` names a message of this conversation in the same way. */
export type ImportedMessage = {
  type: "message";
  clientId: ClientId;
  senderId: UserId;
  at: TimeMs;
  /** Empty where the message was unsent. */
  text: string;
  replyTo: { senderId: UserId; clientId: ClientId } | null;
  mentions: UserId[];
  reactions: StoredReaction[];
  editedAt: TimeMs | null;
  unsentAt: TimeMs | null;
};

export type ImportedMove = { type: "join"; at: TimeMs; person: Person } | { type: "leave"; at: TimeMs; userId: UserId };

export type ImportedLine = ImportedMessage | ImportedMove;

/** One step of an import of a conversation: it is founded, filled, and opened. Again each changes nothing. */
export type ImportStep =
  | { do: "found"; conversation: ImportedConversation }
  | { do: "history"; lines: ImportedLine[]; skipsFaults: boolean }
  | { do: "open" };

export type ImportStepDone = ImportDone & { isOpen: boolean };
