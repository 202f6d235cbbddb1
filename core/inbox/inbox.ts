/**
 * Owns what a delivery from a conversation does to a row of the inbox: which of it is new, the numbers after each item,
 * and what the sockets receive. Repeats, overlaps and late arrivals change nothing; a gap is answered with the rev from which to send.
 */
import {
  isMentioned,
  type ConversationId,
  type Epoch,
  type Rev,
  type Seq,
  type TimeMs,
  type UserId,
  type Version,
} from "../../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../../schema/wire/conversation.ts";
import type { AttachmentLabel } from "../../schema/wire/attachment.ts";
import type { LastMessage } from "../../schema/wire/inbox.ts";
import type { Role } from "../../schema/wire/message.ts";
import type { User } from "../../schema/wire/user.ts";
import { type MarkChanges, type Marks, MarksDraft, noMarks } from "./inbox-marks.ts";
import { type InboxRow, isMuted, unreadOf, withChanged, withNews, withoutWords } from "./inbox-row.ts";

/** The fields of a message that a row of the inbox needs. */
export type ArrivedMessage = {
  readonly seq: Seq;
  readonly senderId: UserId;
  readonly sentAt: TimeMs;
  readonly preview: string;
  readonly isUnsent: boolean;
  readonly mentions: readonly UserId[];
  /** Who wrote the message that it answers. */
  readonly answers?: UserId;
  /** Absent where it has none. */
  readonly attachments?: readonly AttachmentLabel[];
};

/** A message that was sent and then changed in a gap comes as a `change` only: so a `change` may bring a message that the row does not know. */
export type ArrivedItem =
  | { readonly rev: Rev; readonly kind: "message"; readonly message: ArrivedMessage }
  | { readonly rev: Rev; readonly kind: "change"; readonly message: ArrivedMessage | null };

export type ArrivedFacts = {
  readonly kind: ConversationKind;
  readonly mode: ConversationMode;
  readonly title: string | null;
  readonly avatarUrl?: string | null;
  readonly peer: User | null;
  readonly role: Role;
  readonly hasLeft: boolean;
  readonly joinedSeq: Seq;
  readonly joinedRev: Rev;
};

/** Everything in `(sinceRev, rev]` of a conversation. */
export type Arrival = {
  readonly conversationId: ConversationId;
  readonly epoch: Epoch;
  readonly sinceRev: Rev;
  readonly rev: Rev;
  readonly headSeq: Seq;
  readonly at: TimeMs;
  readonly facts: ArrivedFacts | null;
  readonly items: readonly ArrivedItem[];
  readonly read: Seq;
  readonly hasReceipt?: boolean;
  /** The stranger who brought the user in; absent where the row is no request. */
  readonly requestBy?: UserId;
  /** The newest message before the membership, where the member may see it. It counts only where a membership begins. */
  readonly last?: ArrivedMessage | null;
};

/** One step that the user's sockets receive, with a version of its own: a row in its state after it, or an item with the numbers after it. */
export type Step =
  | { readonly show: "row"; readonly row: InboxRow }
  | {
      readonly show: "item";
      readonly index: number;
      readonly version: Version;
      readonly unread: number;
      readonly mentionsUnread: number;
    };

export type Mentioned = { readonly seq: Seq; readonly at: TimeMs };

export type DeliveryDecision =
  /** Nothing is applied. `rev` is the row's rev: the conversation sends on from there. */
  | { readonly do: "nothing"; readonly rev: Rev }
  /** `begins`: the row is made, or starts anew with a new membership; the marks that were kept for it are dropped. */
  | {
      readonly do: "apply";
      readonly row: InboxRow;
      readonly marks: MarkChanges;
      /** Messages of others that mention the user, new ones and changed ones. */
      readonly mentioned: readonly Mentioned[];
      readonly steps: readonly Step[];
      readonly begins: boolean;
    };

/** `marks` are those of `row`; `version` is the user's present one. */
export type DeliveryFacts = {
  readonly row: InboxRow | undefined;
  readonly marks: Marks;
  readonly arrival: Arrival;
  readonly me: UserId;
  readonly version: Version;
  readonly now: TimeMs;
};

