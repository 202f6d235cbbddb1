import { execFile, type ExecFileException } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive } from "../../scripts/server/processes.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";

let server: Server;

beforeAll(async () => {
  server = await spawnTestServer();
});

afterAll(async () => {
  await server?.stop();
  if (server !== undefined) rmSync(`${server.stateFolder}-other`, { recursive: true, force: true });
});

async function health(): Promise<unknown> {
  return await (await fetch(`${server.url}/v1/healthz`)).json();
}

async function post(path: string, body: object, status: number): Promise<{ accessToken: string }> {
  const answer = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(status);
  return await answer.json();
}

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  holder.close();
  await once(holder, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function supervisorPid(): number {
  const record: { supervisor: number } = JSON.parse(readFileSync(join(server.stateFolder, "run.json"), "utf8"));
  return record.supervisor;
}

function start(env: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["scripts/start.ts"],
      { env: { ...process.env, ...env } },
      (error: ExecFileException | null, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
      },
    );
  });
}

test("npm start says that it is ready, and nothing else", () => {
  expect(server.output().trim()).toBe(`Ready on ${server.url}`);
});

test("it is ready only once it answers, on 127.0.0.1 and on localhost", async () => {
  expect(await health()).toMatchObject({ ok: true });
  expect((await fetch(`http://127.0.0.1:${server.port}/v1/healthz`)).status).toBe(200);
});

test("a program that asks for its health from before it is ready can sign up as soon as it is well", async () => {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const starting = spawnTestServer({ port });
  try {
    let isWell = false;
    while (!isWell) {
      isWell = await fetch(`${base}/v1/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    }
    const answer = await fetch(`${base}/v1/accounts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ handle: "early.bird", password: "catches the worm" }),
    });
    expect(answer.status).toBe(201);
  } finally {
    await (await starting).stop();
  }
});

test("a killed workerd is replaced within seconds, on the same port", async () => {
  const before = server.runtimePid();
  for (let round = 0; round < 3; round++) {
    await server.killRuntime();
    await server.answers(10_000);
  }
  expect(server.runtimePid()).not.toBe(before);
});

test("what was answered is there after the death of workerd and after that of everything, tokens included", async () => {
  const secrets = readFileSync(join(server.stateFolder, "secrets.json"), "utf8");
  const { accessToken } = await post("/v1/accounts", { handle: "survivor", password: "as old as the hills" }, 201);
  await server.killRuntime();
  await server.answers();
  await post("/v1/sessions", { handle: "survivor", password: "as old as the hills" }, 201);
  await server.killAll();
  chmodSync(server.stateFolder, 0o755);
  await server.restart();
  await post("/v1/sessions", { handle: "survivor", password: "as old as the hills" }, 201);
  const me = await fetch(`${server.url}/v1/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  expect(await me.json()).toMatchObject({ handle: "survivor" });
  expect(readFileSync(join(server.stateFolder, "secrets.json"), "utf8")).toBe(secrets);
});

test("a hashed file that is not there is not found, and is not remembered", async () => {
  const missing = await fetch(`${server.url}/assets/main-of-yesterday.js`);
  expect([missing.status, missing.headers.get("cache-control")]).toEqual([404, "no-store"]);
});

test("the web app is served from a copy of its own, which no build replaces", async () => {
  // Compressed copies lie beside the plain file: the plain one is asked for here.
  const plain = { headers: { "accept-encoding": "identity" } };
  const page = async () => await (await fetch(`${server.url}/`, plain)).text();
  const script = /src="([^"]+\.js)"/.exec(await page())?.[1] ?? "";
  expect((await fetch(server.url + script)).headers.get("content-type")).toContain("javascript");
  appendFileSync(join(server.stateFolder, "web/index.html"), "<!-- the copy -->");
  expect(await page()).toContain("<!-- the copy -->");
});

test("the state folder and the secrets in it are readable by their owner alone, also in a folder that was open before", async () => {
  expect(statSync(server.stateFolder).mode & 0o777).toBe(0o700);
  expect(statSync(join(server.stateFolder, "secrets.json")).mode & 0o777).toBe(0o600);
});

test("a second server on the same port or the same state says so and leaves", async () => {
  const samePort = await start({ PORT: String(server.port), PARLEY_STATE: `${server.stateFolder}-other` });
  expect(samePort).toMatchObject({ code: 1, output: expect.stringContaining(`Port ${server.port} is in use`) });
  const sameState = await start({ PORT: "0", PARLEY_STATE: server.stateFolder });
  expect(sameState).toMatchObject({ code: 1, output: expect.stringContaining("Another server") });
  expect(await health()).toMatchObject({ ok: true });
});

test("a killed supervisor leaves no workerd behind", async () => {
  const [supervisor, workerd] = [supervisorPid(), server.runtimePid()];
  process.kill(supervisor, "SIGKILL");
  await expect.poll(() => isAlive(workerd), { timeout: 15_000 }).toBe(false);
  await server.restart();
  expect(await health()).toMatchObject({ ok: true });
});

test("SIGTERM ends it cleanly, with the port free and nothing of the run left but its state", async () => {
  const [supervisor, workerd] = [supervisorPid(), server.runtimePid()];
  process.kill(supervisor, "SIGTERM");
  await expect.poll(() => isAlive(workerd) || isAlive(supervisor), { timeout: 15_000 }).toBe(false);
  await sleep(100);
  expect(existsSync(join(server.stateFolder, "run.json"))).toBe(false);
  await expect(fetch(`${server.url}/v1/healthz`)).rejects.toThrow();
  await server.restart();
  expect(await health()).toMatchObject({ ok: true });
});
