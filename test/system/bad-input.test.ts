import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errors, problem } from "../../schema/errors.ts";
import { routes } from "../../schema/http/routes.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import {
  askRaw,
  type BadCall,
  badBodies,
  badFrames,
  badLines,
  badPaths,
  badQueries,
  badReactions,
  badTexts,
  oddQueries,
  pathOf,
} from "../rig/server/bad-input.ts";
import { goodBody } from "../rig/server/good-bodies.ts";
import { type HttpPerson, signUp } from "../rig/server/http.ts";
import { HttpSocket, open, upgrade } from "../rig/server/http-socket.ts";

let server: Server;
let me: HttpPerson;
let peer: HttpPerson;
let id: string;
let values: Record<string, string>;
/** Inputs that were tried, over all tests of this file. */
let tried = 0;

beforeAll(async () => {
  server = await spawnTestServer();
  [me, peer] = await Promise.all([signUp(server.url, "me"), signUp(server.url, "peer")]);
  id = await me.group([peer]);
  await me.send(id, "the one message");
  const invite = await me.must<{ id: string; code: string }>(201, "POST", `/v1/conversations/${id}/invites`);
  const upload = { name: "f.bin", type: "application/octet-stream", bytes: 10 };
  const { uploadId } = await me.must<{ uploadId: string }>(201, "POST", `/v1/conversations/${id}/uploads`, upload);
  values = {
    signature: "none",
    uploadId,
    attachmentId: uploadId,
    n: "1",
    conversationId: id,
    userId: peer.id,
    deviceId: me.session.device.id,
    seq: "1",
    emoji: "%F0%9F%91%8D",
    code: invite.code,
    inviteId: invite.id,
    passkeyId: "AAAA",
    handle: me.handle,
  };
}, 120_000);
afterAll(() => server.stop());

/** Everything that a bad input could have changed. */
async function state(): Promise<unknown> {
  const paths = [
    "/v1/me",
    "/v1/contacts",
    "/v1/blocks",
    "/v1/conversations",
    "/v1/sync",
    `/v1/conversations/${id}`,
    `/v1/conversations/${id}/changes?rev=0`,
  ];
  const seen = await Promise.all([me, peer].flatMap((person) => paths.map((path) => person.must(200, "GET", path))));
  const { devices } = await me.must<{ devices: { id: string }[] }>(200, "GET", "/v1/devices");
  return [seen, devices.map((device) => device.id)];
}

/** Each gets one answer of the contract, and none changes anything. */
async function expectRefused(calls: readonly BadCall[], token: string | undefined): Promise<void> {
  const before = await state();
  const wrong: string[] = [];
  for (const call of calls) {
    tried++;
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...call.headers };
    const { status, type, text, ms } = await askRaw(server.url, { ...call, headers });
    const isProblem = type === "application/problem+json" && problem.safeParse(JSON.parse(text)).success;
    if (call.fits.includes(status) && isProblem && ms < 10_000) continue;
    wrong.push(`${call.method} ${call.path.slice(0, 100)} (${call.why}): ${status} ${text.slice(0, 200)}`);
  }
  expect(wrong).toEqual([]);
  expect(await state()).toEqual(before);
}

