/** Before each file of tests in workerd: the tables of every directory shard, and nothing in memory that a file before has left in this runtime. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, vi } from "vitest";
import { limitRatesForTest } from "../../objects/shared/meters/rate-limits.ts";
import { now, windClock } from "../../objects/shared/platform/clock.ts";
import { commitPace } from "../../objects/user/inbox/commit-pace.ts";
import { listening } from "../../objects/shared/sockets/listening.ts";

// What looks silent is closed soon after; a test that lets it speak waits longer.
listening.ms = 20;

// Inboxes write at once; a test of what waits lets them wait.
Object.assign(commitPace, { ms: 0, spreadMs: 0 });

limitRatesForTest(undefined);
windClock(Date.now() - now());

for (let shard = 0; shard < Number(env.DIRECTORY_SHARDS); shard++) {
  const database = env[`DIRECTORY_${shard}`];
  if (database === undefined) throw new Error(`wrangler.toml has no DIRECTORY_${shard}`);
  await applyD1Migrations(database, env.TEST_MIGRATIONS);
}

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
