/**
 * `npm run demo`: the server with a handful of lively people on it, so that a newcomer sees a living app. Port 8787, or PORT; state under .parley-demo/, or PARLEY_STATE.
 * The first start brings the past and takes about a minute; later ones go on with what is there.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { spawnServer } from "../../scripts/server/server.ts";
import { historyFile } from "./history.ts";
import { live, settleIn, wakePeople } from "./life.ts";
import { newcomer, password } from "./story.ts";

const stateFolder = resolve(process.env["PARLEY_STATE"] || ".parley-demo");
mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
const secretFile = join(stateFolder, "operator-secret");
/** Is there once the past is. */
const settledFile = join(stateFolder, "demo-is-settled");

if (!existsSync(secretFile)) writeFileSync(secretFile, randomBytes(32).toString("hex"), { mode: 0o600 });
const secret = readFileSync(secretFile, "utf8");
const say = (text: string): void => void process.stdout.write(`${text}\n`);

say("Starting the server …");
const server = await spawnServer({
  port: Number(process.env["PORT"] || 8787),
  stateFolder,
  env: { OPERATOR_SECRET: secret },
  onDeath: (output) => leave(1, output),
});
const end = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(name, () => {
    end.abort();
    void server.stop().then(() => process.exit(0));
  });

try {
  const isFirst = !existsSync(settledFile);
  if (isFirst) {
    say("Bringing the past …");
    await importHistory();
  }
  say("Waking the people …");
  const awake = await wakePeople(server.url, end.signal);
  if (isFirst) {
    await settleIn(server.url, awake);
    writeFileSync(settledFile, "");
  }
  say(
    `\nOpen ${server.url} and sign in:\n\n    handle    ${newcomer.handle}\n    password  ${password}\n\nCtrl+C ends it.`,
  );
  await live(awake, end.signal);
} catch (error) {
  if (!end.signal.aborted) {
    await server.stop();
    leave(1, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

async function importHistory(): Promise<void> {
  const file = join(stateFolder, "history.ndjson");
  // Kept as it is: a second try after a kill brings the same, and what came already is found.
  if (!existsSync(file)) writeFileSync(file, historyFile(Date.now()));
  const script = join(import.meta.dirname, "../../scripts/import/import.ts");
  const child = spawn(process.execPath, [script, file, "--source", "demo", "--url", server.url], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, OPERATOR_SECRET: secret },
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`The past could not be brought:\n${said}`);
}

function leave(code: number, why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(code);
}
