/** Owns what a member is shown of the conversation and of the others: views, with watermarks hidden where settings or blocks say so. */
import { z } from "zod";
import { queryWords } from "../../../core/text/name-words.ts";
import { shownWatermarks } from "../../../core/visibility.ts";
import { done, type Outcome } from "../../../schema/errors.ts";
import { userId } from "../../../schema/ids.ts";
import type { Conversation, Member } from "../../../schema/wire/conversation.ts";
import { badCursor, readCursor, writeCursor } from "../../shared/list-pages.ts";
import { sharedDetailsOf } from "../messages/items.ts";
import { type MemberRow, placeOf } from "../members/member-row.ts";
import type { Members } from "../members/members.ts";
import type { State } from "../store.ts";

/** In a large group nobody is shown the watermarks of others. */
export function memberView(viewer: MemberRow, subject: MemberRow): Member {
  const isHidden = subject.membership > 0 && subject.userId !== viewer.userId;
  return {
    user: subject.person.user,
    role: subject.role,
    joinedAt: subject.joinedAt,
    ...(isHidden ? { delivered: 0, read: 0 } : shownWatermarks(viewer, subject)),
  };
}

const memberPlace = z.tuple([z.int(), z.int(), userId]);

/** Which members are asked for: with `q` those who are found by it; behind a cursor; at most so many. */
export type MembersAsk = { q?: string | undefined; cursor: string | undefined; limit: number };

/**
 * A page of the members. The cursor names a place, not a count, so that nobody is skipped when somebody leaves meanwhile. `q` finds by prefix of the handle
 * or of a word of the name, as the directory does.
 */
export function membersPage(
  members: Members,
  viewer: MemberRow,
  { q, cursor, limit }: MembersAsk,
): Outcome<{ members: Member[]; cursor: string | null }> {
  const after = cursor === undefined ? undefined : readCursor(cursor, memberPlace);
  if (after === null) return badCursor;
  const words = q === undefined ? undefined : queryWords(q);
  const rows = words?.length === 0 ? [] : members.list({ after, limit: limit + 1, words });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return done({
    members: page.map((member) => memberView(viewer, member)),
    cursor: rows.length > limit && last !== undefined ? writeCursor(placeOf(last)) : null,
  });
}

/** The conversation as a member sees it. */
export function conversationView(state: State, viewer: MemberRow): Conversation {
  const { facts, members } = state;
  const shown = members.shown();
  const peer =
    facts.kind === "dm" ? (shown.find((member) => member.userId !== viewer.userId) ?? viewer).person.user : undefined;
  return {
    ...sharedDetailsOf(state),
    ...(peer === undefined ? {} : { peer }),
    members: shown.map((member) => memberView(viewer, member)),
    me: { role: viewer.role, read: viewer.read, delivered: viewer.delivered, joinedSeq: viewer.joinedSeq },
  };
}