describe("calls", () => {
  test.each(routes.filter(({ body }) => body !== undefined))("$method $path: bad bodies", async (route) => {
    const good = goodBody(`${route.method} ${route.path}`, { me, peer, values });
    await expectRefused(badBodies(route, pathOf(route, values), good), route.isOpen ? undefined : me.token);
  });

  test.each(routes.filter(({ params }) => params !== undefined))("$method $path: bad paths", async (route) => {
    const good = route.body === undefined ? undefined : goodBody(`${route.method} ${route.path}`, { me, peer, values });
    const calls = badPaths(route, values, good);
    await expectRefused(calls, me.token);
  });

  test.each(routes.filter(({ query }) => query !== undefined))("$method $path: bad queries", async (route) => {
    await expectRefused(badQueries(route, pathOf(route, values)), me.token);
  });

  test("[G2] odd queries that the schemas allow are answered below 500", async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(({ method }) => method === "GET")) {
      for (const path of oddQueries(route, pathOf(route, values))) {
        tried++;
        const headers = { authorization: `Bearer ${me.token}` };
        const { status, text } = await askRaw(server.url, { method: "GET", path, headers });
        if (status >= 500) wrong.push(`${path}: ${status} ${text.slice(0, 200)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("[G2] a malformed handle or password is a wrong one, and a malformed token is refused", async () => {
    const odd = ["", "\u0000", "\ud800", "a".repeat(500_000), "Ana\u202E", "' OR 1=1 --", "\u212Aelvin"];
    const asked = odd.flatMap((text): [string, unknown][] => [
      ["/v1/sessions", { handle: text, password: "a good password" }],
      ["/v1/sessions", { handle: me.handle, password: `${text.slice(0, 900)}x` }],
      ["/v1/sessions/refresh", { refreshToken: `x${text}` }],
    ]);
    const calls = asked.map(([path, body]) => ({
      why: JSON.stringify(body).slice(0, 60),
      method: "POST",
      path,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
      fits: [400, 401],
    }));
    await expectRefused(calls, undefined);
  });

  test("[S14] texts, names and titles that show nothing or hold forbidden characters are refused", async () => {
    const headers = { "content-type": "application/json" };
    const at = (method: string, path: string, texts: readonly string[], bodyOf: (text: string) => unknown) =>
      texts.map((text) => {
        const body = JSON.stringify(bodyOf(text));
        return { why: body, method, path, body, headers, fits: [400] };
      });
    const lines = [...badTexts, ...badLines];
    const conversation = `/v1/conversations/${id}`;
    const device = { name: "d", platform: "p" };
    await expectRefused(
      [
        ...at("POST", `${conversation}/messages`, badTexts, (text) => ({ clientId: "c", text })),
        ...at("PATCH", `${conversation}/messages/1`, badTexts, (text) => ({ text })),
        ...at("PATCH", conversation, lines, (title) => ({ title })),
        ...at("POST", "/v1/conversations", lines, (title) => ({ title, memberIds: [] })),
        ...at("PATCH", "/v1/me", lines, (name) => ({ name })),
        ...at("POST", "/v1/accounts", lines, (name) => ({ handle: "bad.name", password: "a good password", name })),
        ...at("POST", "/v1/sessions", lines, (name) => ({ handle: "x", password: "p", device: { ...device, name } })),
        ...at("POST", "/v1/sessions", lines, (name) => ({
          handle: "x",
          password: "p",
          device: { ...device, platform: name },
        })),
      ],
      me.token,
    );
  });

  test("[S15] reactions that are not one emoji are refused", async () => {
    const paths = badReactions.map(
      (each) => `/v1/conversations/${id}/messages/1/reactions/${encodeURIComponent(each.toWellFormed())}`,
    );
    const calls = paths.flatMap((path) =>
      ["PUT", "DELETE"].map((method) => ({ why: "a reaction", method, path, fits: [400] })),
    );
    await expectRefused(calls, me.token);
  });

  test("[G1] unknown routes and methods are not found", async () => {
    const paths = [
      "/v1",
      "/v1/",
      "/v1/nothing",
      "/v1/me/",
      "//v1/me",
      "/v1/../v1/me/x",
      "/v1/%6De/x",
      "/v1/conversations/x/y/z",
      "/v1/me%00",
      "/v1/cost",
      "/v1/search%",
    ];
    const methods = ["PUT", "DELETE", "POST", "PROPFIND", "OPTIONS", "LOCK"];
    const calls = [
      ...paths
        .filter((path) => path.startsWith("/v1"))
        .map((path) => ({ why: "unknown path", method: "GET", path, fits: [404] })),
      ...methods.map((method) => ({ why: "unknown method", method, path: "/v1/healthz", fits: [404] })),
      ...methods.map((method) => ({ why: "unknown method", method, path: "/v1/sync", fits: [404] })),
    ];
    await expectRefused(calls, me.token);
  });

  test("tokens that are none are unauthenticated", async () => {
    const [head = "", payload = "", signature = ""] = me.token.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const other = Buffer.from(Buffer.from(payload, "base64url").toString().replace(me.id, peer.id)).toString(
      "base64url",
    );
    const headers = [
      "Bearer",
      "Bearer ",
      "Bearer x",
      "Basic YTpi",
      `bearer${me.token}`,
      `Bearer ${me.token}x`,
      `Bearer ${me.token} ${me.token}`,
      `Bearer ${none}.${payload}.`,
      `Bearer ${head}.${other}.${signature}`,
      `Bearer ${head}.${payload}.${signature.split("").toReversed().join("")}`,
      `Bearer ${me.session.refreshToken}`,
      `Bearer ${"a".repeat(8_000)}`,
      "Bearer ..",
      "Bearer null",
    ];
    const calls = headers.map((authorization) => ({
      why: authorization.slice(0, 30),
      method: "GET",
      path: "/v1/me",
      headers: { authorization },
      fits: [errors.unauthenticated.status],
    }));
    await expectRefused(calls, undefined);
  });
});

describe.each(["sync", "live"] as const)("frames on a %s socket", (kind) => {
  const path = () => (kind === "sync" ? "/v1/sync" : `/v1/conversations/${id}/live`);

  test("each bad one gets an error, and the socket stays open", async () => {
    const before = await state();
    const frames = badFrames(id);
    for (let first = 0; first < frames.length; first += 15) {
      const socket = await open(server.url, path(), me.token);
      await socket.next((frame) => frame.type === "hello");
      for (const { why, frame, code } of frames.slice(first, first + 15)) {
        tried++;
        const seen = socket.frames.length;
        socket.say(frame);
        const answer = await socket.next(
          (given) => given.type === "error" && socket.frames.indexOf(given) >= seen,
          `an error for ${why}`,
        );
        expect({ why, code: answer["code"] }).toEqual({ why, code });
        if (String(frame).includes('"ref":"r"') && !Buffer.isBuffer(frame) && !/deep|101|nested/.test(why))
          expect({ why, ref: answer["ref"] }).toEqual({ why, ref: "r" });
      }
      expect(await socket.pong()).toMatch(/^pong:/);
      socket.close();
    }
    expect(await state()).toEqual(before);
  });

  test("a conversation that is not one's own is not found", async () => {
    const elsewhere = await peer.group([]);
    const socket = await open(server.url, path(), me.token);
    for (const conversationId of [elsewhere, "g_none", "constructor"]) {
      tried++;
      const ref = conversationId;
      socket.say({ type: "send", ref, conversationId, clientId: "c", text: "hello" });
      const answer = await socket.next((frame) => frame["ref"] === ref);
      expect(answer).toMatchObject({ type: "error", code: kind === "sync" ? "not_found" : "bad_request" });
    }
    expect(await peer.must(200, "GET", `/v1/conversations/${elsewhere}`)).toMatchObject({ head: { seq: 0 } });
    socket.close();
  });

  test("the 21st bad frame closes with 4400, an oversized one with 4413", async () => {
    const patient = await open(server.url, path(), me.token);
    for (let n = 0; n < 20; n++) patient.say("bad");
    expect(await patient.pong()).toMatch(/^pong:/);
    patient.say("bad");
    expect(await patient.closes()).toBe(4400);
    tried += 22;
    const large = await open(server.url, path(), me.token);
    large.say(`"${"x".repeat(1_048_576)}"`);
    expect(await large.closes()).toBe(4413);
  });

  test("[G10] bad upgrades are answered before they are one", async () => {
    const base = path();
    const expected: [string, Parameters<typeof upgrade>[2], number][] = [
      [`${base}?epoch=%00&rev=1&since=1`, { token: me.token }, 400],
      [`${base}?rev=x&since=x`, { token: me.token }, 400],
      [`${base}?rev=-1&since=-1`, { token: me.token }, 400],
      [base, { protocols: ["parley.v0", `bearer.${me.token}`] }, 400],
      [base, { protocols: ["chat"] }, 400],
      [base, { protocols: ["parley.v1"] }, 401],
      [base, { protocols: ["parley.v1", "bearer.x"] }, 401],
      [base, { headers: { authorization: "Bearer x" } }, 401],
      [base, { token: me.token, headers: { origin: "https://evil.example" } }, 403],
      [base, { token: me.token, headers: { origin: "null" } }, 403],
    ];
    for (const [target, how, status] of expected) {
      tried++;
      const answer = await upgrade(server.url, target, how);
      expect({ target, how, status: answer instanceof HttpSocket ? 101 : answer.status }).toEqual({
        target,
        how,
        status,
      });
      if (!(answer instanceof HttpSocket)) expect(problem.safeParse(answer.body).success).toBe(true);
    }
  });
});

test("[G2] that were at least 300, and the log holds no fault", () => {
  expect(tried).toBeGreaterThanOrEqual(300);
  const faults = server
    .output()
    .split("\n")
    .filter((line) => line.includes('"fault"') || /uncaught|exception/i.test(line));
  expect(faults).toEqual([]);
});
