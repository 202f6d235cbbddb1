/**
 * Owns what a state of a large group's row does to the row in an inbox, and which of the messages that come with it are new. The conversation works the state
 * out, so nothing is counted here. Older states and repeated messages change nothing.
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
import type { Role } from "../../schema/wire/message.ts";
import { type ArrivedItem, type ArrivedMessage, lastOf, type Mentioned } from "./inbox.ts";
import { type InboxRow, isMuted, withNews, withoutLast } from "./inbox-row.ts";

/** The row at a moment, as the conversation works it out for this user. */
export type ArrivedRow = {
  readonly conversationId: ConversationId;
  readonly epoch: Epoch;
  readonly membership: number;
  readonly rev: Rev;
  readonly headSeq: Seq;
  readonly at: TimeMs;
  readonly last: ArrivedMessage | null;
  readonly kind: ConversationKind;
  readonly mode: ConversationMode;
  readonly title: string | null;
  readonly avatarUrl?: string | null;
  readonly role: Role;
  readonly hasLeft: boolean;
  readonly joinedSeq: Seq;
  readonly joinedRev: Rev;
  readonly read: Seq;
  readonly unread: number;
  readonly mentionsUnread: number;
  readonly requestBy: UserId | null;
  readonly isFromSmall?: true;
};

export type RowFacts = {
  readonly row: InboxRow | undefined;
  readonly arrived: ArrivedRow;
  readonly items: readonly ArrivedItem[];
  /** Messages that are only pushed, and changes of such messages, whose pushes may wait. */
  readonly pushes: readonly ArrivedItem[];
  readonly hasReceipt: boolean;
  /** A device looks, so the conversation sends the row as well, at the pace that suits devices. */
  readonly isWatched: boolean;
  readonly me: UserId;
  readonly version: Version;
  readonly now: TimeMs;
};

export type RowDecision = {
  /** The row after it; the same object where nothing changed. */
  readonly row: InboxRow;
  /** Indexes of the items that the user has not received yet. */
  readonly fresh: readonly number[];
  /** The same of those that are only pushed. */
  readonly pushed: readonly number[];
  readonly mentioned: readonly Mentioned[];
  /** The row is made, or starts anew with a membership that it does not know. */
  readonly begins: boolean;
  /** Clients see the row change. */
  readonly isShown: boolean;
};

export function decideRow(facts: RowFacts): RowDecision {
  const { row, arrived, items, pushes, hasReceipt, me, version, now } = facts;
  const known = row !== undefined && row.epoch === arrived.epoch ? row : undefined;
  const begins = isBeginning(known, arrived);
  const isNewer = begins || known === undefined || (isLater(known, arrived) && !isForPushesAlone(known, facts));
  const base = known === undefined || begins ? newRow(row, arrived) : known;
  const state = isNewer ? stateOf(base, arrived, begins, now) : base;
  const { itemsRev, itemsSeq } = base.pulled ?? { itemsRev: base.rev, itemsSeq: base.headSeq };
  let received = { rev: itemsRev, seq: itemsSeq };
  const fresh: number[] = [];
  const mentioned: Mentioned[] = [];
  // Messages of a membership that is over are not shown any more.
  const isPast = known?.pulled != null && arrived.membership < known.pulled.membership;
  if (!state.hasLeft && !isPast)
    for (const [index, { rev, message }] of items.entries()) {
      if (rev <= received.rev) continue;
      received = { rev, seq: Math.max(received.seq, message?.seq ?? 0) };
      fresh.push(index);
      if (message !== null && message.senderId !== me && isMentioned(message.mentions, me))
        mentioned.push({ seq: message.seq, at: message.sentAt });
    }
  const pushedBefore = base.pulled?.pushedSeq ?? 0;
  const mayPush = !state.hasLeft && !isPast;
  const pushed = pushes.flatMap(({ kind, message }, index) => {
    if (!mayPush || message === null) return [];
    return (kind === "change" ? base.pushes !== null : message.seq > pushedBefore) ? [index] : [];
  });
  const pushedSeqs = pushed.flatMap((index) => {
    const item = pushes[index];
    return item?.kind === "message" ? [item.message.seq] : [];
  });
  const pushedSeq = Math.max(pushedBefore, ...pushedSeqs);
  const cleared = hasReceipt && state.isMarkedUnread ? { ...state, isMarkedUnread: false } : state;
  const isShown = begins || cleared !== base;
  const membership = isNewer ? arrived.membership : (base.pulled?.membership ?? arrived.membership);
  const isMoved =
    received.rev !== itemsRev || pushed.length > 0 || base.pulled === null || base.pulled.membership !== membership;
  if (!isShown && !isMoved) return { row: base, fresh, pushed, mentioned, begins, isShown };
  const moved = { membership, itemsRev: received.rev, itemsSeq: received.seq };
  const pulled = !isMoved ? base.pulled : pushedSeq === 0 ? moved : { ...moved, pushedSeq };
  return {
    row: { ...cleared, pulled, version: isShown ? version + 1 : base.version },
    fresh,
    pushed,
    mentioned,
    begins,
    isShown,
  };
}