export function decideDelivery(facts: DeliveryFacts): DeliveryDecision {
  const { row, arrival } = facts;
  const known = row !== undefined && row.epoch === arrival.epoch ? row.rev : 0;
  // The group has become large, for ever: the conversation works out the row, and a delivery from before is late.
  if (row !== undefined && row.pulled !== null && known > 0) return { do: "nothing", rev: known };
  const joined = arrival.facts;
  // A membership that the row does not know begins the row anew, even if the end of the earlier membership never reached the row. If the new
  // membership is over already, the row begins and is frozen at once: so it has the rev of the end, however late the delivery comes.
  if (joined !== null && joined.joinedRev > known && joined.joinedRev <= arrival.rev) {
    if (arrival.sinceRev >= joined.joinedRev) return { do: "nothing", rev: known };
    return fold(facts, newRow(row, arrival, joined), noMarks, true);
  }
  const mayContinue = row !== undefined && row.epoch === arrival.epoch && !row.hasLeft && arrival.sinceRev <= row.rev;
  return mayContinue ? fold(facts, row, facts.marks, false) : { do: "nothing", rev: known };
}

/** A row at the start of a membership. The mute, pin, draft and other choices that the user made in an earlier membership stay. */
function newRow(earlier: InboxRow | undefined, arrival: Arrival, joined: ArrivedFacts): InboxRow {
  return {
    conversationId: arrival.conversationId,
    version: 0,
    epoch: arrival.epoch,
    rev: Math.max(arrival.sinceRev, joined.joinedRev - 1),
    headSeq: joined.joinedSeq,
    at: arrival.at,
    read: joined.joinedSeq,
    unsentUnread: 0,
    mentionsUnread: 0,
    last: arrival.last == null ? null : lastOf(arrival.last),
    kind: joined.kind,
    mode: joined.mode,
    title: joined.title,
    avatarUrl: joined.avatarUrl ?? null,
    peer: joined.peer,
    role: joined.role,
    hasLeft: false,
    requestBy: arrival.requestBy ?? null,
    mutedUntil: earlier?.mutedUntil ?? null,
    notify: earlier?.notify ?? "all",
    isPinned: earlier?.isPinned ?? false,
    isArchived: earlier?.isArchived ?? false,
    isMarkedUnread: earlier?.isMarkedUnread ?? false,
    draft: earlier?.draft ?? "",
    pushes: null,
    kept: withNews(earlier?.kept) ?? null,
    pulled: null,
  };
}

/** The row while a delivery is folded into it. */
type Draft = { -readonly [K in keyof InboxRow]: InboxRow[K] };

