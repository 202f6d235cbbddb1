/**
 * Owns the marks by which the directory shows whom a user perhaps blocks. A mark is a short part of an id. So a mark that is missing says for sure that
 * somebody is not blocked, one that is there may be that of somebody else, and the directory has no list of who blocks whom.
 */
import type { UserId } from "../../schema/ids.ts";

/** Characters of an id's random part, 6 bits each: of 5,000 blocked users one in 3,000 others has a mark. */
const markCharacters = 4;

/** Ids begin with a kind and an underscore, and have no full stop. */
export function blockMark(userId: UserId): string {
  return `.${userId.slice(2, 2 + markCharacters)}`;
}

export function blockMarks(userIds: readonly UserId[]): string {
  return userIds.map(blockMark).join("");
}
