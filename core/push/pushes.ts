/**
 * Owns the pushes of one conversation that are due to its reader: which wait, which messages a busy group sums up, and how reading, unsending, editing and the
 * reports of what was sent change them. They are stored in the reader's row of the inbox. All functions answer the same object where nothing changes.
 */
import type { DeviceId, Seq, TimeMs, UserId } from "../../schema/ids.ts";
import { pushes as bounds } from "../../schema/push-limits.ts";
import {
  bare,
  type Busy,
  busyAfter,
  busyKept,
  busyWith,
  type Counted,
  countOf,
  keptCounted,
  type PushedMessage,
} from "./busy.ts";

/**
 * A push that waits to be sent. `since`: when it became due. `doneFor`: the devices that do not need it any more. `sums`: the messages of a summary.
 */
export type WaitingPush = PushedMessage & {
  readonly since: TimeMs;
  readonly isMention: boolean;
  readonly doneFor: readonly DeviceId[];
  readonly sums?: Counted;
};

/**
 * `late`: unread messages that the row has not had yet, though it has had later ones. They were changed meanwhile, and so come as changes. Null stands for
 * none of these.
 */
export type Pushes = {
  readonly due: readonly WaitingPush[];
  readonly busy: Busy | null;
  readonly late?: readonly Seq[];
};

export type NewPush = PushedMessage & { readonly preview: string; readonly isMention: boolean };

/** Whether a push may still be sent, for all that is not known of the row. */
export type Stays = (push: {
  readonly senderId: UserId;
  readonly since: TimeMs;
  readonly doneFor: readonly DeviceId[];
}) => boolean;

/** Adds a message. `isAlone`: it is pushed by itself however much is written. */
export function added(pushes: Pushes | null, push: NewPush, isAlone: boolean, now: TimeMs): Pushes {
  const due = pushes?.due ?? [];
  const busy = pushes?.busy ?? null;
  const after = isAlone ? { isGathered: false, busy } : busyWith(busy, push, now);
  if (after.isGathered) return { ...pushes, due, busy: after.busy };
  return { ...pushes, due: bounded([...due, { ...push, since: now, doneFor: [] }]), busy: after.busy };
}

/** The oldest make room, and lose their texts before. */
export function bounded(due: readonly WaitingPush[]): readonly WaitingPush[] {
  let room = bounds.waitingCharactersMax;
  return due
    .slice(-bounds.waitingMax)
    .toReversed()
    .map((one) => {
      for (const { name } of one.attachments ?? []) room -= name.length;
      room -= one.preview?.length ?? 0;
      return room >= 0 || one.preview === null ? one : bare(one);
    })
    .toReversed();
}

/** The messages that the row still lacks; the oldest make room. */
export function withLate(pushes: Pushes | null, late: readonly Seq[]): Pushes | null {
  const before = pushes?.late ?? [];
  if (late.length === before.length && late.every((seq, at) => seq === before[at])) return pushes;
  const { due, busy } = pushes ?? { due: [], busy: null };
  return tidy({ due, busy, ...(late.length === 0 ? {} : { late: late.slice(-bounds.waitingMax) }) }, due, busy);
}

/** After a message changed. `push`: its present state; null if it was unsent, or is no longer to be pushed. */
export function changed(pushes: Pushes | null, seq: Seq, push: NewPush | null): Pushes | null {
  if (pushes === null) return null;
  const due = pushes.due.flatMap((one) => {
    if (one.sums === undefined) {
      if (one.seq !== seq) return [one];
      return push === null ? [] : [{ ...one, preview: push.preview, isMention: push.isMention }];
    }
    return push === null ? (without(one, seq) ?? []) : [one];
  });
  return tidy(pushes, due, busyAfter(pushes.busy, seq, push));
}

