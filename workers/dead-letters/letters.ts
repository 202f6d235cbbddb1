/** Owns the SQL of dead letters, over D1 through drizzle. How many there are, and how old they get, is bounded. */
import { and, desc, eq, gt, inArray, lt, lte, or, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { GivenUp } from "../../objects/contract/push.ts";
import { directoryDatabases } from "../../objects/shared/identity/directory-databases.ts";
import type { Place } from "../../objects/shared/list-pages.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { deadLetterBounds as bounds } from "../../schema/push-limits.ts";
import { deadLetters } from "../../schema/tables/dead-letters.ts";
import { virtualShardOf } from "../../schema/tables/directory-shards.ts";

/** A hint that failed for good. `givenUp`: the pushes that it was to bring, as far as they are known. */
export type DeadLetter = { id: string; queue: string; hint: unknown; givenUp: readonly GivenUp[]; keptAt: number };

/**
 * What either keeping of the same letter names. A consumer that dies between two pages has reported the first page to the object, and names only the second one when the hint comes again.
 */
const givenUpTogether = sql`(SELECT json_group_array(json(value)) FROM (
  SELECT value FROM json_each(dead_letters.given_up) UNION SELECT value FROM json_each(excluded.given_up) LIMIT ${bounds.givenUpMax}
))`;

/** Ids of one query; D1 binds at most 100 values. */
const idsPerQuery = 90;

export class DeadLetters {
  readonly #databases: DrizzleD1Database[];

  constructor(env: Env) {
    this.#databases = directoryDatabases(env);
  }

  /** Keeps a letter, and lets those go that are too old or too many. */
  async keep({ id, queue, hint, givenUp, keptAt }: DeadLetter): Promise<void> {
    const database = this.#databases[virtualShardOf(id) % this.#databases.length];
    if (database === undefined) throw new Error("the directory has no databases");
    const row = {
      queue,
      hint: JSON.stringify(hint),
      givenUp: JSON.stringify(givenUp.slice(0, bounds.givenUpMax)),
      keptAt,
    };
    await database.batch([
      database
        .insert(deadLetters)
        .values({ id, ...row })
        .onConflictDoUpdate({ target: deadLetters.id, set: { ...row, givenUp: givenUpTogether } }),
      database.delete(deadLetters).where(lte(deadLetters.keptAt, oldestAt())),
      database
        .delete(deadLetters)
        .where(
          sql`${deadLetters.id} IN (SELECT id FROM dead_letters ORDER BY kept_at DESC, id DESC LIMIT -1 OFFSET ${bounds.lettersMax})`,
        ),
    ]);
  }

  /** The newest first, behind a place. */
  async list(queue: string | undefined, { by, id }: Place<number>, limit: number): Promise<DeadLetter[]> {
    const isAfter = or(lt(deadLetters.keptAt, by), and(eq(deadLetters.keptAt, by), lt(deadLetters.id, id)));
    const isOfQueue = queue === undefined ? undefined : eq(deadLetters.queue, queue);
    const pages = await Promise.all(
      this.#databases.map((database) =>
        database
          .select()
          .from(deadLetters)
          .where(and(gt(deadLetters.keptAt, oldestAt()), isAfter, isOfQueue))
          .orderBy(desc(deadLetters.keptAt), desc(deadLetters.id))
          .limit(limit),
      ),
    );
    return pages
      .flat()
      .map(letterOf)
      .sort((a, b) => b.keptAt - a.keptAt || (a.id < b.id ? 1 : -1))
      .slice(0, limit);
  }

  async find(ids: readonly string[]): Promise<DeadLetter[]> {
    const found = await Promise.all(
      this.#inPages(ids, (database, page) =>
        database
          .select()
          .from(deadLetters)
          .where(and(gt(deadLetters.keptAt, oldestAt()), inArray(deadLetters.id, page))),
      ),
    );
    return found.flat().map(letterOf);
  }

  /** Answers how many there were. */
  async drop(ids: readonly string[]): Promise<number> {
    const dropped = await Promise.all(
      this.#inPages(ids, (database, page) =>
        database.delete(deadLetters).where(inArray(deadLetters.id, page)).returning({ id: deadLetters.id }),
      ),
    );
    return dropped.flat().length;
  }

  #inPages<T>(ids: readonly string[], ask: (database: DrizzleD1Database, page: string[]) => Promise<T>): Promise<T>[] {
    const pages = Array.from({ length: Math.ceil(ids.length / idsPerQuery) }, (_, page) =>
      ids.slice(page * idsPerQuery, (page + 1) * idsPerQuery),
    );
    return this.#databases.flatMap((database) => pages.map((page) => ask(database, page)));
  }
}

function oldestAt(): number {
  return now() - bounds.keptMs;
}

function letterOf({ hint, givenUp, ...rest }: typeof deadLetters.$inferSelect): DeadLetter {
  return { ...rest, hint: JSON.parse(hint), givenUp: JSON.parse(givenUp) };
}
