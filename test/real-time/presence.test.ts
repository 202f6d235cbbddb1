/** Presence in real time, against the whole server: the figures of the contract, and what a killed runtime shows of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Presence } from "../../schema/wire/presence.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { type HttpPerson, signUp } from "../rig/server/http.ts";
import { type HttpSocket, open } from "../rig/server/http-socket.ts";

let server: Server;
const timers: NodeJS.Timeout[] = [];

beforeAll(async () => {
  server = await spawnTestServer();
}, 120_000);
afterAll(async () => {
  for (const timer of timers) clearInterval(timer);
  await server.stop();
});

/** A sync socket that pings every five seconds, as a device does. */
async function device(of: HttpPerson): Promise<{ socket: HttpSocket; stop: () => void }> {
  const socket = await open(server.url, "/v1/sync", of.token);
  const timer = setInterval(() => socket.isOpen && socket.say("ping"), 5_000);
  timers.push(timer);
  return { socket, stop: () => clearInterval(timer) };
}

async function watch(socket: HttpSocket, ...who: HttpPerson[]): Promise<Presence[]> {
  const ref = crypto.randomUUID();
  socket.say({ type: "watch", ref, userIds: who.map(({ id }) => id) });
  const answer = await socket.next((frame) => frame["ref"] === ref, "the answer to a watch");
  return answer["presence"] as Presence[];
}

/** What a socket was told of somebody, in order. */
function toldOf(socket: HttpSocket, { id }: HttpPerson): Presence[] {
  return socket.frames
    .filter((frame) => frame.type === "presence")
    .flatMap((frame) => (frame["presence"] as Presence[]).filter(({ userId }) => userId === id));
}

/** Waits until it was told this; answers after how long. */
async function hears(socket: HttpSocket, who: HttpPerson, status: Presence["status"], maxMs: number): Promise<number> {
  const startedAt = Date.now();
  await socket.next(() => toldOf(socket, who).at(-1)?.status === status, `${who.handle} ${status}`, maxMs);
  return Date.now() - startedAt;
}

test("presence is pulled in the order asked, and what is asked badly is refused", async () => {
  const [ana, bo] = [await signUp(server.url, "ana"), await signUp(server.url, "bo")];
  const { socket } = await device(bo);
  const get = (query: string) => ana.ask<{ presence: Presence[]; code: string }>("GET", `/v1/presence${query}`);
  const { body } = await get(`?userIds=u_nobody,${bo.id},${ana.id},${bo.id}`);
  const online = { userId: bo.id, status: "online", lastActiveAt: expect.any(Number) };
  expect(body.presence).toEqual([
    { userId: "u_nobody", status: "offline", lastActiveAt: null },
    online,
    { userId: ana.id, status: "offline", lastActiveAt: null },
    online,
  ]);
  const many = (count: number) => `?userIds=${Array.from({ length: count }, (_, n) => `u_${n}`).join(",")}`;
  expect((await get(many(100))).body.presence).toHaveLength(100);
  expect((await get(many(101))).body).toMatchObject({ status: 413, code: "too_large" });
  for (const query of ["", "?userIds=", "?userIds=a,,b", "?userIds=%20", `?userIds=${"x".repeat(65)}`]) {
    expect((await get(query)).body).toMatchObject({ status: 400, code: "bad_request" });
  }
  // What others may see follows within the answer of the call that changes it.
  await bo.must(200, "PATCH", "/v1/me", { settings: { presence: "nobody" } });
  expect((await get(`?userIds=${bo.id}`)).body.presence).toMatchObject([{ status: "offline", lastActiveAt: null }]);
  expect((await bo.ask<{ presence: Presence[] }>("GET", `/v1/presence?userIds=${bo.id}`)).body.presence).toEqual([
    online,
  ]);
  socket.close();
});

test("[O1] [O2] [O7] watchers learn of coming online within 5 s, of signing out at once, of a silence after 30 to 45 s, of a killed server not at all", async () => {
  const [ana, bo, cy, di] = await Promise.all(["ana", "bo", "cy", "di"].map((name) => signUp(server.url, name)));
  if (ana === undefined || bo === undefined || cy === undefined || di === undefined) throw new Error("nobody");
  let ours = (await device(ana)).socket;
  expect((await watch(ours, bo, cy, di)).map(({ status }) => status)).toEqual(["offline", "offline", "offline"]);
  const [bos, cys] = [await device(bo), await device(cy)];
  await device(di);
  for (const one of [bo, cy, di]) expect(await hears(ours, one, "online", 5_000)).toBeLessThan(5_000);
  await di.must(204, "DELETE", "/v1/sessions/current");
  expect(await hears(ours, di, "offline", 2_000)).toBeLessThan(2_000);

  await server.killRuntime();
  await server.answers();
  // Everybody comes back as clients do; meanwhile nobody was gone.
  ours = (await device(ana)).socket;
  expect((await watch(ours, bo, cy)).map(({ status }) => status)).toEqual(["online", "online"]);
  await sleep(1_000);
  const [boAgain, cyAgain] = [await device(bo), await device(cy)];
  bos.stop();
  cys.stop();

  // Bo falls silent with the socket open, Cy's connection is cut; both right after a ping.
  await Promise.all([boAgain.socket.pong(), cyAgain.socket.pong()]);
  boAgain.stop();
  cyAgain.stop();
  cyAgain.socket.close();
  for (const ms of await Promise.all([bo, cy].map((one) => hears(ours, one, "offline", 46_000)))) {
    expect(ms).toBeGreaterThan(29_000);
    expect(ms).toBeLessThan(45_000);
  }
  expect(toldOf(ours, bo).map(({ status }) => status)).toEqual(["offline"]);
  expect(await boAgain.socket.closes(10_000)).toBe(4408);
  await device(bo);
  expect(await hears(ours, bo, "online", 5_000)).toBeLessThan(5_000);
});

test("[O1] a long poll counts while it waits", async () => {
  const [ana, bo] = [await signUp(server.url, "ana"), await signUp(server.url, "bo")];
  const { socket } = await device(ana);
  expect(await watch(socket, bo)).toMatchObject([{ status: "offline" }]);
  const { version, epoch } = await bo.must<{ version: number; epoch: string }>(200, "GET", "/v1/sync");
  await hears(socket, bo, "online", 5_000);
  const waiting = bo.ask("GET", `/v1/sync?since=${version}&epoch=${epoch}&wait=1`);
  const status = async () =>
    (await ana.must<{ presence: Presence[] }>(200, "GET", `/v1/presence?userIds=${bo.id}`)).presence[0]?.status;
  expect(await status()).toBe("online");
  await waiting;
  expect(await status()).toBe("online");
});
