/**
 * Owns the SQL of the marks of unread messages: bit sets, one row for each stretch of seqs in which there is a mark. So marks are exact however long the
 * user does not read. They take one bit a message, and are read and dropped by the stretch. There are rows only while the unread numbers of the
 * conversation's row are above 0. Bits at or below its read watermark mean nothing.
 */
import type { ConversationId, Seq } from "../../../../schema/ids.ts";
import {
  type Mark,
  type MarkChanges,
  type MarkCounts,
  type Marks,
  noMark,
  noMarks,
} from "../../../../core/inbox/inbox-marks.ts";
import type { InboxRow } from "../../../../core/inbox/inbox-row.ts";
import type { Reader, Transactor } from "../../../shared/platform/database.ts";

/** Seqs in one stretch: each has a bit of either kind. The number is part of the stored format. */
const stretchSeqs = 2_048;
const stretchBytes = stretchSeqs / 8;

type Columns = { stretch: number; unsent: ArrayBuffer; mentions: ArrayBuffer };

/** The marks of a row. `waiting`: marks that are not written yet. */
export function marksOf(db: Reader, row: InboxRow | undefined, waiting?: MarkChanges): Marks {
  if (row === undefined || row.unsentUnread + row.mentionsUnread === 0) return noMarks;
  const { conversationId } = row;
  const stored = (seq: Seq): Mark => markIn(stretchAt(db, conversationId, Math.floor(seq / stretchSeqs)), seq);
  return {
    of: (seq) => waiting?.get(seq) ?? stored(seq),
    count: (after, upTo) => {
      let { unsent, mentions } = count(db, conversationId, after, upTo);
      for (const [seq, mark] of waiting ?? []) {
        if (seq <= after || seq > upTo) continue;
        const before = stored(seq);
        unsent += Number(mark.isUnsent) - Number(before.isUnsent);
        mentions += Number(mark.isMention) - Number(before.isMention);
      }
      return { unsent, mentions };
    },
  };
}

/** Writes the marks that changed between two states of a row. `isAnew`: all earlier marks are dropped. */
export function writeMarks(
  tx: Transactor,
  before: InboxRow | undefined,
  after: InboxRow,
  changes: MarkChanges,
  isAnew: boolean,
): void {
  const { conversationId, read } = after;
  const wasAny = before !== undefined && before.unsentUnread + before.mentionsUnread > 0;
  const isAny = after.unsentUnread + after.mentionsUnread > 0;
  if (wasAny && (isAnew || !isAny)) tx.run("DELETE FROM inbox_marks WHERE conversation_id = ?", conversationId);
  else if (wasAny && read > before.read) {
    const stretch = Math.floor((read + 1) / stretchSeqs);
    if (stretch > Math.floor((before.read + 1) / stretchSeqs))
      tx.run("DELETE FROM inbox_marks WHERE conversation_id = ? AND stretch < ?", conversationId, stretch);
  }
  if (!isAny) return;
  for (const [stretch, marks] of Map.groupBy(changes, ([seq]) => Math.floor(seq / stretchSeqs))) {
    const { unsent, mentions } = stretchAt(tx, conversationId, stretch) ?? emptyStretch();
    for (const [seq, { isUnsent, isMention }] of marks) {
      setBit(unsent, seq, isUnsent);
      setBit(mentions, seq, isMention);
    }
    tx.run(
      "INSERT OR REPLACE INTO inbox_marks (conversation_id, stretch, unsent, mentions) VALUES (?, ?, ?, ?)",
      conversationId,
      stretch,
      unsent.buffer,
      mentions.buffer,
    );
  }
}

type Stretch = { unsent: Bits; mentions: Bits };
type Bits = Uint8Array<ArrayBuffer>;

function emptyStretch(): Stretch {
  return { unsent: new Uint8Array(stretchBytes), mentions: new Uint8Array(stretchBytes) };
}

function stretchAt(db: Reader, conversationId: ConversationId, stretch: number): Stretch | undefined {
  const row = db.first<Columns>(
    "SELECT stretch, unsent, mentions FROM inbox_marks WHERE conversation_id = ? AND stretch = ?",
    conversationId,
    stretch,
  );
  return row === undefined ? undefined : stretchOf(row);
}

function stretchOf({ unsent, mentions }: Columns): Stretch {
  return { unsent: new Uint8Array(unsent), mentions: new Uint8Array(mentions) };
}

function count(db: Reader, conversationId: ConversationId, after: Seq, upTo: Seq): MarkCounts {
  const counts = { unsent: 0, mentions: 0 };
  const rows = db.all<Columns>(
    "SELECT stretch, unsent, mentions FROM inbox_marks WHERE conversation_id = ? AND stretch BETWEEN ? AND ?",
    conversationId,
    Math.floor((after + 1) / stretchSeqs),
    Math.floor(upTo / stretchSeqs),
  );
  for (const row of rows) {
    const { unsent, mentions } = stretchOf(row);
    const first = Math.max(0, after + 1 - row.stretch * stretchSeqs);
    const last = Math.min(stretchSeqs - 1, upTo - row.stretch * stretchSeqs);
    counts.unsent += bitsIn(unsent, first, last);
    counts.mentions += bitsIn(mentions, first, last);
  }
  return counts;
}

function markIn(stretch: Stretch | undefined, seq: Seq): Mark {
  if (stretch === undefined) return noMark;
  return { isUnsent: hasBit(stretch.unsent, seq), isMention: hasBit(stretch.mentions, seq) };
}

function hasBit(bits: Bits, seq: Seq): boolean {
  const place = seq % stretchSeqs;
  return (((bits[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
}

function setBit(bits: Bits, seq: Seq, isOn: boolean): void {
  const place = seq % stretchSeqs;
  const bit = 1 << (place & 7);
  const byte = bits[place >> 3] ?? 0;
  bits[place >> 3] = isOn ? byte | bit : byte & ~bit;
}

/** How many bits are set from `first` to `last`. */
function bitsIn(bits: Bits, first: number, last: number): number {
  let sum = 0;
  for (let place = first; place <= last; place++) {
    const byte = bits[place >> 3] ?? 0;
    if ((place & 7) === 0 && byte === 0) place += 7;
    else sum += (byte >> (place & 7)) & 1;
  }
  return sum;
}
