/** Before each file of tests in workerd: the tables of every directory shard. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

for (let shard = 0; shard < Number(env.DIRECTORY_SHARDS); shard++) await applyD1Migrations(env[`DIRECTORY_${shard}`], env.TEST_MIGRATIONS);
