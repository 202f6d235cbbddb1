/** Owns the SQL by which one database of the directory takes many people at once, as an import brings them: a statement for all of them instead of one for each. */
import { sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { nameWords } from "../../../core/text/name-words.ts";
import type { UserId } from "../../../schema/ids.ts";
import { handles, profiles, profileWords } from "../../../schema/tables/directory.ts";
import type { User } from "../../../schema/wire/user.ts";

/** Claims each handle, unless another user has it; answers the claims that are there now. */
export async function claimHandlesIn(
  shard: DrizzleD1Database,
  claims: readonly { handle: string; userId: UserId }[],
  at: number,
): Promise<(typeof handles.$inferSelect)[]> {
  const rows = JSON.stringify(claims.map(({ handle, userId }) => [handle, userId]));
  const [, claimed] = await shard.batch([
    shard
      .insert(handles)
      .select(sql`SELECT value ->> 0, value ->> 1, ${at} FROM json_each(${rows}) WHERE true`)
      .onConflictDoNothing(),
    shard
      .select()
      .from(handles)
      .where(sql`${handles.handle} IN (SELECT value ->> 0 FROM json_each(${rows}))`),
  ]);
  return claimed;
}

/** Stores each profile and its words, unless a later one is stored already. These words are added and none taken away: a later profile has its own. */
export async function putProfilesIn(
  shard: DrizzleD1Database,
  people: readonly { user: User; changedAt: number }[],
): Promise<void> {
  const rows = JSON.stringify(
    people.map(({ user, changedAt }) => [user.id, user.handle, user.name, user.bio, changedAt, nameWords(user)]),
  );
  const later = { handle: sql`excluded.handle`, name: sql`excluded.name`, bio: sql`excluded.bio` };
  const isCurrent = sql`EXISTS (SELECT 1 FROM ${profiles} WHERE id = person.value ->> 0 AND changed_at = person.value ->> 4)`;
  await shard.batch([
    shard
      .insert(profiles)
      .select(
        sql`SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, NULL, value ->> 4 FROM json_each(${rows}) WHERE true`,
      )
      .onConflictDoUpdate({
        target: profiles.id,
        set: { ...later, changedAt: sql`excluded.changed_at` },
        setWhere: sql`${profiles.changedAt} < excluded.changed_at`,
      }),
    shard
      .insert(profileWords)
      .select(
        sql`SELECT word.value, person.value ->> 0 FROM json_each(${rows}) AS person, json_each(person.value -> 5) AS word WHERE ${isCurrent}`,
      )
      .onConflictDoNothing(),
  ]);
}
