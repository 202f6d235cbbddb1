/** Owns how frames become commands and how answers become frames; the same on sync and live sockets. */
import { errorFrameOf, type Refusal } from "../../../schema/errors.ts";
import type { ConversationUpFrame } from "../../../schema/wire/frames/up.ts";
import { mentionsOf } from "../../../schema/wire/send.ts";
import type { Command, CommandAnswer } from "../../contract/command.ts";

/** The size of what was received, close enough to meter it without looking at each character. */
export function frameBytes(data: string | ArrayBuffer): number {
  return typeof data === "string" ? data.length : data.byteLength;
}

/** What a frame asks of its conversation. */
export function commandOf(frame: ConversationUpFrame): Command {
  switch (frame.type) {
    case "send":
      return {
        do: "send",
        clientId: frame.clientId,
        text: frame.text,
        replyTo: frame.replyTo ?? null,
        mentions: mentionsOf(frame),
        ...(frame.attachments === undefined ? {} : { attachments: frame.attachments }),
        ...(frame.poll === undefined ? {} : { poll: frame.poll }),
      };
    case "edit":
      return { do: "edit", seq: frame.seq, text: frame.text, mentions: frame.mentions ?? null };
    case "unsend":
      return { do: "unsend", seq: frame.seq };
    case "react":
      return { do: "react", seq: frame.seq, emoji: frame.emoji, isOn: frame.on };
    case "vote":
      return { do: "vote", seq: frame.seq, options: frame.options };
    case "closePoll":
      return { do: "close poll", seq: frame.seq };
    case "receipt":
      return { do: "receipt", delivered: frame.delivered ?? null, read: frame.read ?? null };
    case "typing":
      return { do: "typing" };
  }
}

/** The frame that answers a frame, as JSON; undefined where the contract has none (receipt and typing without `ref`). */
export function answerFrame(frame: ConversationUpFrame, answer: CommandAnswer): string | undefined {
  const isQuiet = frame.ref === undefined && (frame.type === "receipt" || frame.type === "typing");
  if (isQuiet) return undefined;
  if (!answer.ok) return refusalFrame(answer.refusal, frame.ref);
  const ref = frame.ref === undefined ? "" : `,"ref":${JSON.stringify(frame.ref)}`;
  switch (answer.did) {
    case "send": {
      const { conversationId, seq, rev, sentAt, hash, duplicate } = answer.ack;
      return `{"type":"ok"${ref},"conversationId":"${conversationId}","seq":${seq},"rev":${rev},"sentAt":${sentAt},"hash":"${hash}","duplicate":${duplicate}}`;
    }
    case "change":
      return `{"type":"ok"${ref},"rev":${answer.rev}}`;
    case "receipt":
    case "typing":
      return `{"type":"ok"${ref}}`;
  }
}

/** An `ok`, with an answer's fields beside the `ref`. */
export function okFrame(ref: string | undefined, fields: Record<string, unknown> = {}): string {
  return JSON.stringify({ type: "ok", ref, ...fields });
}

export function refusalFrame(refusal: Refusal, ref: string | undefined): string {
  return JSON.stringify(errorFrameOf(refusal, ref));
}
