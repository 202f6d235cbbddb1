/** Floods against the whole server, with limits on: a flood of one user is stopped early, and closes no socket of other users. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { timeouts } from "../../schema/limits.ts";
import { rates } from "../../schema/rates.ts";
import { type HttpPerson, signUp } from "../rig/server/http.ts";
import { type HttpSocket, open } from "../rig/server/http-socket.ts";

let server: Server;
let eve: HttpPerson;
let victim: HttpPerson;

beforeAll(async () => {
  server = await spawnTestServer({ env: { PARLEY_RATE_LIMITS: "on" } });
  [eve, victim] = await Promise.all([signUp(server.url, "eve"), signUp(server.url, "victim")]);
}, 120_000);
afterAll(() => server.stop());

const livePath = (id: string) => `/v1/conversations/${id}/live`;
const count = (socket: HttpSocket, type: string) => socket.frames.filter((frame) => frame.type === type).length;

test("[Q4] a thousand typing frames of one person on four sockets close no socket of somebody who only listens", async () => {
  const id = await eve.dm(victim);
  const theirs = [await open(server.url, "/v1/sync", victim.token), await open(server.url, livePath(id), victim.token)];
  const mine = [
    await open(server.url, "/v1/sync", eve.token),
    await open(server.url, "/v1/sync", eve.token),
    await open(server.url, livePath(id), eve.token),
    await open(server.url, livePath(id), eve.token),
  ];
  const since = Date.now();
  for (let i = 0; i < 250; i++) for (const socket of mine) socket.say({ type: "typing", conversationId: id });
  for (const socket of mine) {
    socket.say({ type: "seen", ref: "done" });
    await socket.next((frame) => frame["ref"] === "done");
    expect(socket.isOpen).toBe(true);
  }
  mine[2]?.say({ type: "send", ref: "s", clientId: "k", text: "here I am" });
  for (const socket of theirs) {
    await socket.next((frame) => JSON.stringify(frame).includes("here I am"));
    expect(socket.isOpen).toBe(true);
    expect(count(socket, "typing")).toBeGreaterThan(0);
    expect(count(socket, "typing")).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - since) / timeouts.typingPaceMs));
  }
  for (const socket of [...theirs, ...mine]) socket.close();
});

test("[Q3] a member who flips a title over HTTP is stopped early, with a time to come back", async () => {
  const group = await victim.must<{ id: string }>(201, "POST", "/v1/conversations", {
    kind: "group",
    title: "a group",
    memberIds: [eve.id],
  });
  const path = `/v1/conversations/${group.id}`;
  let flips = 0;
  for (; flips < 200; flips++) {
    const answer = await eve.ask<{ code?: string; retryAfterMs?: number }>("PATCH", path, { title: `title ${flips}` });
    if (answer.status === 200) continue;
    expect(answer).toMatchObject({ status: 429, body: { code: "rate_limited", retry: "later" } });
    expect(answer.body.retryAfterMs).toBeGreaterThan(0);
    break;
  }
  expect(flips).toBeGreaterThanOrEqual(rates.detailChangesPerUser.burst);
  expect(flips).toBeLessThan(rates.detailChangesPerUser.burst + 20);
  await victim.must(200, "PATCH", path, { title: "ours" });
  await eve.must(204, "DELETE", `${path}/members/${eve.id}`);
});

test("[Q1] sockets of both kinds and HTTP share one user's buckets", async () => {
  const group = { kind: "group", title: "another", memberIds: [eve.id] };
  const { id } = await victim.must<{ id: string }>(201, "POST", "/v1/conversations", group);
  const live = await open(server.url, livePath(id), eve.token);
  for (let from = 0; from < 900; from += 100) {
    const send = (n: number) => ({ type: "send", ref: `r${from + n}`, clientId: `c${from + n}`, text: "x" });
    live.say(Array.from({ length: 100 }, (_, n) => send(n)));
  }
  await live.next((frame) => frame["ref"] === "r899");
  expect(live.frames.some((frame) => frame["code"] === "rate_limited")).toBe(true);
  const path = `/v1/conversations/${id}/messages`;
  const others = await Promise.all(
    Array.from({ length: 100 }, (_, n) => eve.ask("POST", path, { clientId: `h${n}`, text: "x" })),
  );
  expect(others.some((answer) => answer.status === 429)).toBe(true);
  // The repeat of an acked send is answered all the same, and the other member is not shut out.
  expect(await eve.ask("POST", path, { clientId: "c0", text: "x" })).toMatchObject({ status: 200 });
  await victim.must(201, "POST", path, { clientId: "mine", text: "hello" });
  live.close();
});
