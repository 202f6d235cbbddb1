/** `npm run migration -- --name what_changes`: writes the migration from the last snapshot to what schema/tables declares now. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./build.ts";

const cli = join(root, "node_modules/drizzle-kit/bin.cjs");
const done = spawnSync(process.execPath, [cli, "generate", ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
process.exit(done.status ?? 1);
