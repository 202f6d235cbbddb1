/** Owns the servers under measurement: Parley as `npm start` runs it, and the bare Worker beside it; both on loopback. Both end when the bench ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSecondsOf, runtimesOf } from "./load/cpu.ts";

export const resultsFolder = join(import.meta.dirname, "results");
export const parleyFolder = join(resultsFolder, "parley");
const bareFolder = join(resultsFolder, "bare");

const startMaxMs = 120_000;
const stopMaxMs = 5_000;
const quietMaxMs = 20_000;
const quietWindowMs = 250;
/** A server that uses less CPU time than this in a quarter of a second is at rest. /proc counts in hundredths of a second. */
const quietCpuSeconds = 0.02;

export interface Server {
  readonly name: string;
  readonly port: number;
  /** The workerd processes, whose CPU time is the server's. */
  pids(): number[];
  /** Waits until the server has nothing more to do, so that one run does not disturb the next. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export function startParley(): Promise<Server> {
  mkdirSync(parleyFolder, { recursive: true });
  return startServer("parley", [join(import.meta.dirname, "../scripts/start.ts")], {
    PORT: "0",
    PARLEY_STATE: parleyFolder,
    PARLEY_RATE_LIMITS: "off",
    PARLEY_COST_METER: "on",
  });
}

/** Starts the bare Worker with an empty state each time, because its objects fill themselves. */
export function startBare(): Promise<Server> {
  rmSync(bareFolder, { recursive: true, force: true });
  mkdirSync(bareFolder, { recursive: true });
  return startServer(
    "bare",
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "serve-bare.ts"), bareFolder],
    { PORT: "0" },
  );
}

async function startServer(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  const child = spawn(process.execPath, [...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  let said = "";
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${name} did not start within ${startMaxMs} ms:\n${said}`)),
      startMaxMs,
    );
    const listen = (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-20_000);
      const match = /Ready on http:\/\/[^:]+:(\d+)/.exec(said);
      if (match === null) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("exit", (code) => reject(new Error(`${name} ended with ${code}:\n${said}`)));
  });
  const pids = () => (child.pid === undefined ? [] : runtimesOf(child.pid));
  return {
    name,
    port,
    pids,
    async quiet() {
      const giveUpAt = Date.now() + quietMaxMs;
      for (;;) {
        const before = cpuSecondsOf(pids());
        await sleep(quietWindowMs);
        if (cpuSecondsOf(pids()) - before <= quietCpuSeconds || Date.now() > giveUpAt) return;
      }
    },
    async stop() {
      await stopped(child);
      process.off("exit", kill);
    },
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await Promise.race([ended, sleep(stopMaxMs).then(() => child.kill("SIGKILL"))]);
}
