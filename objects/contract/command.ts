/** Owns the commands of members in a conversation, and the answers to them. Every door (socket, HTTP) makes these from its requests. */
import type { Refusal } from "../../schema/errors.ts";
import type { ClientId, Rev, Seq, UserId } from "../../schema/ids.ts";
import type { Ack } from "../../schema/wire/message.ts";

/** A command of a member. */
export type Command =
  | { do: "send"; clientId: ClientId; text: string; replyTo: Seq | null; mentions: UserId[] }
  | { do: "edit"; seq: Seq; text: string; mentions: UserId[] | null }
  | { do: "unsend"; seq: Seq }
  | { do: "react"; seq: Seq; emoji: string; isOn: boolean }
  | { do: "receipt"; delivered: Seq | null; read: Seq | null }
  | { do: "typing" };

/** The answer to one command. `rev` of an edit, unsend or reaction is the message's rev after it. */
export type CommandAnswer =
  | { ok: true; did: "send"; ack: Ack }
  | { ok: true; did: "change"; rev: Rev }
  | { ok: true; did: "receipt" | "typing" }
  | { ok: false; refusal: Refusal };
