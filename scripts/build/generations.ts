/** Owns how one build of the web app follows another: it replaces the last build as a whole, and keeps the files that pages of the last build may still load. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Makes a folder anew. The last folder stays until `make` has finished the fresh one; a `make` that fails changes nothing. */
export async function replaceFolder(folder: string, make: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${folder}.fresh`;
  const last = `${folder}.last`;
  // These are left from builds that were cut off.
  for (const left of [fresh, last]) rmSync(left, { recursive: true, force: true });
  await make(fresh);
  if (existsSync(folder)) renameSync(folder, last);
  renameSync(fresh, folder);
  rmSync(last, { recursive: true, force: true });
}

/**
 * The hashed files of the last build are kept beside those of the fresh one. So a page that was loaded just before a deploy or a restart
 * finds its script after it. They are kept for one generation: files that the last build had kept itself are not named by its service worker, and go.
 */
export function keepHashed(last: string, fresh: string): void {
  const list = join(last, "service-worker.js");
  if (!existsSync(list)) return;
  const own = readFileSync(list, "utf8");
  mkdirSync(join(fresh, "assets"), { recursive: true });
  for (const name of readdirSync(join(last, "assets"))) {
    const kept = join(fresh, "assets", name);
    if (own.includes(`"/assets/${name}"`) && !existsSync(kept)) copyFileSync(join(last, "assets", name), kept);
  }
}

/** The times are copied, too: the local server makes its ETags from them. */
export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
}
