/** Owns what a member is shown of the conversation and of the others: views, with watermarks hidden where settings or blocks say so. */
import type { Seq } from "../../../schema/ids.ts";
import { limits } from "../../../schema/limits.ts";
import type { Conversation, Member } from "../../../schema/wire/conversation.ts";
import { faceOf } from "../fan-out/items.ts";
import { isBlockedBetween, type MemberRow, type State } from "../store.ts";

/** The watermarks of `subject` as `viewer` may see them: `read` is 0 if either hides theirs, both are 0 across a block and while the membership is a request. */
export function shownWatermarks(viewer: MemberRow, subject: MemberRow): { delivered: Seq; read: Seq } {
  const { delivered, read } = subject;
  if (viewer.userId === subject.userId) return { delivered, read };
  if (subject.requestBy !== null || isBlockedBetween(viewer, subject)) return { delivered: 0, read: 0 };
  return { delivered, read: viewer.person.showsRead && subject.person.showsRead ? read : 0 };
}

/** Whether `viewer` may see that `subject` is typing. */
export function mayShowTyping(viewer: MemberRow, subject: MemberRow): boolean {
  return (
    viewer.userId !== subject.userId &&
    subject.requestBy === null &&
    viewer.person.showsTyping &&
    subject.person.showsTyping &&
    !isBlockedBetween(viewer, subject)
  );
}

export function memberView(viewer: MemberRow, subject: MemberRow): Member {
  return {
    user: subject.person.user,
    role: subject.role,
    joinedAt: subject.joinedAt,
    ...shownWatermarks(viewer, subject),
  };
}

/** A page of the members, oldest first. The cursor names a member, not a count, so that nobody is skipped when somebody leaves meanwhile. */
export function membersPage(
  present: readonly MemberRow[],
  cursor: string | undefined,
  limit: number,
): { members: MemberRow[]; cursor: string | null } | undefined {
  const place = cursor === undefined ? undefined : /^([0-9]{1,15})~(.+)$/.exec(cursor);
  if (place === null) return undefined;
  const [rev, userId] = place === undefined ? [-1, ""] : [Number(place[1]), place[2] ?? ""];
  const rest = present.filter((other) => other.joinedRev > rev || (other.joinedRev === rev && other.userId > userId));
  const members = rest.slice(0, limit);
  const last = members.at(-1);
  return {
    members,
    cursor: last === undefined || rest.length === members.length ? null : `${last.joinedRev}~${last.userId}`,
  };
}

/** The conversation as a member sees it. `present` = the present members, oldest first. */
export function conversationView(state: State, present: readonly MemberRow[], viewer: MemberRow): Conversation {
  const { kind } = state.facts;
  const peer =
    kind === "dm" ? (present.find((member) => member.userId !== viewer.userId) ?? viewer).person.user : undefined;
  return {
    ...faceOf(state),
    ...(peer === undefined ? {} : { peer }),
    members: present.slice(0, limits.smallGroupMembersMax).map((member) => memberView(viewer, member)),
    me: { role: viewer.role, read: viewer.read, delivered: viewer.delivered, joinedSeq: viewer.joinedSeq },
  };
}
