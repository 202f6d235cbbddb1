/**
 * Owns what a delivery from a conversation does to a row of the inbox: which of it is new, the numbers after each item,
 * and what is shown of it. Repeats, overlaps and late arrivals change nothing; a gap is answered by asking for what lacks.
 */
import type { ConversationId, Epoch, Rev, Seq, TimeMs, UserId, Version } from "../schema/ids.ts";
import type { ConversationKind, ConversationMode } from "../schema/wire/conversation.ts";
import type { Role } from "../schema/wire/message.ts";
import type { User } from "../schema/wire/user.ts";
import { type InboxRow, isMuted, unreadOf } from "./inbox-row.ts";

/** A message as far as the inbox is concerned. */
export type ArrivedMessage = {
  readonly seq: Seq;
  readonly senderId: UserId;
  readonly sentAt: TimeMs;
  readonly preview: string;
  readonly isUnsent: boolean;
  readonly mentions: readonly UserId[];
};

/** A `change` with a message that the row does not know stands for one that was sent and changed in a gap. */
export type ArrivedItem =
  | { readonly rev: Rev; readonly kind: "message"; readonly message: ArrivedMessage }
  | { readonly rev: Rev; readonly kind: "change"; readonly message: ArrivedMessage | null };

export type ArrivedFacts = {
  readonly kind: ConversationKind;
  readonly mode: ConversationMode;
  readonly title: string | null;
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
  /** While it is a request: who brought the user in. */
  readonly requestBy?: UserId;
};

/** Others' messages after the read watermark that do not count as the rest do; kept apart, for they are few. */
export type Exceptions = { readonly unsent: ReadonlySet<Seq>; readonly mentions: ReadonlySet<Seq> };
export const noExceptions: Exceptions = { unsent: new Set(), mentions: new Set() };

/** What the user's sockets are told, each under a version of its own: a row as it then is, or an item with the numbers after it. */
export type Step =
  | { readonly show: "row"; readonly row: InboxRow }
  | {
      readonly show: "item";
      readonly index: number;
      readonly version: Version;
      readonly unread: number;
      readonly mentionsUnread: number;
    };

export type DeliveryDecision =
  /** Nothing is applied; `rev` is what the row has, from which the conversation may send on. */
  | { readonly do: "nothing"; readonly rev: Rev }
  /** `begins`: the row is made, or starts anew after the user had left. */
  | {
      readonly do: "apply";
      readonly row: InboxRow;
      readonly exceptions: Exceptions;
      readonly steps: readonly Step[];
      readonly begins: boolean;
    };

/** `exceptions` are those of `row`; `version` is the user's present one. */
export type DeliveryFacts = {
  readonly row: InboxRow | undefined;
  readonly exceptions: Exceptions;
  readonly arrival: Arrival;
  readonly me: UserId;
  readonly version: Version;
  readonly now: TimeMs;
};

export function decideDelivery(facts: DeliveryFacts): DeliveryDecision {
  const { row, arrival } = facts;
  const mayContinue = row !== undefined && !row.hasLeft && row.epoch === arrival.epoch;
  if (mayContinue)
    return arrival.sinceRev > row.rev ? { do: "nothing", rev: row.rev } : fold(facts, row, facts.exceptions, false);
  const known = row === undefined || row.epoch !== arrival.epoch ? 0 : row.rev;
  const joined = arrival.facts;
  // A membership that came and went unseen leaves nothing to show.
  if (row === undefined && joined?.hasLeft === true) return { do: "nothing", rev: arrival.rev };
  const begins = joined !== null && !joined.hasLeft && joined.joinedRev > known && arrival.sinceRev < joined.joinedRev;
  return begins ? fold(facts, newRow(row, arrival, joined), noExceptions, true) : { do: "nothing", rev: known };
}

/** A row at the start of a membership. What the user made of an earlier one (mute, pin, draft …) stays. */
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
    last: null,
    kind: joined.kind,
    mode: joined.mode,
    title: joined.title,
    peer: joined.peer,
    role: joined.role,
    hasLeft: false,
    requestBy: arrival.requestBy ?? null,
    mutedUntil: earlier?.mutedUntil ?? null,
    isPinned: earlier?.isPinned ?? false,
    isArchived: earlier?.isArchived ?? false,
    isMarkedUnread: earlier?.isMarkedUnread ?? false,
    draft: earlier?.draft ?? "",
  };
}

/** The row while a delivery is folded into it. */
type Draft = { -readonly [K in keyof InboxRow]: InboxRow[K] };

