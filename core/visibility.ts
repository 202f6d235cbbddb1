/** Owns what a member may see: which messages and changes of the conversation, and what of another member. Every door asks here. */
import type { Rev, Seq, UserId } from "../schema/ids.ts";
import type { Policy } from "../schema/wire/message.ts";

/** The facts of a member that decide what the member sees, and what others see of the member. */
export type Seer = {
  userId: UserId;
  delivered: Seq;
  read: Seq;
  /** The stranger who brought them in, as long as they have not accepted that. */
  requestBy: UserId | null;
  person: { showsRead: boolean; showsTyping: boolean; blocks: readonly UserId[] };
};

/** The seq after which a member may see messages: 0, or where they joined if the policy says so. */
export function visibleAfter(policy: Policy, joinedSeq: Seq): Seq {
  return policy.history === "joined" ? joinedSeq : 0;
}

/** A member sees nothing at or before these: 0, unless the policy hides what was before they joined. */
export function visibleFrom(
  { facts: { policy } }: { facts: { policy: Policy } },
  { joinedSeq, joinedRev }: { joinedSeq: Seq; joinedRev: Rev },
): { after: Seq; afterRev: Rev } {
  return {
    after: visibleAfter(policy, joinedSeq),
    afterRev: policy.history === "joined" ? joinedRev - 1 : 0,
  };
}

/** Whether a change is shown to somebody who sees messages after `after`: a change of the conversation itself always is. */
export function isVisible({ message }: { message: { seq: Seq } | null }, after: Seq): boolean {
  return message === null || message.seq > after;
}

/** Whether either has blocked the other. */
export function isBlockedBetween(a: Seer, b: Seer): boolean {
  return a.userId !== b.userId && (a.person.blocks.includes(b.userId) || b.person.blocks.includes(a.userId));
}

/** The watermarks of `subject` as `viewer` may see them: `read` is 0 if either hides theirs, both are 0 across a block and while the membership is a request. */
export function shownWatermarks(viewer: Seer, subject: Seer): { delivered: Seq; read: Seq } {
  const { delivered, read } = subject;
  if (viewer.userId === subject.userId) return { delivered, read };
  if (subject.requestBy !== null || isBlockedBetween(viewer, subject)) return { delivered: 0, read: 0 };
  return { delivered, read: viewer.person.showsRead && subject.person.showsRead ? read : 0 };
}

/** Whether `viewer` may see that `subject` is typing. */
export function mayShowTyping(viewer: Seer, subject: Seer): boolean {
  return (
    viewer.userId !== subject.userId &&
    subject.requestBy === null &&
    viewer.person.showsTyping &&
    subject.person.showsTyping &&
    !isBlockedBetween(viewer, subject)
  );
}
