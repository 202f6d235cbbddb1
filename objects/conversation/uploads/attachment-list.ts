/**
 * Owns the list of what a conversation has attached. It is made of a small row for each attachment of a message, which stays when the message goes to the archive, so the list reads no
 * segment. Each call looks at a bounded number of rows.
 */
import { visibleFrom } from "../../../core/visibility.ts";
import { mediaBounds } from "../../../schema/bounds/media.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import type {
  AttachmentsPage,
  AttachmentsQuery,
  ListedAttachment,
} from "../../../schema/http/conversation/attachments.ts";
import type { Seq, UserId } from "../../../schema/ids.ts";
import type { Database } from "../../shared/platform/database.ts";
import { badCursor } from "../../shared/list-pages.ts";
import { attachmentOf } from "../../shared/uploads/upload-rows.ts";
import type { Store } from "../store.ts";

/** `sent_at` and `place`, the place among the attachments of the message, are there for the list, and the index for it and for erasing. */
export const attachmentListTables = `
  ALTER TABLE sent_attachments ADD COLUMN sent_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sent_attachments ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX sent_attachments_by_message ON sent_attachments (seq, place);
`;

type Row = { seq: number; place: number; by_id: string; sent_at: number; attachment: string; is_withheld: number };

/** Before which attachment the next page begins: the place within its message counts too. */
type Place = { seq: Seq; place: number };

export class AttachmentList {
  readonly #db: Database;
  readonly #store: Store;

  constructor(parts: { db: Database; store: Store }) {
    this.#db = parts.db;
    this.#store = parts.store;
  }

  page(viewer: UserId, { kind: kinds, cursor, limit }: AttachmentsQuery): Outcome<AttachmentsPage> {
    const { state } = this.#store;
    const member = this.#store.member(viewer);
    if (state === undefined || member === undefined) return notFound;
    const before = cursor === undefined ? { seq: Number.MAX_SAFE_INTEGER, place: 0 } : placeOf(cursor);
    if (before === undefined) return badCursor;
    const { after } = visibleFrom(state, member);
    const items: ListedAttachment[] = [];
    let looked = 0;
    let last = before;
    let next: Place | null = null;
    this.#db.each<Row>(
      `SELECT seq, place, by_id, sent_at, attachment, is_withheld FROM sent_attachments
       WHERE seq > ? AND (seq, place) < (?, ?) ORDER BY seq DESC, place DESC`,
      [after, before.seq, before.place],
      (row) => {
        if (items.length === limit || looked === mediaBounds.attachmentsScanned) {
          next = last;
          return false;
        }
        looked++;
        last = { seq: row.seq, place: row.place };
        const attachment = attachmentOf(row.attachment);
        if (row.is_withheld === 0 && (kinds === undefined || kinds.includes(attachment.kind)))
          items.push({ seq: row.seq, senderId: row.by_id as UserId, sentAt: row.sent_at, attachment });
        return true;
      },
    );
    return done({ items, cursor: next === null ? null : cursorOf(next) });
  }
}

function cursorOf({ seq, place }: Place): string {
  return `${seq}.${place}`;
}

function placeOf(cursor: string): Place | undefined {
  const match = /^(\d{1,15})\.(\d{1,4})$/.exec(cursor);
  return match === null ? undefined : { seq: Number(match[1]), place: Number(match[2]) };
}
