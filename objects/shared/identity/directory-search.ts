/** Owns the search for people by words in one database of the directory, and the order in which the databases' finds are put together. */
import { and, eq, gt, gte, lt, or, sql, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { profiles, profileWords } from "../../../schema/tables/directory.ts";
import type { Place } from "../list-pages.ts";
import { type ProfileRow, shown } from "./profile-rows.ts";

/** The greatest code point: behind every word that begins with the prefix before it. */
const last = "\u{10FFFF}";

export type Found = { word: string; profile: ProfileRow };

/** One row for each user, under the least of their words with the prefix, so that pages neither repeat nor skip one. */
export function searchShard(
  shard: DrizzleD1Database,
  prefix: string,
  others: string[],
  after: Place<string>,
  limit: number,
): Promise<Found[]> {
  const hasLesser = sql`SELECT 1 FROM profile_words AS lesser WHERE lesser.user_id = ${profileWords.userId} AND lesser.word >= ${prefix} AND lesser.word < ${profileWords.word}`;
  return shard
    .select({ word: profileWords.word, profile: shown })
    .from(profileWords)
    .innerJoin(profiles, eq(profiles.id, profileWords.userId))
    .where(
      and(
        gte(profileWords.word, prefix),
        lt(profileWords.word, prefix + last),
        // The plain bound lets the index begin there; the alternative alone would not.
        gte(profileWords.word, after.by),
        or(gt(profileWords.word, after.by), gt(profileWords.userId, after.id)),
        sql`NOT EXISTS (${hasLesser})`,
        ...others.map(hasWord),
      ),
    )
    .orderBy(profileWords.word, profileWords.userId)
    .limit(limit);
}

function hasWord(prefix: string): SQL {
  return sql`EXISTS (SELECT 1 FROM profile_words AS other WHERE other.user_id = ${profileWords.userId} AND other.word >= ${prefix} AND other.word < ${prefix + last})`;
}

/** In the order of the words, as each database answers them. */
export function byWord(a: Found, b: Found): number {
  return compare(a.word, b.word) || compare(a.profile.id, b.profile.id);
}

/** As SQLite compares text: by its bytes of UTF-8, which is by code points. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
