/** A lock between processes: a folder that exists while a process has the lock. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(folder), { recursive: true });
  while (!take(folder)) await sleep(100);
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder: string): boolean {
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, "pid"), String(process.pid));
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  // Its owner has died. The next turn of the loop takes the lock.
  if (!isHeld(folder)) rmSync(folder, { recursive: true, force: true });
  return false;
}

function isHeld(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0);
    return true;
  } catch (error) {
    // ENOENT: the owner has just made the folder and has not yet written its pid.
    return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EPERM");
  }
}
