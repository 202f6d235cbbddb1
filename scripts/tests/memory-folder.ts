/** Owns the folder for what the tests store: in memory, where there is enough of it. Their servers wait for the disk at each commit otherwise, though no test lets the machine itself lose its power. */
import { accessSync, constants, mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../server/processes.ts";

/** A run of all tests takes less than a tenth of it at any time. */
const bytesMin = 2 * 1024 ** 3;
const prefix = "parley-tests-";
/** Where containers share this memory, a process of another one only looks dead. No run is as long as this. */
const staleMs = 3 * 3_600_000;

/** A new, empty folder in `memory`; undefined where there is little memory, or its files may not be executed. What a run that was killed has left is deleted. */
export function folderInMemory(memory = "/dev/shm"): string | undefined {
  const folder = join(memory, `${prefix}${process.pid}`);
  try {
    for (const name of readdirSync(memory).filter((each) => each.startsWith(prefix))) {
      const isStale = Date.now() - statSync(join(memory, name)).mtimeMs > staleMs;
      if (isStale && !isAlive(Number(name.slice(prefix.length))))
        rmSync(join(memory, name), { recursive: true, force: true });
    }
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < bytesMin) return undefined;
    mkdirSync(folder, { mode: 0o700 });
    const program = join(folder, "program");
    writeFileSync(program, "", { mode: 0o700 });
    accessSync(program, constants.X_OK);
    rmSync(program);
    return folder;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}