function fold(
  { arrival, me, version, now }: DeliveryFacts,
  base: InboxRow,
  before: Exceptions,
  begins: boolean,
): DeliveryDecision {
  const row: Draft = { ...base };
  const exceptions = new ExceptionsDraft(before, base.read);
  const steps: Step[] = [];
  // What somebody who folds message frames by themselves knows by now; where the row is ahead of it, the row follows.
  const shown = { read: base.read, at: base.at, hasChange: begins && arrival.items.length === 0 };
  if (begins && arrival.items.length > 0) steps.push({ show: "row", row: { ...base, version: version + 1 } });

  for (const [index, item] of arrival.items.entries()) {
    if (item.rev <= base.rev) continue;
    const { message } = item;
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
      }
      if (item.kind === "message") {
        shown.at = Math.max(shown.at, message.sentAt);
        if (isOwn) shown.read = Math.max(shown.read, message.seq);
      }
      if (row.last === null || message.seq >= row.last.seq) {
        const { seq, senderId, preview, sentAt, isUnsent } = message;
        row.last = { seq, senderId, preview, sentAt, unsent: isUnsent };
      }
      if (!isOwn) exceptions.note(message, me);
    }
    if (item.kind === "change") shown.hasChange = true;
    row.read = Math.max(row.read, Math.min(arrival.read, row.headSeq));
    exceptions.settle(row);
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
  row.rev = Math.max(row.rev, arrival.rev);
  row.headSeq = Math.max(row.headSeq, arrival.headSeq);
  row.at = Math.max(row.at, arrival.at);
  row.read = Math.max(row.read, Math.min(arrival.read, row.headSeq));
  if (arrival.hasReceipt === true || row.read > base.read) row.isMarkedUnread = false;
  // A request only ends, and what an earlier rev says of it may be of an earlier membership.
  if (arrival.requestBy === undefined && arrival.rev >= base.rev) row.requestBy = null;
  // Facts of an earlier rev are older than the row's.
  if (arrival.facts !== null && arrival.rev >= base.rev) {
    const { kind, mode, title, peer, role, hasLeft } = arrival.facts;
    Object.assign(row, { kind, mode, title, peer, role, hasLeft });
  }
  if (row.hasLeft) exceptions.clear();
  exceptions.settle(row);

  const isShown =
    !shown.hasChange &&
    row.rev === itemRev &&
    row.read === shown.read &&
    row.at === shown.at &&
    row.isArchived === base.isArchived &&
    row.isMarkedUnread === base.isMarkedUnread &&
    sameFacts(row, base) &&
    (lastItem?.show === "item"
      ? lastItem.unread === unreadOf(row) && lastItem.mentionsUnread === row.mentionsUnread
      : row.headSeq === base.headSeq);
  row.version = isShown && steps.length === 0 ? base.version : version + steps.length + (isShown ? 0 : 1);
  if (!isShown) steps.push({ show: "row", row });
  return { do: "apply", row: steps.length === 0 ? base : row, exceptions: exceptions.result(), steps, begins };
}

function sameFacts(a: InboxRow, b: InboxRow): boolean {
  return (
    a.title === b.title &&
    a.role === b.role &&
    a.hasLeft === b.hasLeft &&
    a.requestBy === b.requestBy &&
    a.kind === b.kind &&
    a.mode === b.mode &&
    (a.peer === b.peer || JSON.stringify(a.peer) === JSON.stringify(b.peer))
  );
}

/** Exceptions while they change; copied only if they do, for mostly there are none. */
class ExceptionsDraft {
  readonly #before: Exceptions;
  #unsent: Set<Seq> | undefined;
  #mentions: Set<Seq> | undefined;
  #settledRead: Seq;

  constructor(before: Exceptions, read: Seq) {
    this.#before = before;
    this.#settledRead = read;
  }

  note(message: ArrivedMessage, me: UserId): void {
    const { unsent, mentions } = this.result();
    const { seq } = message;
    if (seq <= this.#settledRead) return;
    if (message.isUnsent && !unsent.has(seq)) (this.#unsent ??= new Set(unsent)).add(seq);
    const isMention = !message.isUnsent && message.mentions.includes(me);
    if (isMention && !mentions.has(seq)) (this.#mentions ??= new Set(mentions)).add(seq);
    if (!isMention && mentions.has(seq)) (this.#mentions ??= new Set(mentions)).delete(seq);
  }

  /** Drops what has been read, and writes the counts into the row. */
  settle(row: Draft): void {
    if (row.read > this.#settledRead) {
      const { unsent, mentions } = this.result();
      this.#settledRead = row.read;
      for (const seq of unsent) if (seq <= row.read) (this.#unsent ??= new Set(unsent)).delete(seq);
      for (const seq of mentions) if (seq <= row.read) (this.#mentions ??= new Set(mentions)).delete(seq);
    }
    const { unsent, mentions } = this.result();
    row.unsentUnread = unsent.size;
    row.mentionsUnread = mentions.size;
  }

  clear(): void {
    this.#unsent = new Set();
    this.#mentions = new Set();
  }

  /** The same object as before where nothing changed. */
  result(): Exceptions {
    if (this.#unsent === undefined && this.#mentions === undefined) return this.#before;
    return { unsent: this.#unsent ?? this.#before.unsent, mentions: this.#mentions ?? this.#before.mentions };
  }
}
