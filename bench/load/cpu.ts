/** CPU time of processes, from Linux's /proc. Elsewhere it reads as 0, and the report says so by a dash. */
import { readFileSync } from "node:fs";

/** /proc counts in USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid) / ticksPerSecond, 0);
}

export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
