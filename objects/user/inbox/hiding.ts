/**
 * Owns what the user hides from themself: single messages, and chats that they delete. The conversation does not know of it. A row counts what is hidden as
 * read, and shows the newest message that is not hidden.
 */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { ConversationId, Rev, Seq } from "../../../schema/ids.ts";
import { inboxHolds } from "../../../schema/search-limits.ts";
import type { LastMessage } from "../../../schema/wire/inbox.ts";
import { stillDue } from "../../../core/inbox/decide-notify.ts";
import { MarksDraft } from "../../../core/inbox/inbox-marks.ts";
import { type InboxRow, type KeptOfRow, summaryOf, unreadOf } from "../../../core/inbox/inbox-row.ts";
import {
  aboveCleared,
  type Hidden,
  type Hides,
  isHidden,
  newestHidden,
  withHidden,
  withoutHidden,
} from "../../../core/marks/hidden.ts";
import { now } from "../../shared/platform/clock.ts";
import type { HidesIn, MarksAnswer } from "../../contract/search.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { Announcement } from "../sync-sockets.ts";
import { hiddenIn, writeHidden } from "./rows/hidden-messages.ts";
import type { InboxStore } from "./rows/inbox-store.ts";

/** An answer, and what devices receive; nothing where nothing changed. */
export type Kept = { answer: MarksAnswer; announcement?: Announcement };

/** Writes a row, and what goes with it, under a version that tells devices to ask for the marks. */
export type WriteMarks = (
  before: InboxRow,
  change: Partial<InboxRow>,
  write: (tx: UserTransactor) => void,
) => Kept["announcement"];

export class Hiding {
  readonly #db: UserDatabase;
  readonly #store: InboxStore;
  readonly #write: WriteMarks;

  constructor(db: UserDatabase, store: InboxStore, write: WriteMarks) {
    this.#db = db;
    this.#store = store;
    this.#write = write;
  }

  /** What is hidden of each of these conversations; those of which nothing is hidden are left out. */
  hidesIn(ids: readonly ConversationId[]): HidesIn[] {
    return ids.flatMap((id) => {
      const kept = this.#store.row(id)?.kept;
      if (kept == null) return [];
      const hides = this.hidesOf(id, kept);
      return hides.cleared === undefined && hides.hidden.length === 0 ? [] : [{ id, hides }];
    });
  }

