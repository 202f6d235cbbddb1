/**
 * Decides which messages of a delivery are to be pushed to its reader, from the row before and after it and what is known of the reader at that moment. What the
 * decision answers is stored with the row. Whatever keeps a message from being pushed now keeps it for ever.
 */
import { isMentioned, type Seq, type TimeMs, type UserId } from "../../schema/ids.ts";
import { pushes as bounds } from "../../schema/push-limits.ts";
import type { ArrivedItem, ArrivedMessage } from "./inbox.ts";
import { type InboxRow, isMuted } from "./inbox-row.ts";
import {
  added,
  calmed,
  changed,
  kept,
  type NewPush,
  type Pushes,
  sealed,
  type Stays,
  withLate,
} from "../push/pushes.ts";

/** What is known of the reader. It is asked only where a message is to be pushed but for these. */
export type Reader = {
  /** Whether the user wants pushes, is not in quiet hours, and has no device that attends. */
  readonly isReachable: () => boolean;
  readonly isBlocked: (userId: UserId) => boolean;
};

/** `before`: undefined where the row begins with this delivery. `begins`: a membership begins, so that `after` knows where. */
export type NotifyFacts = {
  readonly before: InboxRow | undefined;
  readonly after: InboxRow;
  readonly begins: boolean;
  readonly items: readonly ArrivedItem[];
  /** Messages of a large group that came to be pushed alone, and are new; and changes of such messages. */
  readonly pushed?: readonly ArrivedItem[];
  readonly me: UserId;
  readonly reader: Reader;
  readonly now: TimeMs;
};

/** The pushes of the row after a delivery. */
export function decideNotify({
  before,
  after,
  begins,
  items,
  pushed = [],
  me,
  reader,
  now,
}: NotifyFacts): Pushes | null {
  const base = begins ? undefined : before;
  // The row of a large group may be ahead of the messages that the user receives one by one. What came to be pushed alone is not new when a change brings it.
  const known =
    base?.pulled == null
      ? { rev: base?.rev ?? 0, seq: base?.headSeq ?? 0 }
      : { rev: base.pulled.itemsRev, seq: Math.max(base.pulled.itemsSeq, base.pulled.pushedSeq ?? 0) };
  let pushes = base?.pushes ?? null;
  const alone = new Set(pushed);
  const fresh = [...items.filter(({ rev }) => base === undefined || rev > known.rev), ...pushed];
  const arrived = (alone.size === 0 ? fresh : fresh.sort((a, b) => a.rev - b.rev)).flatMap((item) =>
    item.message === null ? [] : [{ message: item.message, kind: item.kind, isAlone: alone.has(item) }],
  );
  for (const { message, kind, isAlone } of arrived) {
    const push = pushOf(after, message, me, now);
    const isLate = base?.pushes?.late?.includes(message.seq) === true;
    const isNew = isAlone ? kind === "message" : base === undefined || message.seq > known.seq || isLate;
    if (!isNew || knows(pushes, message)) pushes = changed(pushes, message.seq, push);
    else if (push !== null && reader.isReachable() && !reader.isBlocked(message.senderId))
      pushes = added(sealed(pushes, now), push, after.kind === "dm" || push.isMention, now);
  }
  return calmed(
    stillDue(
      after,
      withLate(
        pushes,
        stillLate(
          base,
          after,
          arrived.map(({ message }) => message),
        ),
      ),
      now,
    ),
    now,
  );
}

/**
 * Unread messages that the row lacks below the newest one that it has had. A conversation brings messages in order of their last changes, so one that was changed
 * before the inbox had it comes behind later ones, perhaps in another delivery. A large group does not bring every message.
 */
function stillLate(base: InboxRow | undefined, after: InboxRow, come: readonly ArrivedMessage[]): readonly Seq[] {
  const before = base?.pushes?.late ?? [];
  if (come.length === 0 || after.mode === "large") return before;
  const had = new Set(come.map(({ seq }) => seq));
  const known = Math.max(base?.headSeq ?? 0, after.read);
  const late: Seq[] = [];
  for (let seq = Math.max(...had) - 1; seq > known && late.length < bounds.waitingMax; seq--)
    if (!had.has(seq)) late.unshift(seq);
  return [...before.filter((seq) => !had.has(seq)), ...late];
}

/** A message that is new in a delivery may come twice in it: as it was sent, and as it was changed. */
function knows(pushes: Pushes | null, { seq }: ArrivedMessage): boolean {
  if (pushes === null) return false;
  const isDue = pushes.due.some((one) => one.seq === seq || one.sums?.seqs.includes(seq) === true);
  return isDue || pushes.busy?.gathering?.seqs.includes(seq) === true;
}

/** What would be pushed of a message as it stands; null if nothing. */
function pushOf(row: InboxRow, message: ArrivedMessage, me: UserId, now: TimeMs): NewPush | null {
  const { seq, senderId, sentAt, preview, isUnsent, mentions, answers, attachments } = message;
  const isMention = isMentioned(mentions, me) || answers === me;
  const isWanted = senderId !== me && !isUnsent && seq > row.read && mayPush(row, isMention, now);
  if (!isWanted) return null;
  return { seq, senderId, sentAt, preview, isMention, ...(attachments === undefined ? {} : { attachments }) };
}

/** Whether the user lets this conversation push. A muted one does not, mentions neither, and a request never does. */
export function mayPush(row: InboxRow, isMention: boolean, now: TimeMs): boolean {
  if (row.hasLeft || row.requestBy !== null || isMuted(row, now)) return false;
  return row.notify === "all" || (row.notify === "mentions" && isMention);
}

/** What of the pushes of a row may still be sent, as far as the row says. `stays`: and as far as the reader says. */
export function stillDue(row: InboxRow, pushes: Pushes | null, now: TimeMs, stays: Stays = always): Pushes | null {
  if (pushes === null || row.hasLeft || row.requestBy !== null || isMuted(row, now) || row.notify === "none")
    return null;
  const young = kept(pushes, row.read, (push) => now - push.since < bounds.waitMsMax && stays(push));
  if (row.notify === "all" || young === null) return young;
  const mentions = young.due.filter(({ isMention }) => isMention);
  if (mentions.length === 0 && young.late === undefined) return null;
  return mentions.length === young.due.length && young.busy === null ? young : { ...young, due: mentions, busy: null };
}

const always: Stays = () => true;
