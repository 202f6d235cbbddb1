/** Owns the commands of members in a conversation, and the answers to them. Every door (socket, HTTP) makes these from its requests. */
import type { Refusal } from "../../schema/errors.ts";
import type { AttachmentId, ClientId, DeviceId, Rev, Seq, UserId } from "../../schema/ids.ts";
import type { Ack } from "../../schema/wire/message.ts";
import type { PollDraft } from "../../schema/wire/poll.ts";
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
      /** The text is made of it. */
      poll?: PollDraft;
    }
  | { do: "edit"; seq: Seq; text: string; mentions: UserId[] | null }
  | { do: "unsend"; seq: Seq }
  | { do: "react"; seq: Seq; emoji: string; isOn: boolean }
  | { do: "vote"; seq: Seq; options: number[] }
  | { do: "close poll"; seq: Seq }
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

/**
 * What the caller's own inbox has of the conversation: the rev that it has applied, and the rev that it has stored. A caller that says this accepts a delivery
 * to this inbox in the answer, behind the answers.
 */
export type Standing = { readonly applied: Rev; readonly stored: Rev };

export function packCommands(
  { userId, deviceId }: Actor,
  commands: readonly Command[],
  standing?: Standing,
): PackedCommands {
  const asked = standing === undefined ? [] : [standing.applied, standing.stored];
  return JSON.stringify([userId, deviceId, commands, ...asked]);
}

export function unpackCommands(packed: PackedCommands): {
  actor: Actor;
  commands: Command[];
  standing: Standing | undefined;
} {
  const [userId, deviceId, commands, applied, stored]: [UserId, DeviceId, Command[], Rev?, Rev?] = JSON.parse(packed);
  const standing = applied === undefined || stored === undefined ? undefined : { applied, stored };
  return { actor: { userId, deviceId }, commands, standing };
}

/** A packed delivery (delivery/packed-delivery.ts) to the inbox of the caller. */
export type Rider = string;

/** JSON has no line breaks. */
export function packAnswers(answers: readonly CommandAnswer[], rider?: Rider): PackedAnswers {
  const text = JSON.stringify(answers);
  return rider === undefined ? text : `${text}\n${rider}`;
}

export function unpackAnswers(packed: PackedAnswers): { answers: CommandAnswer[]; rider: Rider | undefined } {
  const end = packed.indexOf("\n");
  if (end === -1) return { answers: JSON.parse(packed), rider: undefined };
  return { answers: JSON.parse(packed.slice(0, end)), rider: packed.slice(end + 1) };
}
