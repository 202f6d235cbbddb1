/** Owns the lines of an export: each message and notice as JSON, in the order in which they were made, a page at a time. */
import { messageOf, type MessageRow } from "../stored-message.ts";
import { isVote, optionOf } from "../polls/vote-keys.ts";
import { type ByteCount, Room } from "./pages.ts";
import type { ConversationId, Rev, Seq, UserId } from "../../schema/ids.ts";
import { batches } from "../../schema/limits.ts";

/** A line, and the rev at which its message or notice was made, which gives messages and notices one order. */
export type ExportLine = { rev: Rev; seq: Seq; text: string };

/** Lines up to a page's bounds. `knownUpTo`: the rev up to which these are all; Infinity if there are no more. */
export type ExportLines = { lines: ExportLine[]; knownUpTo: Rev };

export function gatherLines(walk: (take: (line: ExportLine) => boolean) => void, byteCount: ByteCount): ExportLines {
  const lines: ExportLine[] = [];
  const room = new Room(batches.exportPageBytes, byteCount);
  let knownUpTo = Infinity;
  walk((line) => {
    if (lines.length < batches.exportPageLines && room.take(line.text)) return lines.push(line) > 0;
    knownUpTo = lines.at(-1)?.rev ?? 0;
    return false;
  });
  return { lines, knownUpTo };
}

/** The lines of both, up to the rev up to which both are known. */
export function mergedLines(messages: ExportLines, notices: ExportLines): ExportLines {
  const knownUpTo = Math.min(messages.knownUpTo, notices.knownUpTo);
  const lines = [...messages.lines, ...notices.lines].filter(({ rev }) => rev <= knownUpTo);
  return { lines: lines.sort((a, b) => a.rev - b.rev), knownUpTo };
}

/** A message with the values from which the hash chain is made, so that the export can be checked without the server. */
export function messageLine(id: ConversationId, row: MessageRow): ExportLine {
  const { contentHash, salt } = row;
  const line = { type: "message", ...messageOf(id, row, true), contentHash, salt };
  return { rev: row.createdRev, seq: row.seq, text: JSON.stringify(line) };
}

/** The lines of a page without the content of messages that the reader has hidden from themself. Their place in the chain stays, so that it can be checked. */
export function withoutHiddenContent(lines: string, isHidden: (seq: Seq) => boolean): string {
  const shown = lines.split("\n").map((text) => {
    if (!text.startsWith('{"type":"message"')) return text;
    const line = JSON.parse(text) as { seq: Seq };
    if (!isHidden(line.seq)) return text;
    const nothing = { text: "", mentions: [], reactions: [], attachments: [], salt: null, poll: undefined };
    return JSON.stringify({ ...line, ...nothing, hidden: true });
  });
  return shown.join("\n");
}

function actOf(emoji: string): object {
  return isVote(emoji) ? { type: "vote", option: optionOf(emoji) } : { type: "reaction", emoji };
}

/** The lines of a message for what one user wrote: the message itself, if it is theirs, and their reactions. "" if there are none. */
export function ownLines(id: ConversationId, userId: UserId, row: MessageRow): string {
  const own: object[] = [];
  if (row.senderId === userId) own.push({ type: "message", ...messageOf(id, row, true) });
  for (const { emoji, userIds } of row.reactions)
    if (userIds.includes(userId)) own.push({ conversationId: id, seq: row.seq, ...actOf(emoji) });
  return own.map((line) => `${JSON.stringify(line)}\n`).join("");
}
