/**
 * Owns the audience of a conversation: whose inboxes are brought up to date, and up to where. How that is done is fan-out's. Today the audience is every
 * member, and each former member until their inbox knows that they left. A large group calls the inboxes of only some members: it gets its audience here.
 */
import type { Rev } from "../../../schema/ids.ts";
import type { MemberRow, State } from "../store.ts";
import type { Target } from "./lane.ts";

export function audienceOf({ members }: State): Iterable<MemberRow> {
  return members.values();
}

/** What the inbox of one of them is to have. */
export function targetOf({ leftRev, read, joinedRev }: MemberRow, headRev: Rev): Target {
  return { end: leftRev ?? headRev, read, joinedRev, hasLeft: leftRev !== null };
}
