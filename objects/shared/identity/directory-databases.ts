/** Owns the D1 databases of the directory, as a deploy binds them. */
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Env } from "../platform/env.ts";

export function directoryDatabases(env: Env): DrizzleD1Database[] {
  return Array.from({ length: Number(env.DIRECTORY_SHARDS) }, (_, shard) => {
    const database = env[`DIRECTORY_${shard}`];
    if (database === undefined) throw new Error(`DIRECTORY_SHARDS promises DIRECTORY_${shard}, which is not bound`);
    return drizzle(database);
  });
}
