/** Before each file of tests in workerd: the tables of every directory shard, and nothing that a file before has left in this runtime, stored or in memory. */
import { reset } from "cloudflare:test";
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

// Where files share a runtime, the one before has left its own.
const mark = "parley-tests-began";
if (mark in globalThis) {
  limitRatesForTest(undefined);
  windClock(Date.now() - now());
  await reset();
}
Object.assign(globalThis, { [mark]: true });

// All in one call: made one by one, they took a seventh of the time of the tests.
const statements = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries);
await Promise.all(
  Array.from({ length: Number(env.DIRECTORY_SHARDS) }, async (_, shard) => {
    const database = env[`DIRECTORY_${shard}`];
    if (database === undefined) throw new Error(`wrangler.toml has no DIRECTORY_${shard}`);
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }),
);

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
