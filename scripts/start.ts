/**
 * `npm start`: builds, then runs and supervises the production bundle on one port. State (objects, D1, R2, secrets) is kept in
 * one folder. Each process may be killed: a killed workerd is replaced, and after a killed supervisor its workerd ends, too.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Miniflare } from "miniflare";
import { build } from "./build.ts";
import { ancestorsOf, commandOf, isAlive } from "./server/processes.ts";
import { startRuntime } from "./server/runtime.ts";
import { privateFolder, secretsOf, writeWhole } from "./settings/secrets.ts";
import { passedOn } from "./settings/variables.ts";

const healthIntervalMs = 500;
const unreachableMaxMs = 2_000;
const retryDelayMs = 500;
const orphanWaitMaxMs = 5_000;

/** The content of STATE/run.json, about the server that uses the state folder. Beside it, workerd.pid has the pid of its workerd. */
interface RunRecord {
  readonly supervisor: number;
  readonly port: number;
}

const stateFolder = resolve(process.env["PARLEY_STATE"] || ".parley");
const runFile = join(stateFolder, "run.json");
const pidFile = join(stateFolder, "workerd.pid");
const webCopy = join(stateFolder, "web");
let runtime: Miniflare | undefined;
let isStopping = false;

try {
  await main();
} catch (error) {
  exitSaying(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

async function main(): Promise<void> {
  privateFolder(stateFolder);
  await clearOrphan();
  const port = await freePort(process.env["PORT"] || "8787");
  await build(webCopy);
  const secrets = secretsOf(stateFolder);
  const start = () => startRuntime({ port, stateFolder, webFolder: webCopy, pidFile, secrets, vars: passedOn() });

  const record: RunRecord = { supervisor: process.pid, port };
  writeWhole(runFile, `${JSON.stringify(record)}\n`);
  startReaper();
  runtime = await start();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Miniflare's own handlers would exit at once, with the exit code of a killed process.
    process.removeAllListeners(signal);
    process.on(signal, () => void stop());
  }
  watchLaunchers();
  process.stdout.write(`Ready on http://localhost:${port}\n`);
  await supervise(port, start);
}

/** Miniflare replaces a workerd that dies. If it fails to, this starts it again. */
async function supervise(port: number, start: () => Promise<Miniflare>): Promise<void> {
  let reachableAt = Date.now();
  while (!isStopping) {
    await sleep(healthIntervalMs);
    if (await isReachable(port)) reachableAt = Date.now();
    if (isStopping || Date.now() - reachableAt < unreachableMaxMs) continue;
    process.stderr.write("The runtime does not come back; starting it anew.\n");
    try {
      await runtime?.dispose().catch(() => undefined);
      runtime = await start();
      reachableAt = Date.now();
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      await sleep(retryDelayMs);
    }
  }
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await runtime?.dispose().catch(() => undefined);
  for (const file of [pidFile, runFile]) rmSync(file, { force: true });
  process.exit(0);
}

/** A shell that waits on a pipe from this process. The pipe breaks when this process ends. Then the shell kills a workerd that is left. */
function startReaper(): void {
  if (process.platform === "win32") return;
  const program = 'read -r _; [ -s "$0" ] && kill -9 "$(cat "$0")" 2>/dev/null';
  const child = spawn("/bin/sh", ["-c", program, pidFile], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  child.on("error", () => undefined);
  child.unref();
}

/** Kills the workerd of an earlier run whose supervisor died together with its reaper. */
async function clearOrphan(): Promise<void> {
  if (existsSync(runFile)) {
    const { supervisor, port }: RunRecord = JSON.parse(readFileSync(runFile, "utf8"));
    if (supervisor !== process.pid && /scripts\/(start\.ts|run\.mjs)/.test(commandOf(supervisor))) {
      exitSaying(
        `Another server (pid ${supervisor}, port ${port}) uses ${stateFolder}. Stop it, or set PARLEY_STATE to another folder.`,
      );
    }
  }
  const orphan = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
  const giveUpAt = Date.now() + orphanWaitMaxMs;
  // Pids are used again, so the command is checked before the kill.
  while (orphan > 0 && /\bworkerd(\.exe)?["']? serve\b/.test(commandOf(orphan)) && Date.now() < giveUpAt) {
    process.kill(orphan, "SIGKILL");
    await sleep(50);
  }
  for (const file of [pidFile, runFile]) rmSync(file, { force: true });
}

/**
 * Ends this process when the process that launched it is gone. Under `npm start` a kill -9 reaches npm and not this process; a test run may die, too.
 */
function watchLaunchers(): void {
  const isNpms = process.env["npm_lifecycle_event"] !== undefined;
  const launchers = ancestorsOf(
    process.pid,
    (command) => command.includes("scripts/run.mjs") || (isNpms && /^npm\b|\bnpm-cli\.js\b/.test(command)),
  );
  const launcher = Number(process.env["PARLEY_LAUNCHER"]);
  if (launcher > 0) launchers.push(launcher);
  if (launchers.length === 0) return;
  setInterval(() => {
    if (!launchers.every(isAlive)) void stop();
  }, healthIntervalMs).unref();
}

async function freePort(text: string): Promise<number> {
  const wanted = Number(text);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535)
    exitSaying(`PORT must be a port number, not ${text}.`);
  const probe = createServer();
  return await new Promise((resolve) => {
    probe.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        exitSaying(`Port ${wanted} is in use. Stop the program that has it, or set PORT to another one.`);
      exitSaying(`Cannot listen on port ${wanted}: ${error.message}`);
    });
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : wanted;
      probe.close(() => resolve(port));
    });
  });
}

function isReachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.on("connect", () => answer(true));
    socket.on("error", () => answer(false));
  });
}

function exitSaying(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
