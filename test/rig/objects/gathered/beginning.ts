/** What every test of objects begins with: the tables of the directory, and what all of them change of production's settings. */
import { env } from "cloudflare:workers";
import { listening } from "../../../../objects/shared/sockets/listening.ts";
import { commitPace } from "../../../../objects/user/inbox/commit-pace.ts";

export function setSwitches(): void {
  // What looks silent is closed soon after; a test that lets it speak waits longer.
  listening.ms = 20;
  // Inboxes write at once; a test of what waits lets them wait.
  Object.assign(commitPace, { ms: 0, spreadMs: 0 });
}

/** The tables of every directory shard. All in one call for each database: this runs before each of more than a hundred files. */
export async function migrate(): Promise<void> {
  const statements = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries);
  await Promise.all(
    Array.from({ length: Number(env.DIRECTORY_SHARDS) }, async (_, shard) => {
      const database = env[`DIRECTORY_${shard}`];
      if (database === undefined) throw new Error(`wrangler.toml has no DIRECTORY_${shard}`);
      await database.batch(statements.map((statement) => database.prepare(statement))).catch((error: unknown) => {
        // After `reset` this happens now and then; why is not known. The tables are there.
        if (!String(error).includes("already exists")) throw error;
      });
    }),
  );
}
