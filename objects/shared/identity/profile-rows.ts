/** Owns what of a profile is shown, and how its row reads. */
import { erasedUser } from "../../../core/account/erased.ts";
import { userId } from "../../../schema/ids.ts";
import { profiles } from "../../../schema/tables/directory.ts";
import type { User } from "../../../schema/wire/user.ts";

/** What of a profile is shown. */
export const shown = {
  id: profiles.id,
  handle: profiles.handle,
  name: profiles.name,
  bio: profiles.bio,
  avatarUrl: profiles.avatarUrl,
};
export type ProfileRow = Pick<typeof profiles.$inferSelect, keyof typeof shown>;

/** A row without a handle is what is left of an erased account. */
export function userOf(row: ProfileRow): User {
  if (row.handle === null) return erasedUser(userId.parse(row.id));
  return { id: userId.parse(row.id), handle: row.handle, name: row.name, bio: row.bio, avatarUrl: row.avatarUrl };
}
