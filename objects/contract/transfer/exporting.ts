/** Owns what an export is made of: pages of lines (NDJSON, each with its line feed), and the place where the next page begins. */
import type { HiddenStretch } from "../../../core/marks/hidden.ts";
import type { ReaderReactions } from "../../../core/reads/counted-reactions.ts";
import type { ExportLine, ExportLines } from "../../../core/reads/export-lines.ts";
import type { ConversationId, Rev, Seq, UserId } from "../../../schema/ids.ts";
import type { Head } from "../../../schema/wire/conversation.ts";
import type { Summary } from "../../../schema/wire/inbox.ts";
import type { SegmentName } from "../archive.ts";

/** `seq`, `rev`: everything up to these is in earlier pages. `head`: the head when the export began, at which the export ends. */
export type ExportPlace = { seq: Seq; rev: Rev; head: Head };

/** `next` is null after the last page. */
export type ExportPage<Place> = { lines: string; next: Place | null };

/** Rows of a user's inbox, those of conversations that were left among them, in the order of their ids. */
export type ExportRows = {
  rows: (Summary & { starred?: Seq[]; hidden?: HiddenStretch[] })[];
  next: ConversationId | null;
};

/** The next messages are in a segment. `lastRev`: the rev at which its last message was made. `local`: lines of its messages that changed since. `notices`: lines of the notices between its messages. */
export type ExportAcross = {
  is: "export";
  conversationId: ConversationId;
  place: ExportPlace;
  segment: SegmentName;
  lastRev: Rev;
  local: ExportLine[];
  notices: ExportLines;
};

/** The same for what one user wrote. `local`: the user's lines of messages that changed since the segment was written. */
export type OwnAcross = {
  is: "own";
  conversationId: ConversationId;
  userId: UserId;
  after: Seq;
  segment: SegmentName;
  local: { seq: Seq; text: string }[];
  /** Of a large group: what the user chose in the segment. */
  reactions?: ReaderReactions;
};
