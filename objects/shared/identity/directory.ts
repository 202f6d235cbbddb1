/**
 * Owns the directory's SQL, over D1 through drizzle: handles, profiles, words. Handles lie in the database of the handle, profiles and
 * their words in that of the user's id; which that is, schema/tables/directory-shards.ts decides. directory-search.ts and directory-batches.ts have the longer statements.
 */
import { and, eq, inArray, sql, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { readShardMap, type ShardMap, virtualShardOf } from "../../../schema/tables/directory-shards.ts";
import { indexPrefix, isFoundBy, nameWords, queryWords } from "../../../core/text/name-words.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import { handle } from "../../../schema/http/account/accounts.ts";
import { type TimeMs, userId, type UserId } from "../../../schema/ids.ts";
import { handles, profiles, profileWords } from "../../../schema/tables/directory.ts";
import type { User } from "../../../schema/wire/user.ts";
import type { Guard } from "../../contract/person.ts";
import { directoryDatabases } from "./directory-databases.ts";
import { claimHandlesIn, putProfilesIn, standingsIn } from "./directory-batches.ts";
import { byWord, searchShard } from "./directory-search.ts";
import { shown, userOf } from "./profile-rows.ts";
import { badCursor, listPage, wordedPlaceOf } from "../list-pages.ts";
import { call } from "../platform/calls.ts";
import type { Env } from "../platform/env.ts";

/** A claim as it is stored. A compare-and-swap compares both fields. */
export type HandleClaim = { userId: UserId; claimedAt: number };

/** What the directory knows of somebody whom a user wants to bring. `isOpen`: anybody may, and this user is not blocked. `isReported`: the user's object has reported that. */
export type Standing = { user: User; changedAt: TimeMs; isOpen: boolean; isReported: boolean };

/** While a part of the directory is moved it can be read, and the caller repeats what was to be written. */
const isMoving = refuse("unavailable", "this part of the directory is being moved", 30_000);
/** Ids of one query; D1 binds at most 100 values. */
const idsPerQuery = 90;

/** Of somebody who is to be asked in any case. */
export const unguarded: Guard = { reach: null, blocks: "" };

/** The map of this deploy, read once in an isolate. */
let read: { of: string; map: ShardMap } | undefined;

function shardMap(env: Env): ShardMap {
  const of = JSON.stringify([env.DIRECTORY_SHARDS, env.DIRECTORY_MAP, env.DIRECTORY_FROZEN]);
  if (read?.of !== of) {
    read = { of, map: readShardMap(env.DIRECTORY_SHARDS, env.DIRECTORY_MAP ?? "", env.DIRECTORY_FROZEN ?? "") };
  }
  return read.map;
}

export class Directory {
  readonly #map: ShardMap;
  readonly #shards: DrizzleD1Database[];

  constructor(env: Env) {
    this.#map = shardMap(env);
    this.#shards = directoryDatabases(env);
  }

  /** Whether every shard answers and has its tables, which a first start makes after its door is open. */
  isThere(): Promise<Outcome<null>> {
    return call("directory.isThere", async () => {
      await Promise.all(this.#shards.map((shard) => shard.select().from(handles).limit(1)));
      return null;
    });
  }

  /** Claims the handle, unless another user has it; answers the claim that is there now. */
  claimHandle(handle: string, by: UserId, at: number): Promise<Outcome<HandleClaim>> {
    if (this.#isMoving(handle)) return Promise.resolve(isMoving);
    return call("directory.claimHandle", async () => {
      const shard = this.#shardOf(handle);
      const [, rows] = await shard.batch([
        shard.insert(handles).values({ handle, userId: by, claimedAt: at }).onConflictDoNothing(),
        shard.select().from(handles).where(eq(handles.handle, handle)),
      ]);
      const row = rows[0];
      if (row === undefined) throw new Error("a handle was gone as soon as it was claimed");
      return { userId: userId.parse(row.userId), claimedAt: row.claimedAt };
    });
  }

  /** Claims many handles, each unless another user has it; answers who has each now. */
  claimHandles(
    claims: readonly { handle: string; userId: UserId }[],
    at: number,
  ): Promise<Outcome<Map<string, UserId>>> {
    if (claims.some(({ handle }) => this.#isMoving(handle))) return Promise.resolve(isMoving);
    return call("directory.claimHandles", async () => {
      const byShard = [...Map.groupBy(claims, ({ handle }) => this.#shardOf(handle))];
      const found = await Promise.all(byShard.map(([shard, own]) => claimHandlesIn(shard, own, at)));
      return new Map(found.flat().map((row) => [row.handle, userId.parse(row.userId)]));
    });
  }

  /** Makes the claim `to`, if it still is `from`. */
  swapClaim(handle: string, from: HandleClaim, to: HandleClaim): Promise<Outcome<boolean>> {
    if (this.#isMoving(handle)) return Promise.resolve(isMoving);
    return call("directory.swapClaim", async () => {
      const swapped = await this.#shardOf(handle)
        .update(handles)
        .set({ userId: to.userId, claimedAt: to.claimedAt })
        .where(isClaim(handle, from))
        .returning({ handle: handles.handle });
      return swapped.length === 1;
    });
  }

  /** Frees the handle if it is this user's. A claim that was renewed meanwhile stays. */
  releaseHandle(handle: string, by: UserId): Promise<Outcome<null>> {
    if (this.#isMoving(handle)) return Promise.resolve(isMoving);
    return call("directory.releaseHandle", async () => {
      const shard = this.#shardOf(handle);
      const [row] = await shard.select().from(handles).where(eq(handles.handle, handle));
      if (row?.userId === by)
        await shard.delete(handles).where(isClaim(handle, { userId: by, claimedAt: row.claimedAt }));
      return null;
    });
  }

  /** The user whose claim has the handle. Whether the claim led to an account, only the user's object knows. */
  async ownerOf(handle: string): Promise<Outcome<UserId>> {
    const found = await call("directory.ownerOf", async () => {
      const [row] = await this.#shardOf(handle).select().from(handles).where(eq(handles.handle, handle));
      return row;
    });
    if (!found.ok) return found;
    return found.value === undefined ? notFound : done(userId.parse(found.value.userId));
  }

  /** Stores a profile and its words, unless a later profile is stored already. `guard`: who may bring the user. */
  putProfile(user: User, changedAt: number, guard: Guard = unguarded): Promise<Outcome<null>> {
    if (this.#isMoving(user.id)) return Promise.resolve(isMoving);
    return call("directory.putProfile", async () => {
      const shard = this.#shardOf(user.id);
      const row = {
        handle: user.handle,
        name: user.name,
        bio: user.bio,
        avatarUrl: user.avatarUrl,
        ...guard,
        changedAt,
      };
      const words = JSON.stringify(nameWords(user));
      const isCurrent = sql`EXISTS (SELECT 1 FROM ${profiles} WHERE id = ${user.id} AND changed_at = ${changedAt})`;
      await shard.batch([
        shard
          .insert(profiles)
          .values({ id: user.id, ...row })
          .onConflictDoUpdate({ target: profiles.id, set: row, setWhere: isOlder(changedAt) }),
        shard
          .delete(profileWords)
          .where(
            and(eq(profileWords.userId, user.id), isCurrent, sql`word NOT IN (SELECT value FROM json_each(${words}))`),
          ),
        shard
          .insert(profileWords)
          .select(sql`SELECT value, ${user.id} FROM json_each(${words}) WHERE ${isCurrent}`)
          .onConflictDoNothing(),
      ]);
      return null;
    });
  }

  /** Stores many profiles and their words, each unless a later one is stored already. */
  putProfiles(people: readonly { user: User; changedAt: number; guard: Guard }[]): Promise<Outcome<null>> {
    if (people.some(({ user }) => this.#isMoving(user.id))) return Promise.resolve(isMoving);
    return call("directory.putProfiles", async () => {
      await Promise.all(
        [...Map.groupBy(people, ({ user }) => this.#shardOf(user.id))].map(([shard, own]) => putProfilesIn(shard, own)),
      );
      return null;
    });
  }

  async profile(id: UserId): Promise<Outcome<User>> {
    const found = await this.profiles([id]);
    if (!found.ok) return found;
    const user = found.value.get(id);
    return user === undefined ? notFound : done(user);
  }

  /** The profiles of these users, as far as there are any. */
  profiles(ids: readonly UserId[]): Promise<Outcome<Map<UserId, User>>> {
    return call("directory.profiles", async () => {
      const byShard = Map.groupBy(new Set(ids), (id) => this.#shardOf(id));
      const pages = [...byShard].flatMap(([shard, own]) =>
        Array.from({ length: Math.ceil(own.length / idsPerQuery) }, (_, page) =>
          shard
            .select(shown)
            .from(profiles)
            .where(inArray(profiles.id, own.slice(page * idsPerQuery, (page + 1) * idsPerQuery))),
        ),
      );
      const rows = (await Promise.all(pages)).flat();
      return new Map(rows.map((row) => [userId.parse(row.id), userOf(row)]));
    });
  }

  /** How these users stand to one who wants to bring them, as far as there are any: a query for each database. */
  standings(ids: readonly UserId[], by: UserId): Promise<Outcome<Map<UserId, Standing>>> {
    return call("directory.standings", async () => {
      const byShard = [...Map.groupBy(new Set(ids), (id) => this.#shardOf(id))];
      const rows = await Promise.all(byShard.map(([shard, own]) => standingsIn(shard, own, by)));
      return new Map(
        rows
          .flat()
          .map(({ changedAt, isOpen, isReported, ...row }): [UserId, Standing] => [
            userId.parse(row.id),
            { user: userOf(row), changedAt, isOpen: isOpen === 1, isReported: isReported === 1 },
          ]),
      );
    });
  }

  /** The user whose profile has this handle now. A claim that led to no account, or a handle that was given up, has none. */
  async userByHandle(handle: string): Promise<Outcome<User>> {
    const owner = await this.ownerOf(handle);
    if (!owner.ok) return owner;
    const user = await this.profile(owner.value);
    return user.ok && user.value.handle !== handle ? notFound : user;
  }

  /**
   * Users by prefix of handle or of a word of the name, every word of the query; in order of the word that was found. The user whose handle
   * the query is comes first: hundreds may have that word in their names.
   */
  async search(
    query: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ users: User[]; cursor: string | null }>> {
    const wanted = handle.safeParse(query.trim().replace(/^@/, ""));
    // A page of one has no room for anybody beside the user at its cursor.
    if (!wanted.success || limit === 1) return await this.#page(query, cursor, limit);
    const [named, page] = await Promise.all([
      cursor === undefined ? this.userByHandle(wanted.data) : notFound,
      this.#page(query, cursor, limit - 1),
    ]);
    if (!page.ok) return page;
    const others = page.value.users.filter((user) => user.handle !== wanted.data);
    return done({ ...page.value, users: named.ok ? [named.value, ...others] : others });
  }

  #page(
    query: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ users: User[]; cursor: string | null }>> {
    const after = wordedPlaceOf(cursor, { by: "", id: "" });
    if (after === null) return Promise.resolve(badCursor);
    const words = queryWords(query);
    const [leading, ...others] = words.map(indexPrefix);
    if (leading === undefined) return Promise.resolve(done({ users: [], cursor: null }));
    return call("directory.search", async () => {
      const found = await Promise.all(
        this.#shards.map((shard) => searchShard(shard, leading, others, after, limit + 1)),
      );
      const rows = found
        .flatMap((own, shard) => own.map((row) => ({ ...row, isAtHome: this.#homeOf(row.profile.id) === shard })))
        .sort(byWord);
      // A row that was moved is in two databases for a while. Both copies take one place in the page, and only the one at home is shown.
      const places = [...Map.groupBy(rows, (row) => `${row.word} ${row.profile.id}`).values()];
      const page = listPage(places, limit, ([row]) => ({ by: row?.word ?? "", id: row?.profile.id ?? "" }));
      return {
        users: page.rows
          .flatMap((copies) => copies.filter((row) => row.isAtHome).map((row) => userOf(row.profile)))
          .filter((user) => isFoundBy(user, words)),
        cursor: page.cursor,
      };
    });
  }

  #homeOf(key: string): number | undefined {
    return this.#map.homes[virtualShardOf(key)];
  }

  #isMoving(key: string): boolean {
    return this.#map.frozen.has(virtualShardOf(key));
  }

  #shardOf(key: string): DrizzleD1Database {
    const shard = this.#shards[this.#homeOf(key) ?? -1];
    if (shard === undefined) throw new Error("the directory has no shards");
    return shard;
  }
}

/** A profile is also replaced by one of the same time, if it was stored before there were guards. */
function isOlder(changedAt: number): SQL {
  const { changedAt: storedAt, reach } = profiles;
  return sql`${storedAt} < ${changedAt} OR (${storedAt} = ${changedAt} AND ${reach} IS NULL)`;
}

function isClaim(handle: string, claim: HandleClaim): SQL | undefined {
  return and(eq(handles.handle, handle), eq(handles.userId, claim.userId), eq(handles.claimedAt, claim.claimedAt));
}
