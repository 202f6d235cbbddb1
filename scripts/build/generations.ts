/** Owns how one build of the web app follows another: whole, and with what pages of the last one may still ask for. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Makes a folder anew: until `make` is done with the fresh one the last one stays, and a `make` that fails changes nothing. */
export async function replaceFolder(folder: string, make: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${folder}.fresh`;
  const last = `${folder}.last`;
  // Of builds that were cut off.
  for (const left of [fresh, last]) rmSync(left, { recursive: true, force: true });
  await make(fresh);
  if (existsSync(folder)) renameSync(folder, last);
  renameSync(fresh, folder);
  rmSync(last, { recursive: true, force: true });
}

/**
 * The hashed files of the last build are kept beside those of the fresh one, so that a page that was loaded just before a deploy or a
 * restart finds its script after it. For one generation: what the last build was left itself, its service worker does not name.
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
