/** Owns the archive as the other rooms of the conversation use it: what lies in R2, which groups of segments there are, and rows that come from there. */
import type { Env } from "../../shared/platform/env.ts";
import type { Database } from "../../shared/platform/database.ts";
import { Fetched } from "./fetched.ts";
import { Groups } from "./groups.ts";
import { Manifest } from "./manifest.ts";
import { Puts } from "./puts.ts";
import { RowsOut } from "./rows-out.ts";

export function archiveOf(
  db: Database,
  env: Env,
): { manifest: Manifest; puts: Puts; groups: Groups; rowsOut: RowsOut; fetched: Fetched } {
  const manifest = new Manifest(db);
  const puts = new Puts(db, manifest);
  return {
    manifest,
    puts,
    groups: new Groups(db, manifest, puts),
    rowsOut: new RowsOut(db, manifest),
    fetched: new Fetched({ env, manifest }),
  };
}
