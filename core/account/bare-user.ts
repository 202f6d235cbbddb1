/** Owns what a large group answers of a user: the id alone. It keeps no copies of profiles, so the gateway looks them up. */
import type { UserId } from "../../schema/ids.ts";
import type { User } from "../../schema/wire/user.ts";

export function bareUser(id: UserId): User {
  return { id, handle: null, name: "", bio: "", avatarUrl: null };
}

/** Whether nothing is known but the id. A user who has erased their account is known to have done so. */
export function isBareUser({ handle, name, deleted }: User): boolean {
  return handle === null && name === "" && deleted !== true;
}
