/** Owns what an export is made of: pages of lines (NDJSON, each with its line feed), and the place where the next page begins. */
import type { ExportLine, ExportLines } from "../../core/reads/export-lines.ts";
import type { ConversationId, Rev, Seq, UserId } from "../../schema/ids.ts";
import type { Head } from "../../schema/wire/conversation.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { SegmentName } from "./archive.ts";

/** `seq`, `rev`: everything up to these is in earlier pages. `head`: as it was when the export began; the export ends there. */
export type ExportPlace = { seq: Seq; rev: Rev; head: Head };

/** `next` is null behind the last page. */
export type ExportPage<Place> = { lines: string; next: Place | null };

/** Rows of a user's inbox, those of conversations that were left among them, in the order of their ids. */
export type ExportRows = { rows: Summary[]; next: ConversationId | null };

/** The next messages lie in a segment. `lastRev`: when its last message came to be. `local`: lines of messages that lie over it; `notices`: what comes among its messages. */
export type ExportAcross = {
  is: "export";
  conversationId: ConversationId;
  place: ExportPlace;
  segment: SegmentName;
  lastRev: Rev;
  local: ExportLine[];
  notices: ExportLines;
};

/** The same of what one user wrote. `local`: of each message that lies over the segment, what is the user's. */
export type OwnAcross = {
  is: "own";
  conversationId: ConversationId;
  userId: UserId;
  after: Seq;
  segment: SegmentName;
  local: { seq: Seq; text: string }[];
};
