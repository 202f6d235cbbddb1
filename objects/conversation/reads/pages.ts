/** Owns the page of changes that the object makes from its journal and from the messages that it holds. */
import { Buffer } from "node:buffer";
import { changesWithin } from "../../../core/reads/changed-page.ts";
import { messageOf, type MessageRow } from "../../../core/stored-message.ts";
import type { ConversationId, Rev, Seq } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { Changed, Journal } from "../messages/journal.ts";
import type { Messages } from "../messages/messages.ts";

export const byteCount = (text: string): number => Buffer.byteLength(text);

/** A change with its message or notice as JSON; "" where it is neither. */
export type ChangedPiece = Changed & { json: string };

/** The changes, each message once at its last rev, in the order of rev; `rev` is the highest covered rev. */
export type ChangedPage = {
  rev: Rev;
  more: boolean;
  changes: ChangedPiece[];
  /** Whether changes of archived messages belong to the page, and may be missing. Then the page must not be used as it is. */
  isInArchive: boolean;
};

/** Segments that were fetched: what the archive has of a stretch. `upTo`: the rev up to which they have everything. */
export type ArchivedPart = {
  readonly upTo: Rev;
  /** Undefined where it cannot be read. */
  readonly row: (seq: Seq) => MessageRow | undefined;
  /** Archived messages that are as they were made, ascending. */
  readonly fresh: (after: Rev, upTo: Rev, take: (row: MessageRow) => boolean) => void;
};

export type ChangedBounds = { limit: number; bytes: number; isMutatedOnly?: boolean; afterSeq?: Seq };

/**
 * What changed in `(sinceRev, head]`, filled up to `limit` entries and `bytes`. Looks at a stretch of revs of bounded length. Where later changes
 * cover all of them, the page is short although there is more, and `rev` is the end of the stretch.
 * `isMutatedOnly` leaves out messages made after `sinceRev`; messages up to `afterSeq` are left out in any case.
 */
export function changedPage(
  parts: { messages: Messages; journal: Journal; shown?: (row: MessageRow) => MessageRow },
  id: ConversationId,
  head: { seq: Seq; rev: Rev },
  sinceRev: Rev,
  bounds: ChangedBounds,
  archived?: ArchivedPart,
): ChangedPage {
  const { limit, bytes, isMutatedOnly = false, afterSeq = 0 } = bounds;
  const upTo = Math.min(head.rev, sinceRev + batches.pageRevsMax, archived?.upTo ?? Infinity);
  const madeBy = isMutatedOnly ? sinceRev : head.rev;
  let isInArchive =
    archived === undefined &&
    !isMutatedOnly &&
    sinceRev < parts.messages.archivedRev &&
    afterSeq < parts.messages.archivedSeq;
  const { shown = (row: MessageRow): MessageRow => row } = parts;
  const piece = (changed: Changed): ChangedPiece => ({
    ...changed,
    json: jsonOf(id, changed.row === null ? changed : { ...changed, row: shown(changed.row) }),
  });
  const { rev, changes } = changesWithin<ChangedPiece>(
    {
      journal: {
        known: upTo,
        walk: (take) =>
          parts.journal.changed({ after: sinceRev, upTo, afterSeq, madeBy }, (changed) => {
            if (changed.archived === undefined) return !isInArchive && take(piece(changed));
            isInArchive = archived === undefined;
            if (isInArchive) return false;
            const row = archived?.row(changed.archived);
            const isLast = row?.rev === changed.rev && row.createdRev <= madeBy;
            return !isLast || take(piece({ rev: row.rev, row, notice: null }));
          }),
      },
      made: {
        known: upTo,
        walk: (take) => {
          if (isMutatedOnly || isInArchive) return;
          let isWanted = true;
          const each = (row: MessageRow): boolean =>
            (isWanted = row.seq <= afterSeq || take(piece({ rev: row.rev, row, notice: null })));
          archived?.fresh(sinceRev, upTo, each);
          if (isWanted) parts.messages.fresh(sinceRev, upTo, head, each);
        },
      },
    },
    { upTo, limit, bytes, byteCount },
  );
  return { rev, more: rev < head.rev, changes, isInArchive };
}

export function jsonOf(id: ConversationId, { row, notice }: Pick<Changed, "row" | "notice">): string {
  return row === null ? (notice === null ? "" : JSON.stringify(notice)) : JSON.stringify(messageOf(id, row));
}
