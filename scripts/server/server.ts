/** Owns a whole server as a child process, for tests and the bench. It has a free port and a state folder of its own, and can be killed at any time. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./processes.ts";

const readyMaxMs = 90_000;
const goneMaxMs = 5_000;
const pollMs = 50;

export interface ServerOptions {
  /** Variables on top of this process's environment: PUSH_HOSTS, PARLEY_RATE_LIMITS … */
  readonly env?: Readonly<Record<string, string>>;
  /** 0, the default, takes a free port; a restart keeps it. */
  readonly port?: number;
  /** Default: a temporary folder, deleted by `stop`. */
  readonly stateFolder?: string;
  /** Called with what the server has printed, if it ends after it was ready, and neither `stop` nor `restart` ended it. */
  readonly onDeath?: (output: string) => void;
}

export interface Server {
  readonly url: string;
  readonly port: number;
  readonly stateFolder: string;
  /** Everything that the server has printed. */
  output(): string;
  /** The pid of workerd, which changes with each of its deaths. */
  runtimePid(): number;
  /** kill -9 of workerd alone; the supervisor should replace it. */
  killRuntime(): Promise<void>;
  /** Resolves once requests are answered. */
  answers(maxMs?: number): Promise<void>;
  /** kill -9 of everything, as a power cut would. */
  killAll(): Promise<void>;
  /** Starts again on the same state and port, after `killAll` or a SIGTERM. The variables in `env` replace those of the last start. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGTERM, then the temporary state is deleted. */
  stop(): Promise<void>;
}

export async function spawnServer(options: ServerOptions = {}): Promise<Server> {
  const stateFolder = options.stateFolder ?? mkdtempSync(join(tmpdir(), "parley-"));
  const server = new ServerProcess(
    stateFolder,
    options.stateFolder === undefined,
    options.port ?? 0,
    options.env ?? {},
    options.onDeath,
  );
  await server.restart();
  return server;
}

class ServerProcess implements Server {
  readonly stateFolder: string;
  readonly #stateIsOurs: boolean;
  #port: number;
  #env: Readonly<Record<string, string>>;
  readonly #onDeath: ServerOptions["onDeath"];
  #child: ChildProcess | undefined;
  #output = "";

  constructor(
    stateFolder: string,
    stateIsOurs: boolean,
    port: number,
    env: Readonly<Record<string, string>>,
    onDeath: ServerOptions["onDeath"],
  ) {
    this.stateFolder = stateFolder;
    this.#stateIsOurs = stateIsOurs;
    this.#port = port;
    this.#env = env;
    this.#onDeath = onDeath;
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  output(): string {
    return this.#output;
  }

  runtimePid(): number {
    return Number(readFileSync(join(this.stateFolder, "workerd.pid"), "utf8"));
  }

  async killRuntime(): Promise<void> {
    await killHard(this.runtimePid());
  }

  async answers(maxMs = 30_000): Promise<void> {
    const giveUpAt = Date.now() + maxMs;
    for (;;) {
      try {
        const answer = await fetch(`${this.url}/v1/healthz`, { signal: AbortSignal.timeout(maxMs) });
        await answer.arrayBuffer();
        if (answer.ok) return;
      } catch {
        // The server is not back yet.
      }
      if (Date.now() > giveUpAt) throw new Error(`${this.url} did not answer within ${maxMs} ms.\n${this.#output}`);
      await sleep(pollMs);
    }
  }

  async killAll(): Promise<void> {
    if (this.#child?.pid !== undefined) await killHard(this.#child.pid);
    // The supervisor is killed before workerd, because it would start another one.
    await killHard(this.runtimePid());
  }

  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#terminate();
    this.#env = { ...this.#env, ...env };
    const child = spawn(process.execPath, [join(import.meta.dirname, "../start.ts")], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PARLEY_RATE_LIMITS: "off",
        ...this.#env,
        PORT: String(this.#port),
        PARLEY_STATE: this.stateFolder,
        PARLEY_LAUNCHER: String(process.pid),
      },
    });
    this.#child = child;
    const before = this.#output.length;
    const ready = new Promise<number>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        this.#output += chunk.toString();
        const match = /^Ready on http:\/\/localhost:(\d+)$/m.exec(this.#output.slice(before));
        if (match !== null) resolve(Number(match[1]));
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("exit", (code, signal) =>
        reject(new Error(`The server ended (${code ?? signal}) before it was ready:\n${this.#output.slice(before)}`)),
      );
      setTimeout(
        () => reject(new Error(`The server was not ready within ${readyMaxMs} ms:\n${this.#output.slice(before)}`)),
        readyMaxMs,
      ).unref();
    });
    try {
      this.#port = await ready;
      child.on("exit", (code, signal) => {
        if (this.#child === child) this.#onDeath?.(`${this.#output.slice(before)}\nended: ${code ?? signal}`);
      });
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#terminate();
    if (this.#stateIsOurs) rmSync(this.stateFolder, { recursive: true, force: true });
  }

  async #terminate(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    const isGone = await Promise.race([exit.then(() => true), sleep(goneMaxMs, false, { ref: false })]);
    if (isGone) return;
    child.kill("SIGKILL");
    await exit;
  }
}

async function killHard(pid: number): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process is dead already.
    return;
  }
  const giveUpAt = Date.now() + goneMaxMs;
  while (isAlive(pid) && Date.now() < giveUpAt) await sleep(10);
}
