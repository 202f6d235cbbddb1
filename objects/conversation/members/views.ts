/** Owns what a member is shown of the conversation and of the others: views, with watermarks hidden where settings or blocks say so. */
import { shownWatermarks } from "../../../core/visibility.ts";
import { done, type Outcome } from "../../../schema/errors.ts";
import { limits } from "../../../schema/limits.ts";
import type { Conversation, Member } from "../../../schema/wire/conversation.ts";
import { badCursor, listPage, numberedPlaceOf } from "../../shared/list-pages.ts";
import { sharedDetailsOf } from "../fan-out/items.ts";
import type { MemberRow, State } from "../store.ts";

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
  viewer: MemberRow,
  cursor: string | undefined,
  limit: number,
): Outcome<{ members: Member[]; cursor: string | null }> {
  const after = numberedPlaceOf(cursor, { by: -1, id: "" });
  if (after === null) return badCursor;
  const rest = present.filter(
    ({ joinedRev, userId }) => joinedRev > after.by || (joinedRev === after.by && userId > after.id),
  );
  const page = listPage(rest, limit, ({ joinedRev, userId }) => ({ by: joinedRev, id: userId }));
  return done({ members: page.rows.map((member) => memberView(viewer, member)), cursor: page.cursor });
}

/** The conversation as a member sees it. `present` = the present members, oldest first. */
export function conversationView(state: State, present: readonly MemberRow[], viewer: MemberRow): Conversation {
  const { kind } = state.facts;
  const peer =
    kind === "dm" ? (present.find((member) => member.userId !== viewer.userId) ?? viewer).person.user : undefined;
  return {
    ...sharedDetailsOf(state),
    ...(peer === undefined ? {} : { peer }),
    members: present.slice(0, limits.smallGroupMembersMax).map((member) => memberView(viewer, member)),
    me: { role: viewer.role, read: viewer.read, delivered: viewer.delivered, joinedSeq: viewer.joinedSeq },
  };
}