function fold(
  { arrival, me, version, now }: DeliveryFacts,
  base: InboxRow,
  stored: Marks,
  begins: boolean,
): DeliveryDecision {
  const row: Draft = { ...base };
  const marks = new MarksDraft(stored, base);
  const mentioned: Mentioned[] = [];
  const steps: Step[] = [];
  // The row as a client works it out from the message frames alone. Where the final row differs from it, the row itself is shown last.
  const shown = { read: base.read, at: base.at, hasChange: begins && arrival.items.length === 0 };
  let isHeadKnown = true;
  if (begins && arrival.items.length > 0) steps.push({ show: "row", row: { ...base, version: version + 1 } });

  for (const [index, item] of arrival.items.entries()) {
    const { message } = item;
    if (item.rev <= base.rev) {
      // An earlier delivery reached this rev without the message, because the message was changed later. It is still to come, as a change.
      if (message !== null && message.seq > base.headSeq) isHeadKnown = false;
      continue;
    }
    row.rev = Math.max(row.rev, item.rev);
    if (message !== null) {
      const isNew = item.kind === "message" || message.seq > base.headSeq;
      const isOwn = message.senderId === me;
      if (isNew) {
        row.headSeq = Math.max(row.headSeq, message.seq);
        if (isOwn) {
          row.read = Math.max(row.read, message.seq);
          row.isMarkedUnread = false;
        }
        if (!message.isUnsent && !isMuted(row, now)) row.isArchived = false;
        row.kept = withNews(row.kept) ?? null;
      } else row.kept = withChanged(row.kept, lastOf(message)) ?? null;
      if (item.kind === "message") {
        shown.at = Math.max(shown.at, message.sentAt);
        if (isOwn) shown.read = Math.max(shown.read, message.seq);
      }
      // A changed message becomes the last one only if it is the newest. Where no last message is known, only a new message becomes it.
      if (row.last === null ? isNew : message.seq >= row.last.seq) row.last = lastOf(message);
      if (!isOwn) {
        marks.note(message, me, message.seq <= base.headSeq);
        if (isMentioned(message.mentions, me)) mentioned.push({ seq: message.seq, at: message.sentAt });
      }
    }
    if (item.kind === "change") shown.hasChange = true;
    row.read = Math.max(row.read, Math.min(arrival.read, row.headSeq));
    settle(row, marks);
    steps.push({
      show: "item",
      index,
      version: version + steps.length + 1,
      unread: unreadOf(row),
      mentionsUnread: row.mentionsUnread,
    });
  }

  const lastItem = steps.at(-1);
  const itemRev = row.rev;
  // A repeated delivery may have other items than the first one. Its head counts only where its rev is new.
  if (arrival.rev > base.rev && isHeadKnown) row.headSeq = Math.max(row.headSeq, arrival.headSeq);
  row.rev = Math.max(row.rev, arrival.rev);
  row.at = Math.max(row.at, arrival.at);
  row.read = Math.max(row.read, Math.min(arrival.read, row.headSeq));
  if (arrival.hasReceipt === true || row.read > base.read) row.isMarkedUnread = false;
  // A request can end and never begin. A delivery of an earlier rev may belong to an earlier membership, so it ends nothing.
  if (arrival.requestBy === undefined && arrival.rev >= base.rev) row.requestBy = null;
  // Facts of an earlier rev are older than the row's.
  if (arrival.facts !== null && arrival.rev >= base.rev) {
    const { kind, mode, title, avatarUrl = null, peer, role, hasLeft } = arrival.facts;
    Object.assign(row, { kind, mode, title, avatarUrl, peer, role, hasLeft });
  }
  if (row.hasLeft) {
    marks.clear();
    // A former member does not receive a later unsend, so no content of a message may stay in the row.
    if (row.last !== null) row.last = { ...row.last, preview: "", attachments: [] };
    row.kept = withoutWords(row.kept) ?? null;
  }
  settle(row, marks);

  const isShown =
    !shown.hasChange &&
    row.rev === itemRev &&
    row.read === shown.read &&
    row.at === shown.at &&
    row.isArchived === base.isArchived &&
    row.isMarkedUnread === base.isMarkedUnread &&
    row.kept?.isDeleted === base.kept?.isDeleted &&
    sameFacts(row, base) &&
    (lastItem?.show === "item"
      ? lastItem.unread === unreadOf(row) && lastItem.mentionsUnread === row.mentionsUnread
      : row.headSeq === base.headSeq);
  row.version = isShown && steps.length === 0 ? base.version : version + steps.length + (isShown ? 0 : 1);
  if (!isShown) steps.push({ show: "row", row });
  return { do: "apply", row: steps.length === 0 ? base : row, marks: marks.result(), mentioned, steps, begins };
}

function sameFacts(a: InboxRow, b: InboxRow): boolean {
  return (
    a.title === b.title &&
    (a.avatarUrl ?? null) === (b.avatarUrl ?? null) &&
    a.role === b.role &&
    a.hasLeft === b.hasLeft &&
    a.requestBy === b.requestBy &&
    a.kind === b.kind &&
    a.mode === b.mode &&
    (a.peer === b.peer || JSON.stringify(a.peer) === JSON.stringify(b.peer))
  );
}

/** Brings the marks up to the read watermark, and their counts into the row. */
function settle(row: Draft, marks: MarksDraft): void {
  marks.settle(row.read);
  row.unsentUnread = marks.unsent;
  row.mentionsUnread = marks.mentions;
}

export function lastOf({ seq, senderId, preview, sentAt, isUnsent, attachments = [] }: ArrivedMessage): LastMessage {
  return { seq, senderId, preview, sentAt, unsent: isUnsent, attachments: [...attachments] };
}
