/** Owns what the operating system shows of processes: children, ancestors, the command of a pid. On Linux it reads /proc, elsewhere it runs `ps`. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  // A zombie answers, too, though it has no memory and no files any more.
  return stateOf(pid) !== "Z";
}

/** The command line of a running process; empty if there is none of this pid. */
export function commandOf(pid: number): string {
  return rows().find((row) => row.pid === pid)?.command ?? "";
}

/** `pid`'s parent, grandparent …, as long as `belongs` answers true. */
export function ancestorsOf(pid: number, belongs: (command: string) => boolean): number[] {
  const byPid = new Map(rows().map((row) => [row.pid, row]));
  const ancestors: number[] = [];
  for (
    let row = byPid.get(byPid.get(pid)?.parent ?? 0);
    row !== undefined && belongs(row.command);
    row = byPid.get(row.parent)
  )
    ancestors.push(row.pid);
  return ancestors;
}

function rows(): ProcessRow[] {
  if (existsSync("/proc/self/stat")) {
    return readdirSync("/proc").flatMap((name) => {
      const row = /^\d+$/.test(name) ? procRow(Number(name)) : undefined;
      return row === undefined ? [] : [row];
    });
  }
  const listed = spawnSync("ps", ["-A", "-o", "pid=,ppid=,command="], { encoding: "utf8" });
  return (listed.stdout ?? "").split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3] ?? "" }];
  });
}

function procRow(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    return {
      pid,
      parent: Number(fields[1]),
      command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim(),
    };
  } catch {
    // The process ended meanwhile.
    return undefined;
  }
}

function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  } catch {
    return undefined;
  }
}