/** Whether the state is of a membership that the row does not know. A row from before the group grew has no number of its membership: the revs show it. */
function isBeginning(row: InboxRow | undefined, { membership, joinedRev, hasLeft }: ArrivedRow): boolean {
  if (row === undefined) return true;
  if (hasLeft) return false;
  if (row.pulled === null) return row.hasLeft || joinedRev > row.rev;
  return membership > row.pulled.membership;
}

function isLater(row: InboxRow, arrived: ArrivedRow): boolean {
  const { membership, rev, read } = arrived;
  if (row.pulled === null) return rev >= row.rev;
  if (membership !== row.pulled.membership) return membership > row.pulled.membership;
  if (row.hasLeft || rev !== row.rev) return !row.hasLeft && rev > row.rev;
  // The row may have raised its watermark by itself, and guessed its numbers there. The state at the same place has them exactly.
  return read > row.read || (read === row.read && !areNumbersAt(row, arrived));
}

/** Whether the numbers of the row are those of a state at the same place. */
function areNumbersAt({ unsentUnread, mentionsUnread }: InboxRow, arrived: ArrivedRow): boolean {
  const told = numbersAt(arrived.read, arrived);
  return told.unsentUnread === unsentUnread && told.mentionsUnread === mentionsUnread;
}

/** Whether the delivery came for the sake of pushes, and devices that look have the state by another one: pushes make no frames. */
function isForPushesAlone(known: InboxRow, { arrived, items, pushes, hasReceipt, isWatched }: RowFacts): boolean {
  if (!isWatched || pushes.length === 0 || items.length > 0 || hasReceipt || arrived.hasLeft) return false;
  const isSameMember = arrived.membership === known.pulled?.membership && arrived.role === known.role;
  return isSameMember && arrived.requestBy === known.requestBy && arrived.read <= known.read;
}

/** A row at the start of a membership. What the user chose in an earlier one stays. */
function newRow(earlier: InboxRow | undefined, arrived: ArrivedRow): InboxRow {
  const { conversationId, epoch, kind, mode, title, avatarUrl = null, role, requestBy } = arrived;
  const received = earlier !== undefined && earlier.epoch === epoch ? earlier : undefined;
  return {
    conversationId,
    version: earlier?.version ?? 0,
    epoch,
    rev: 0,
    headSeq: arrived.joinedSeq,
    at: arrived.at,
    read: arrived.read,
    unsentUnread: 0,
    mentionsUnread: 0,
    last: null,
    kind,
    mode,
    title,
    avatarUrl,
    peer: null,
    role,
    hasLeft: false,
    requestBy,
    mutedUntil: earlier?.mutedUntil ?? null,
    notify: earlier?.notify ?? (arrived.isFromSmall === true ? "all" : "mentions"),
    isPinned: earlier?.isPinned ?? false,
    isArchived: earlier?.isArchived ?? false,
    isMarkedUnread: earlier?.isMarkedUnread ?? false,
    draft: earlier?.draft ?? "",
    pushes: null,
    kept: withNews(earlier?.kept) ?? null,
    pulled: {
      membership: arrived.membership,
      itemsRev: received?.pulled?.itemsRev ?? received?.rev ?? 0,
      itemsSeq: received?.pulled?.itemsSeq ?? received?.headSeq ?? 0,
    },
  };
}

/** The row with a later state. */
function stateOf(base: InboxRow, arrived: ArrivedRow, begins: boolean, now: TimeMs): InboxRow {
  const { rev, headSeq, kind, mode, title, avatarUrl = null, role, hasLeft, last } = arrived;
  const read = begins ? arrived.read : Math.max(arrived.read, Math.min(base.read, headSeq));
  const isNews = headSeq > base.headSeq && last !== null && !last.isUnsent;
  // A request can end and never begin.
  const requestBy = base.requestBy === null ? null : arrived.requestBy;
  return {
    ...base,
    rev,
    headSeq,
    at: begins ? arrived.at : Math.max(base.at, arrived.at),
    read,
    ...(hasLeft ? { unsentUnread: 0, mentionsUnread: 0 } : numbersAt(read, arrived)),
    // A former member does not receive a later unsend, so no content of a message may stay in the row.
    last: !hasLeft ? last && lastOf(last) : base.last && { ...base.last, preview: "", attachments: [] },
    kind,
    mode,
    title,
    avatarUrl,
    peer: null,
    role,
    hasLeft,
    requestBy,
    isArchived: base.isArchived && !(isNews && !isMuted(base, now)),
    isMarkedUnread: base.isMarkedUnread && read <= base.read,
    kept: (headSeq > base.headSeq ? withNews(base.kept) : withoutLast(base.kept)) ?? null,
  };
}

/**
 * The numbers of a state at the row's own watermark. It is above that of the state only if the conversation lost a watermark in a crash. Then the messages
 * between the two are taken as counted.
 */
function numbersAt(
  read: Seq,
  { headSeq, read: told, unread, mentionsUnread }: ArrivedRow,
): Pick<InboxRow, "unsentUnread" | "mentionsUnread"> {
  const left = Math.max(0, unread - (read - told));
  return { unsentUnread: headSeq - read - left, mentionsUnread: Math.min(mentionsUnread, left) };
}
