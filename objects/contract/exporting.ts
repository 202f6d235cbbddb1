/** Owns what an export is made of: pages of lines (NDJSON, each with its line feed), and the place where the next page begins. */
import type { ConversationId, Rev, Seq } from "../../schema/ids.ts";
import type { Head } from "../../schema/wire/conversation.ts";
import type { Summary } from "../../schema/wire/inbox.ts";

/** `seq`, `rev`: everything up to these is in earlier pages. `head`: as it was when the export began; the export ends there. */
export type ExportPlace = { seq: Seq; rev: Rev; head: Head };

/** `next` is null behind the last page. */
export type ExportPage<Place> = { lines: string; next: Place | null };

/** Rows of a user's inbox, those of conversations that were left among them, in the order of their ids. */
export type ExportRows = { rows: Summary[]; next: ConversationId | null };