  hidesOf(id: ConversationId, kept: KeptOfRow | null | undefined): Hides {
    const hidden = kept?.topHidden === undefined ? [] : hiddenIn(this.#db, id);
    return kept?.cleared === undefined ? { hidden } : { cleared: kept.cleared, hidden };
  }

  /** Hides messages, or shows them again. What is hidden counts as read. */
  hide(id: ConversationId, seqs: readonly Seq[], isOn: boolean): Outcome<Kept> {
    const before = this.#store.row(id);
    if (before === undefined) return notFound;
    const newest = Math.max(...seqs);
    if (newest > before.headSeq) return notThere;
    const { cleared, hidden } = this.hidesOf(id, before.kept);
    const after = isOn ? withHidden(hidden, seqs) : withoutHidden(hidden, seqs);
    if (after === hidden) return done({ answer: { marksVersion: before.kept?.marksVersion ?? 0 } });
    // What the deleted part of the chat hides anyway is let go only for want of room: the deletion may be taken back.
    const fitting = after.length <= inboxHolds.hiddenStretchesMax ? after : aboveCleared(after, cleared?.seq ?? 0);
    // Showing a message again in the middle of a stretch makes two of it.
    if (fitting.length > inboxHolds.hiddenStretchesMax && fitting.length > hidden.length) return full;
    const read = isOn ? this.#readUpTo(before, newest) : {};
    const kept = { ...before.kept, ...topOf(fitting) };
    const shown: KeptOfRow = fitting.length === 0 ? without(kept, "topHidden") : kept;
    const isStillLast = isLastHidden(before, shown) && !isHidden({ hidden: fitting }, shown.last?.seq ?? 0);
    const row = { ...before, ...read, kept: isStillLast ? shown : without(shown, "last") };
    const announcement = this.#write(before, row, (tx) => writeHidden(tx, id, fitting));
    const marksVersion = this.#store.row(id)?.kept?.marksVersion ?? 0;
    const answer = { marksVersion, owed: owed(before, row) };
    return done({ answer, ...(announcement === undefined ? {} : { announcement }) });
  }

  /** The newest message is hidden: of these, read at a rev of the conversation, the newest that is shown stands in the row. */
  showLast(id: ConversationId, rev: Rev, newest: readonly LastMessage[]): Outcome<Kept> {
    const before = this.#store.row(id);
    if (before === undefined) return notFound;
    if (!isLastHidden(before, before.kept) || before.hasLeft || before.pulled !== null) return done({ answer: {} });
    // A later rev may have changed what was read, so it is read again. What comes after it reaches the row as any change does.
    if (before.rev > rev) return done({ answer: { owed: owed(before, before) } });
    const hides = this.hidesOf(id, before.kept);
    const last = newest.find(({ seq }) => seq < (before.last?.seq ?? 0) && !isHidden(hides, seq));
    if (last === undefined || last.seq === before.kept?.last?.seq) return done({ answer: {} });
    const announcement = this.#write(before, { kept: { ...before.kept, last } }, () => undefined);
    return done({ answer: {}, ...(announcement === undefined ? {} : { announcement }) });
  }

  /** Deletes the chat up to a message. `instead`: takes back the deletion up to there, if no later one followed. */
  clear(id: ConversationId, wanted: Seq, instead: Seq | undefined): Outcome<Kept> {
    const before = this.#store.row(id);
    if (before === undefined) return notFound;
    const present = before.kept?.cleared?.seq ?? 0;
    const upTo = Math.min(wanted, before.headSeq);
    if (instead !== undefined) return this.#restore(before, upTo, instead, present);
    const isWhole = upTo === before.headSeq;
    if (upTo < present || (upTo === present && (before.kept?.isDeleted === true || !isWhole)))
      return done({ answer: { summary: summaryOf(before, now()) } });
    const kept: KeptOfRow = {
      ...without(before.kept ?? {}, "last"),
      cleared: { seq: upTo, rev: before.rev },
      ...(isWhole ? { isDeleted: true as const } : {}),
    };
    const choices = { isPinned: false, isArchived: false, isMarkedUnread: false, draft: "" };
    const row = { ...before, ...this.#readUpTo(before, upTo), ...(isWhole ? choices : {}), kept };
    const announcement = this.#write(before, row, () => undefined);
    return this.#cleared(id, announcement, owed(before, row));
  }

  #restore(before: InboxRow, upTo: Seq, instead: Seq, present: Seq): Outcome<Kept> {
    if (instead !== present || upTo > present) return superseded;
    const rest = without(without(before.kept ?? {}, "isDeleted"), "cleared");
    const kept: KeptOfRow = upTo === 0 ? rest : { ...rest, cleared: { seq: upTo, rev: 0 } };
    const announcement = this.#write(before, { kept }, () => undefined);
    return this.#cleared(before.conversationId, announcement, owed(before, { ...before, kept }));
  }

  #cleared(id: ConversationId, announcement: Kept["announcement"], due: MarksAnswer["owed"] = {}): Outcome<Kept> {
    const row = this.#store.row(id);
    if (row === undefined) return notFound;
    const answer: MarksAnswer = { summary: summaryOf(row, now()), owed: due };
    return done({ answer, ...(announcement === undefined ? {} : { announcement }) });
  }

  /** The numbers of the row once everything up to a message counts as read. Nobody else learns of it. */
  #readUpTo(row: InboxRow, seq: Seq): Partial<InboxRow> {
    if (seq <= row.read || row.hasLeft) return {};
    if (row.pulled !== null) {
      const left = Math.max(0, unreadOf(row) - (seq - row.read));
      const numbers = { unsentUnread: row.headSeq - seq - left, mentionsUnread: Math.min(row.mentionsUnread, left) };
      return { read: seq, ...numbers, pushes: stillDue({ ...row, read: seq }, row.pushes, now()) };
    }
    const marks = new MarksDraft(this.#store.marks(this.#db, row), row);
    marks.settle(seq);
    const numbers = { unsentUnread: marks.unsent, mentionsUnread: marks.mentions };
    return { read: seq, ...numbers, pushes: stillDue({ ...row, read: seq }, row.pushes, now()) };
  }
}

function topOf(hidden: Hidden): Pick<KeptOfRow, "topHidden"> {
  return hidden.length === 0 ? {} : { topHidden: newestHidden(hidden) };
}

function without<Field extends keyof KeptOfRow>(kept: KeptOfRow, field: Field): Omit<KeptOfRow, Field> {
  const { [field]: _field, ...rest } = kept;
  return rest;
}

/** Whether the newest message is one that is hidden by itself. */
function isLastHidden({ last }: InboxRow, kept: KeptOfRow | null | undefined): boolean {
  return last !== null && last.seq === kept?.topHidden && last.seq > (kept.cleared?.seq ?? 0);
}

function owed(before: InboxRow, after: InboxRow): NonNullable<MarksAnswer["owed"]> {
  const isCounted = after.pulled !== null && after.read > before.read;
  const isWanted = after.pulled === null && !after.hasLeft && isLastHidden(after, after.kept);
  return { ...(isCounted ? { read: after.read } : {}), ...(isWanted && after.last ? { last: after.last.seq } : {}) };
}

const full = refuse(
  "conflict",
  `a user has hidden at most ${inboxHolds.hiddenStretchesMax} stretches of a conversation`,
);
const superseded = refuse("conflict", "the chat was deleted again since");
const notThere = refuse("bad_request", "seqs: there is no such message yet");
