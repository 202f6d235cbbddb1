/** Owns how a text names attachments: in the list of chats, in quotes, and for screen readers. */
import { plural, t } from "@lingui/core/macro";
import { filesText } from "../texts/counts.ts";
import { type AttachmentKind, shortText, unmarked } from "parley-sdk";

interface Named {
  readonly kind: AttachmentKind;
  readonly name: string;
}

/** "Picture", "3 pictures", "Voice message", or a file's name; empty where there are no attachments. */
export function attachmentsText(attachments: readonly Named[]): string {
  const [first] = attachments;
  if (first === undefined) return "";
  const count = attachments.length;
  const isOneKind = attachments.every(({ kind }) => kind === first.kind);
  if (!isOneKind) return filesText(count);
  switch (first.kind) {
    case "image":
      return plural(count, { one: "Picture", other: "# pictures" });
    case "video":
      return plural(count, { one: "Video", other: "# videos" });
    case "voice":
      return plural(count, { one: "Voice message", other: "# voice messages" });
    case "audio":
      return plural(count, { one: "Sound", other: "# sounds" });
    case "file":
      return count === 1 ? first.name || t`File` : filesText(count);
  }
}

/** More than a line shows, or a screen reader says of one. */
const lineCharacters = 300;

/** What stands for a message in one line: the beginning of its text without its marks, or what it has attached. */
export function messageLine(message: {
  readonly text: string;
  readonly attachments: readonly Named[];
  readonly poll?: { readonly question: string } | undefined;
}): string {
  const text = shortText(message);
  return text === "" ? attachmentsText(message.attachments) : unmarked(text.slice(0, lineCharacters));
}
