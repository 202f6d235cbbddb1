/** Owns the SQL about many people at once in one database of the directory, as an import or the growth of a group names them: a statement for all of them. */
import { sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { nameWords } from "../../../core/text/name-words.ts";
import { blockMark } from "../../../core/account/block-marks.ts";
import type { UserId } from "../../../schema/ids.ts";
import { handles, profiles, profileWords } from "../../../schema/tables/directory.ts";
import type { User } from "../../../schema/wire/user.ts";
import type { Guard } from "../../contract/person.ts";

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
  people: readonly { user: User; changedAt: number; guard: Guard }[],
): Promise<void> {
  const rows = JSON.stringify(
    people.map(({ user, changedAt, guard: { reach, blocks } }) => [
      ...[user.id, user.handle, user.name, user.bio, changedAt],
      ...[nameWords(user), reach, blocks],
    ]),
  );
  const later = { handle: sql`excluded.handle`, name: sql`excluded.name`, bio: sql`excluded.bio` };
  const guard = { reach: sql`excluded.reach`, blocks: sql`excluded.blocks` };
  const isCurrent = sql`EXISTS (SELECT 1 FROM ${profiles} WHERE id = person.value ->> 0 AND changed_at = person.value ->> 4)`;
  await shard.batch([
    shard
      .insert(profiles)
      .select(
        sql`SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, NULL, value ->> 6, value ->> 7, value ->> 4 FROM json_each(${rows}) WHERE true`,
      )
      .onConflictDoUpdate({
        target: profiles.id,
        set: { ...later, ...guard, changedAt: sql`excluded.changed_at` },
        setWhere: sql`${profiles.changedAt} < excluded.changed_at OR (${profiles.changedAt} = excluded.changed_at AND ${profiles.reach} IS NULL)`,
      }),
    shard
      .insert(profileWords)
      .select(
        sql`SELECT word.value, person.value ->> 0 FROM json_each(${rows}) AS person, json_each(person.value -> 5) AS word WHERE ${isCurrent}`,
      )
      .onConflictDoNothing(),
  ]);
}

/** The profiles of these users, and whether their guards let `by` bring them. */
export async function standingsIn(shard: DrizzleD1Database, ids: readonly UserId[], by: UserId) {
  const { id, handle, name, bio, avatarUrl, changedAt, reach, blocks } = profiles;
  return shard
    .select({
      ...{ id, handle, name, bio, avatarUrl, changedAt },
      isReported: sql<number>`${reach} IS NOT NULL`,
      isOpen: sql<number>`${handle} IS NOT NULL AND coalesce(${reach}, '') = 'everyone' AND instr(${blocks}, ${blockMark(by)}) = 0`,
    })
    .from(profiles)
    .where(sql`${id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}
