/** Owns what a member is shown of the conversation and of the others: views, with watermarks hidden where settings or blocks say so. */
import { z } from "zod";
import { isFoundBy, queryWords } from "../../../core/text/name-words.ts";
import { shownWatermarks } from "../../../core/visibility.ts";
import { done, type Outcome } from "../../../schema/errors.ts";
import { limits } from "../../../schema/limits.ts";
import type { Conversation, Member } from "../../../schema/wire/conversation.ts";
import type { Role } from "../../../schema/wire/message.ts";
import { badCursor, readCursor, writeCursor } from "../../shared/list-pages.ts";
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

const ranks: Record<Role, number> = { owner: 0, admin: 1, member: 2 };

/** Where a member stands in the list: owners, admins, then the others, each by when they joined. */
const memberPlace = z.tuple([z.int(), z.int(), z.string()]);
type MemberPlace = z.infer<typeof memberPlace>;

function placeOf({ role, joinedRev, userId }: MemberRow): MemberPlace {
  return [ranks[role], joinedRev, userId];
}

function isBehind([rank, rev, id]: MemberPlace, [otherRank, otherRev, otherId]: MemberPlace): boolean {
  if (rank !== otherRank) return rank > otherRank;
  return rev === otherRev ? id > otherId : rev > otherRev;
}

/** Which members are asked for: with `q` those who are found by it; behind a cursor; at most so many. */
export type MembersAsk = { q?: string | undefined; cursor: string | undefined; limit: number };

/**
 * A page of the members. The cursor names a place, not a count, so that nobody is skipped when somebody leaves meanwhile. `q` finds by prefix of the handle
 * or of a word of the name, as the directory does.
 */
export function membersPage(
  present: readonly MemberRow[],
  viewer: MemberRow,
  { q, cursor, limit }: MembersAsk,
): Outcome<{ members: Member[]; cursor: string | null }> {
  const after = cursor === undefined ? undefined : readCursor(cursor, memberPlace);
  if (after === null) return badCursor;
  const words = q === undefined ? undefined : queryWords(q);
  const rest = present
    .filter((member) => after === undefined || isBehind(placeOf(member), after))
    .filter(({ person }) => words === undefined || (words.length > 0 && isFoundBy(person.user, words)))
    .sort((a, b) => (isBehind(placeOf(a), placeOf(b)) ? 1 : -1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return done({
    members: page.map((member) => memberView(viewer, member)),
    cursor: rest.length > limit && last !== undefined ? writeCursor(placeOf(last)) : null,
  });
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
