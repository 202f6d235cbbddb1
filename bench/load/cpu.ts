/** CPU time of processes, from Linux's /proc. Elsewhere it reads as 0, and the report says so by a dash. */
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Result } from "./job.ts";

/** /proc counts in USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid) / ticksPerSecond, 0);
}

/** Counts from now on. The function that is answered tells the time since then. */
export function stopwatch(
  serverPids: readonly number[],
): () => Pick<Result, "seconds" | "serverCpuSeconds" | "generatorCpuSeconds"> {
  const from = { at: performance.now(), server: cpuSecondsOf(serverPids), own: ownCpuSeconds() };
  return () => ({
    seconds: (performance.now() - from.at) / 1_000,
    serverCpuSeconds: cpuSecondsOf(serverPids) - from.server,
    generatorCpuSeconds: ownCpuSeconds() - from.own,
  });
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/** The workerd processes that a process started. */
export function runtimesOf(parent: number): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((pid) => Number(statOf(pid)[1]) === parent && isRuntime(pid));
}

/** User and system time are the 14th and 15th field; the list here starts with the third, after the name in brackets. */
function ticksOf(pid: number): number {
  const fields = statOf(pid);
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It ended.
    return [];
  }
}

function isRuntime(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").includes("serve");
  } catch {
    return false;
  }
}
