/** Owns the commands of members in a conversation, and the answers to them. Every door (socket, HTTP) makes these from its requests. */
import type { Refusal } from "../../schema/errors.ts";
import type { AttachmentId, ClientId, DeviceId, Rev, Seq, UserId } from "../../schema/ids.ts";
import type { Ack } from "../../schema/wire/message.ts";
import type { Actor } from "./actor.ts";

/** A command of a member. */
export type Command =
  | {
      do: "send";
      clientId: ClientId;
      text: string;
      replyTo: Seq | null;
      mentions: UserId[];
      /** Absent where there are none, as from a door that a deploy has not reached yet. */
      attachments?: AttachmentId[];
    }
  | { do: "edit"; seq: Seq; text: string; mentions: UserId[] | null }
  | { do: "unsend"; seq: Seq }
  | { do: "react"; seq: Seq; emoji: string; isOn: boolean }
  | { do: "pin"; seq: Seq; isOn: boolean }
  | { do: "receipt"; delivered: Seq | null; read: Seq | null }
  | { do: "typing" };

/** The answer to one command. `rev` of an edit, unsend or reaction is the message's rev after it, that of a pin the conversation's. */
export type CommandAnswer =
  | { ok: true; did: "send"; ack: Ack }
  | { ok: true; did: "change"; rev: Rev }
  | { ok: true; did: "receipt" | "typing" }
  | { ok: false; refusal: Refusal };

/** `takesPacked`, on the first answer: the conversation accepts packed commands. It says so where it is asked. */
export type SubmitAnswer = CommandAnswer & { takesPacked?: true };

/** The commands of a call, and the answers to them, as one text each. A call between objects copies a text many times faster than objects. */
export type PackedCommands = string;
export type PackedAnswers = string;

export function packCommands({ userId, deviceId }: Actor, commands: readonly Command[]): PackedCommands {
  return JSON.stringify([userId, deviceId, commands]);
}

export function unpackCommands(packed: PackedCommands): { actor: Actor; commands: Command[] } {
  const [userId, deviceId, commands]: [UserId, DeviceId, Command[]] = JSON.parse(packed);
  return { actor: { userId, deviceId }, commands };
}

export function packAnswers(answers: readonly CommandAnswer[]): PackedAnswers {
  return JSON.stringify(answers);
}

export function unpackAnswers(packed: PackedAnswers): CommandAnswer[] {
  return JSON.parse(packed);
}
