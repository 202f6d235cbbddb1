/** Owns what several messages are as one text that is copied: who wrote each, and when. */
import type { Message } from "parley-sdk";
import { attachmentsText } from "../../media/line.ts";
import { fullTime } from "../../texts/time.ts";

export function copiedLines(messages: readonly Message[], nameOfSender: (message: Message) => string): string {
  const [first] = messages;
  if (messages.length === 1 && first !== undefined && first.text !== "") return first.text;
  return messages.map((each) => `[${fullTime(each.sentAt)}] ${nameOfSender(each)}: ${written(each)}`).join("\n");
}

function written({ text, attachments }: Message): string {
  return [attachmentsText(attachments), text].filter((each) => each !== "").join(" ");
}
