/**
 * Owns when a group is busy, and what is summed up then: after the first few messages within a minute the next ones are gathered, until no message came for
 * a minute. The first summary is due soon after, the next ones at most once a minute.
 */
import type { Seq, TimeMs, UserId } from "../../schema/ids.ts";
import { pushes as bounds } from "../../schema/push-limits.ts";
import type { AttachmentLabel } from "../../schema/wire/attachment.ts";

/** The message that a push is about. `preview` null: its content is not known here any more, only its number. `attachments`: absent where it has none. */
export type PushedMessage = {
  readonly seq: Seq;
  readonly senderId: UserId;
  readonly sentAt: TimeMs;
  readonly preview: string | null;
  readonly attachments?: readonly AttachmentLabel[];
};

/** The same without its content. */
export function bare<P extends PushedMessage>(push: P): Omit<P, "attachments"> & { preview: null } {
  const { attachments: _, ...rest } = push;
  return { ...rest, preview: null };
}

/** Messages that count together: those whose places are known, and how many before them, up to which place. */
export type Counted = { readonly earlier: number; readonly earlierUpTo: Seq; readonly seqs: readonly Seq[] };

/** Messages that wait to be summed up. `newest`: the newest of them. */
export type Gathering = Counted & { readonly dueAt: TimeMs; readonly newest: PushedMessage };

/**
 * `since`: when the minute of the single pushes began. `lastAt`: when the last message came. `singles`: pushes in that minute. `summedAt`: when the last
 * summary became due. `summed`: unread messages of summaries.
 */
export type Busy = {
  readonly since: TimeMs;
  readonly lastAt: TimeMs;
  readonly singles: number;
  readonly summedAt: TimeMs;
  readonly summed: Omit<Counted, "seqs">;
  readonly gathering: Gathering | null;
};

const calm = { summedAt: 0, summed: { earlier: 0, earlierUpTo: 0 }, gathering: null };

/** After a message that is pushed by itself only if the group is not busy. */
export function busyWith(busy: Busy | null, message: PushedMessage, now: TimeMs): { isGathered: boolean; busy: Busy } {
  const isCalm = busy === null || now - busy.lastAt >= bounds.busyMs;
  if (isCalm || (busy.singles < bounds.singlesMax && busy.gathering === null)) {
    const isNewMinute = isCalm || now - busy.since >= bounds.busyMs;
    const minute = isNewMinute ? { since: now, singles: 1 } : { since: busy.since, singles: busy.singles + 1 };
    return { isGathered: false, busy: { ...calm, ...busy, lastAt: now, ...minute } };
  }
  return { isGathered: true, busy: { ...busy, lastAt: now, gathering: gathered(busy, message, now) } };
}

function gathered(
  { gathering, summedAt }: Busy,
  { seq, senderId, sentAt, preview, attachments }: PushedMessage,
  now: TimeMs,
): Gathering {
  const newest = { seq, senderId, sentAt, preview, ...(attachments === undefined ? {} : { attachments }) };
  const before = gathering ?? {
    earlier: 0,
    earlierUpTo: 0,
    seqs: [],
    dueAt: Math.max(now + bounds.gatherMs, summedAt + bounds.busyMs),
    newest,
  };
  const seqs = [...before.seqs, seq].sort((a, b) => a - b);
  const over = seqs.length > bounds.summedMax ? seqs.shift() : undefined;
  return {
    ...before,
    ...(over === undefined ? {} : { earlier: before.earlier + 1, earlierUpTo: Math.max(before.earlierUpTo, over) }),
    seqs,
    newest: seq >= before.newest.seq ? newest : before.newest,
  };
}

/** After a message changed. `message`: its present state; null if it was unsent, or is no longer to be pushed. */
export function busyAfter(busy: Busy | null, seq: Seq, message: PushedMessage | null): Busy | null {
  const gathering = busy?.gathering;
  if (busy === null || gathering?.seqs.includes(seq) !== true) return busy;
  if (message === null) return { ...busy, gathering: fewer(gathering, seq) };
  const isShown = gathering.newest.seq === seq && gathering.newest.preview !== message.preview;
  return isShown
    ? { ...busy, gathering: { ...gathering, newest: { ...gathering.newest, preview: message.preview } } }
    : busy;
}

/**
 * After the user has read up to here. `stays`: whether the newest gathered message may still be pushed. Who wrote the ones before it is not known, so all go
 * with it.
 */
export function busyKept(busy: Busy | null, read: Seq, stays: (newest: PushedMessage) => boolean): Busy | null {
  if (busy === null) return null;
  const { summed } = busy;
  let { gathering } = busy;
  if (gathering !== null && (gathering.newest.seq <= read || !stays(gathering.newest))) gathering = null;
  if (gathering !== null) {
    const counted = keptCounted(gathering, read);
    if (counted !== gathering) gathering = { ...gathering, ...counted };
  }
  const { earlier, earlierUpTo } = keptCounted({ ...summed, seqs: [] }, read);
  const isSame = gathering === busy.gathering && earlier === summed.earlier;
  return isSame ? busy : { ...busy, gathering, summed: { earlier, earlierUpTo } };
}

/** Without one message; null if none is left. The text of the one before it is not known. */
function fewer(gathering: Gathering, seq: Seq): Gathering | null {
  const counted = { ...gathering, seqs: gathering.seqs.filter((other) => other !== seq) };
  if (countOf(counted) === 0) return null;
  if (seq !== gathering.newest.seq) return counted;
  const last = counted.seqs.at(-1) ?? counted.earlierUpTo;
  return { ...counted, newest: { ...bare(gathering.newest), seq: last } };
}

export function countOf({ earlier, seqs }: Counted): number {
  return earlier + seqs.length;
}

/** The unread ones. Of those whose places are not known there are no more than places. */
export function keptCounted(counted: Counted, read: Seq): Counted {
  const earlier = Math.max(0, Math.min(counted.earlier, counted.earlierUpTo - read));
  const seqs = counted.seqs.filter((seq) => seq > read);
  const isSame = earlier === counted.earlier && seqs.length === counted.seqs.length;
  return isSame ? counted : { earlier, earlierUpTo: counted.earlierUpTo, seqs };
}