/** A summary without one of its messages; null if none is left. */
function without(one: WaitingPush, seq: Seq): WaitingPush | null {
  if (one.sums?.seqs.includes(seq) !== true) return one;
  const sums = { ...one.sums, seqs: one.sums.seqs.filter((other) => other !== seq) };
  return countOf(sums) === 0 ? null : { ...one, seq: sums.seqs.at(-1) ?? sums.earlierUpTo, sums };
}

/** What stays after the user has read up to here. */
export function kept(before: Pushes | null, read: Seq, stays: Stays): Pushes | null {
  const pushes = withLate(before, before?.late?.filter((seq) => seq > read) ?? []);
  if (pushes === null) return null;
  const due = pushes.due.flatMap((one) => {
    if (one.seq <= read || !stays(one)) return [];
    if (one.sums === undefined) return [one];
    const sums = keptCounted(one.sums, read);
    return sums === one.sums ? [one] : [{ ...one, sums }];
  });
  return tidy(
    pushes,
    due,
    busyKept(pushes.busy, read, ({ senderId }) => stays({ senderId, since: Infinity, doneFor: [] })),
  );
}

/** Messages that were gathered long enough become a summary, which counts earlier ones that are still unread, too. One alone is pushed as itself. */
export function sealed(pushes: Pushes | null, now: TimeMs): Pushes | null {
  const gathering = pushes?.busy?.gathering;
  if (pushes?.busy == null || gathering == null || gathering.dueAt > now) return pushes;
  const { busy } = pushes;
  const sums: Counted = {
    earlier: busy.summed.earlier + gathering.earlier,
    earlierUpTo: Math.max(busy.summed.earlierUpTo, gathering.earlierUpTo),
    seqs: gathering.seqs,
  };
  const { newest } = gathering;
  const isOne = countOf(sums) === 1 && newest.preview !== null;
  // A summary shows no text, so none waits with it: nothing would take it away when its message is unsent.
  const told = isOne ? newest : { ...bare(newest), sums };
  const summary: WaitingPush = { ...told, since: now, isMention: false, doneFor: [] };
  // A summary that was not sent yet is part of this one.
  const due = pushes.due.filter((one) => one.sums === undefined);
  const summed = { earlier: countOf(sums), earlierUpTo: newest.seq };
  return { ...pushes, due: bounded([...due, summary]), busy: { ...busy, gathering: null, summedAt: now, summed } };
}

/** A device has a push, or will not get it. `left`: the devices that still subscribe; a push that none of them needs is over. */
export function done(pushes: Pushes | null, seq: Seq, device: DeviceId, left: ReadonlySet<DeviceId>): Pushes | null {
  if (pushes === null) return null;
  const due = pushes.due.flatMap((one) => {
    if (one.seq !== seq || one.doneFor.includes(device)) return [one];
    const doneFor = [...one.doneFor, device];
    return [...left].every((other) => doneFor.includes(other)) ? [] : [{ ...one, doneFor }];
  });
  return tidy(pushes, due, pushes.busy);
}

/** What is stored of it: nothing where nothing waits, the group is calm, and no summary is unread. */
export function calmed(pushes: Pushes | null, now: TimeMs): Pushes | null {
  const busy = pushes?.busy;
  if (pushes === null || busy == null) return pushes;
  const isOver = busy.gathering === null && busy.summed.earlier === 0 && now - busy.lastAt >= bounds.busyMs;
  return isOver ? tidy(pushes, pushes.due, null) : pushes;
}

/** Whether something waits to be pushed, now or when it is gathered. */
export function isWaiting(pushes: Pushes | null): boolean {
  return pushes !== null && (pushes.due.length > 0 || (pushes.busy?.gathering ?? null) !== null);
}

function tidy(before: Pushes, after: readonly WaitingPush[], busy: Busy | null): Pushes | null {
  const isSame = after.length === before.due.length && after.every((one, at) => one === before.due[at]);
  if (after.length === 0 && busy === null && before.late === undefined) return null;
  return isSame && busy === before.busy ? before : { ...before, due: isSame ? before.due : after, busy };
}
