/** Owns the SQL of reports to the operator, over D1 through drizzle. How many there are, and how old they get, is bounded. */
import { and, desc, eq, gt, inArray, isNotNull, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { reportHolds as holds } from "../../../schema/bounds/reports.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import { virtualShardOf } from "../../../schema/tables/directory-shards.ts";
import { reports } from "../../../schema/tables/reports.ts";
import { directoryDatabases } from "../identity/directory-databases.ts";
import type { Place } from "../list-pages.ts";
import { now } from "../platform/clock.ts";
import type { Env } from "../platform/env.ts";
import { logFault } from "../platform/log.ts";

export type Report = Omit<typeof reports.$inferSelect, "copies"> & { copies: unknown[] };
export type ReportState = "open" | "resolved" | "all";

export class Reports {
  readonly #databases: DrizzleD1Database[];

  constructor(env: Pick<Env, "DIRECTORY_SHARDS" | `DIRECTORY_${number}`>) {
    this.#databases = directoryDatabases(env as Env);
  }

  /** Keeps a report, and lets those go that are too old or too many. Reported again, it is open again, with what is said now. */
  async keep(report: Report): Promise<Outcome<null>> {
    const database = this.#databases[virtualShardOf(report.id) % this.#databases.length];
    if (database === undefined) return away;
    const row = { ...report, copies: JSON.stringify(report.copies) };
    return await attempt(async () => {
      await database.batch([
        database.insert(reports).values(row).onConflictDoUpdate({ target: reports.id, set: row }),
        database.delete(reports).where(isOver()),
        database.delete(reports).where(isTooMany()),
      ]);
      return null;
    });
  }

  /** The newest first, behind a place. */
  async list(state: ReportState, { by, id }: Place<number>, limit: number): Promise<Report[]> {
    const isAfter = or(lt(reports.at, by), and(eq(reports.at, by), lt(reports.id, id)));
    const isWanted =
      state === "all" ? undefined : state === "open" ? isNull(reports.resolvedAt) : isNotNull(reports.resolvedAt);
    const pages = await Promise.all(
      this.#databases.map((database) =>
        database
          .select()
          .from(reports)
          .where(and(isKept(), isAfter, isWanted))
          .orderBy(desc(reports.at), desc(reports.id))
          .limit(limit),
      ),
    );
    return pages
      .flat()
      .map(reportOf)
      .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
      .slice(0, limit);
  }

  async find(ids: readonly string[]): Promise<Report[]> {
    const found = await Promise.all(
      this.#databases.map((database) =>
        database
          .select()
          .from(reports)
          .where(and(isKept(), inArray(reports.id, [...ids]))),
      ),
    );
    return found.flat().map(reportOf);
  }

  /** What a user has reported, for their own export. */
  async by(reporterId: UserId): Promise<Outcome<Report[]>> {
    return await attempt(async () => {
      const found = await Promise.all(
        this.#databases.map((database) =>
          database
            .select()
            .from(reports)
            .where(and(isKept(), eq(reports.reporterId, reporterId))),
        ),
      );
      return found.flat().map(reportOf);
    });
  }

  /** Resolves reports, or opens them again. Answers how many there were. */
  async setResolved(ids: readonly string[], resolution: string | null): Promise<number> {
    const resolvedAt = resolution === null ? null : now();
    const changed = await Promise.all(
      this.#databases.map((database) =>
        database
          .update(reports)
          .set({ resolvedAt, resolution })
          .where(and(isKept(), inArray(reports.id, [...ids])))
          .returning({ id: reports.id }),
      ),
    );
    return changed.flat().length;
  }

  /** The user has erased their account: what they have reported goes. */
  async forget(reporterId: UserId): Promise<Outcome<null>> {
    return await attempt(async () => {
      await Promise.all(
        this.#databases.map((database) => database.delete(reports).where(eq(reports.reporterId, reporterId))),
      );
      return null;
    });
  }
}

const away = refuse("unavailable", "reports cannot be kept now", 5_000);

async function attempt<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return done(await work());
  } catch (error) {
    logFault("reports", error, {});
    return away;
  }
}

function isKept(): SQL | undefined {
  const { keptMs, resolvedKeptMs } = holds;
  return and(
    gt(reports.at, now() - keptMs),
    or(isNull(reports.resolvedAt), gt(reports.resolvedAt, now() - resolvedKeptMs)),
  );
}

function isOver(): SQL | undefined {
  const { keptMs, resolvedKeptMs } = holds;
  return or(lte(reports.at, now() - keptMs), lte(reports.resolvedAt, now() - resolvedKeptMs));
}

/**
 * Beyond how many there may be: resolved ones go first, then those of whoever has the most open. So a few hundred accounts that report all day push out
 * their own reports, and not those of others.
 */
function isTooMany(): SQL {
  return sql`${reports.id} IN (
    SELECT id FROM (SELECT id, at, resolved_at, ROW_NUMBER() OVER
      (PARTITION BY reporter_id, resolved_at IS NULL ORDER BY at DESC, id DESC) AS nth FROM reports)
    ORDER BY resolved_at IS NULL DESC, nth, at DESC, id DESC LIMIT -1 OFFSET ${holds.reportsMax})`;
}

function reportOf({ copies, ...rest }: typeof reports.$inferSelect): Report {
  const read: unknown[] = JSON.parse(copies);
  return { ...rest, copies: read };
}
