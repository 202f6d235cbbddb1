/** Owns what is left of a person who has erased their account: the id, which nobody gets again. */
import type { UserId } from "../../schema/ids.ts";
import type { User } from "../../schema/wire/user.ts";

export function erasedUser(id: UserId): User {
  return { id, handle: null, name: "", bio: "", avatarUrl: null, deleted: true };
}

export function isErased(user: User): boolean {
  return user.deleted === true;
}
