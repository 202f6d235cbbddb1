import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { askRaw } from "../rig/server/bad-input.ts";
import { ask, type HttpPerson, signUp } from "../rig/server/http.ts";
import { open } from "../rig/server/http-socket.ts";
import { heldUpSince } from "../rig/held-up.ts";

let server: Server;
let me: HttpPerson;

beforeAll(async () => {
  server = await spawnTestServer({ env: { PARLEY_RATE_LIMITS: "on", PARLEY_COST_METER: "on" } });
  me = await signUp(server.url);
}, 120_000);
afterAll(() => server.stop());

describe("every answer", () => {
  test.each(["/v1/healthz", "/v1/nothing", "/v1/me", "/docs", "/", "/c/a", "/v2/me", "/icon.svg"])(
    "%s: headers that keep a browser from harm",
    async (path) => {
      const { headers } = await ask(server.url, "GET", path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      if (path === "/" || path === "/docs") expect(policy).toContain("require-trusted-types-for 'script'");
      if (path.startsWith("/v")) expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test("HEAD answers as GET does, without a body", async () => {
    const [head, get] = [await ask(server.url, "HEAD", "/v1/discovery"), await ask(server.url, "GET", "/v1/discovery")];
    expect([head.status, head.text, head.headers.get("content-type")]).toEqual([
      get.status,
      "",
      get.headers.get("content-type"),
    ]);
  });

  const browsing = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "sec-fetch-mode": "navigate" } };
  const apps = (text: string) => text.includes('id="root"');

  test.each(["/", "/c/g_somewhere", "/join/some.code"])("[G13] %s is an address of the app", async (path) => {
    for (const how of [browsing, {}]) {
      const { status, headers, text } = await ask(server.url, "GET", path, how);
      expect([status, headers.get("content-type"), apps(text)]).toEqual([200, "text/html; charset=utf-8", true]);
    }
    expect(await ask(server.url, "HEAD", path)).toMatchObject({ status: 200, text: "" });
  });

  test.each([
    ...[
      "/v2/me",
      "/v2",
      "/me",
      "/somewhere",
      "/c",
      "/c/",
      "/c/a/b",
      "/join",
      "/assets/main-of-yesterday.js",
      "/main.tsx",
    ],
    ...[
      "/secrets.json",
      "/_headers",
      "/.git/config",
      "/index.htm",
      "/docs.html",
      "/%zz",
      "/%2e%2e/x",
      "/c/%zz",
      "/v1%2fme",
    ],
  ])("[G13] %s is neither a file nor an address of the app, and is not found", async (path) => {
    const call = await ask(server.url, "GET", path, { headers: { accept: "application/json" } });
    expect([call.status, call.body["code"], call.headers.get("content-type")]).toEqual([
      404,
      "not_found",
      "application/problem+json",
    ]);
    const page = await ask(server.url, "GET", path, browsing);
    expect([page.status, page.headers.get("content-type"), page.headers.get("cache-control")]).toEqual([
      404,
      "text/html; charset=utf-8",
      "no-store",
    ]);
    expect([apps(page.text), page.text.includes("There is nothing here")]).toEqual([false, true]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect((await ask(server.url, method, path)).status).toBe(404);
  });

  test("an unknown call is not found, for a browser too", async () => {
    const call = await ask(server.url, "GET", "/v1/somewhere", browsing);
    expect([call.status, call.body["code"]]).toEqual([404, "not_found"]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("[G13] a file cannot be asked to %s", async (method) => {
    for (const path of ["/", "/icon.svg"]) {
      const { status, headers, body } = await ask(server.url, method, path);
      expect([status, headers.get("allow"), body["code"]]).toEqual([405, "GET, HEAD", "unsupported"]);
    }
  });
});

test("[A14] names and titles are stored and answered without white space at their ends", async () => {
  const spaced = "\u00A0 Ana  Maria\u3000\n";
  const body = {
    handle: "spaced.out",
    password: "a good password",
    name: spaced,
    device: { name: " d ", platform: " p\t" },
  };
  const { body: session } = await ask<HttpPerson["session"]>(server.url, "POST", "/v1/accounts", { body });
  expect(session).toMatchObject({ user: { name: "Ana  Maria" }, device: { name: "d", platform: "p" } });
  const found = await me.must<{ users: { id: string; name: string }[] }>(200, "GET", "/v1/users?q=spaced.out");
  expect(found.users).toMatchObject([{ id: session.user.id, name: "Ana  Maria" }]);
  expect(await me.must(200, "PATCH", "/v1/me", { name: spaced })).toMatchObject({ name: "Ana  Maria" });
  const id = await me.group([], { title: spaced });
  expect(await me.must(200, "GET", `/v1/conversations/${id}`)).toMatchObject({ title: "Ana  Maria" });
  expect(await me.must(200, "PATCH", `/v1/conversations/${id}`, { title: "\u2003T\u2003" })).toMatchObject({
    title: "T",
  });
});

test("[S15] any form of an emoji adds and removes the same reaction, by calls and by frames", async () => {
  const id = await me.group([]);
  await me.send(id, "hello");
  const at = (emoji: string) => `/v1/conversations/${id}/messages/1/reactions/${encodeURIComponent(emoji)}`;
  const [bare, full] = ["❤", "❤\uFE0F"];
  const withOne = { reactions: [{ emoji: full, count: 1, userIds: [me.id] }] };
  expect(await me.must(200, "PUT", at(bare))).toMatchObject(withOne);
  expect(await me.must(200, "PUT", at(full))).toMatchObject(withOne);
  expect(await me.must(200, "DELETE", at(bare))).toMatchObject({ reactions: [] });
  const socket = await open(server.url, "/v1/sync", me.token);
  const react = async (emoji: string, on: boolean) => {
    const ref = `${emoji}${on}`;
    socket.say({ type: "react", ref, conversationId: id, seq: 1, emoji, on });
    expect(await socket.next((frame) => frame["ref"] === ref)).toMatchObject({ type: "ok" });
    return await me.must(200, "GET", `/v1/conversations/${id}/messages/1`);
  };
  expect(await react("👩\u200D❤\u200D👨", true)).toMatchObject({ reactions: [{ emoji: "👩\u200D❤\uFE0F\u200D👨" }] });
  expect(await react("👩\u200D❤\uFE0F\u200D👨", false)).toMatchObject({ reactions: [] });
  socket.close();
});

test("a limit above the maximum is clipped, however far; one that is none is refused", async () => {
  for (const path of ["/v1/conversations", "/v1/contacts", "/v1/blocks", "/v1/users?q=a"]) {
    const limited = (limit: string) => me.ask("GET", `${path}${path.includes("?") ? "&" : "?"}limit=${limit}`);
    for (const limit of ["1", "101", "9".repeat(20), "9".repeat(400)]) expect((await limited(limit)).status).toBe(200);
    for (const limit of ["0", "-1", "", "abc", "1.5", "1e2", `-${"9".repeat(400)}`]) {
      const { status, body } = await limited(limit);
      expect([status, body["code"], body["detail"]]).toEqual([400, "bad_request", expect.stringMatching(/^limit: /)]);
    }
  }
});

test("[A30] whether a handle is free is told to anybody, and nothing of whose it is", async () => {
  const look = async (handle: string) => await ask(server.url, "GET", `/v1/handles/${handle}`);
  expect((await look("nobody.has.this")).body).toEqual({ isFree: true });
  expect((await look(me.handle.toUpperCase())).body).toEqual({ isFree: false });
  expect((await look("a")).status).toBe(400);
});

describe("bodies", () => {
  const path = "/v1/me";

  test("no body counts as an empty one where all fields are optional", async () => {
    expect((await me.ask("PATCH", path)).status).toBe(200);
    expect(
      (
        await askRaw(server.url, {
          method: "PATCH",
          path,
          headers: { authorization: `Bearer ${me.token}`, "content-length": "0" },
        })
      ).status,
    ).toBe(200);
  });

  test("unknown fields are ignored, those that every object inherits too, to the depth that JSON may have", async () => {
    const before = await me.must(200, "GET", path);
    const deep = (depth: number): string => (depth === 1 ? "[]" : `[${deep(depth - 1)}]`);
    const given = (depth: number) =>
      `{"__proto__":{"handle":"evil.proto"},"constructor":{"prototype":{"bio":"evil"}},"toString":1,"hasOwnProperty":null,` +
      `"settings":{"__proto__":{"typing":false},"notifications":{"__proto__":{"enabled":false}}},"more":${deep(depth - 1)}}`;
    const patch = (rawBody: string) =>
      ask(server.url, "PATCH", path, { token: me.token, rawBody, headers: { "content-type": "application/json" } });
    expect(await patch(given(16))).toMatchObject({ status: 200, body: before });
    expect(await patch(given(17))).toMatchObject({ status: 400, body: { code: "bad_request" } });
    expect(await patch(`{"bio":${JSON.stringify("[{".repeat(200))}}`)).toMatchObject({ status: 200 });
    await me.must(200, "PATCH", path, { bio: before["bio"] });
    const socket = await open(server.url, "/v1/sync", me.token);
    socket.say(
      `{"__proto__":{"type":"unsend"},"constructor":1,"type":"attend","ref":"r","on":true,"more":${deep(15)}}`,
    );
    expect(await socket.next((frame) => frame["ref"] === "r")).toMatchObject({ type: "ok" });
    socket.say(`{"type":"attend","ref":"s","on":true,"more":${deep(16)}}`);
    expect(await socket.next((frame) => frame.type === "error")).toMatchObject({ code: "bad_request" });
    socket.close();
  });

  test.each(["application/merge-patch+json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])(
    "%s is taken",
    async (type) => {
      const answer = await ask(server.url, "PATCH", path, {
        token: me.token,
        rawBody: '{"bio":"é"}',
        headers: { "content-type": type },
      });
      expect(answer.status).toBe(200);
    },
  );

  test.each([2, 20])("one of %i MiB is too_large, whether or not it says so beforehand", async (mebibytes) => {
    const body = Buffer.alloc(mebibytes * 1_048_576, 0x20);
    const headers = { authorization: `Bearer ${me.token}`, "content-type": "application/json" };
    const declared = await askRaw(server.url, { method: "PATCH", path, body, headers });
    const chunked = await askRaw(server.url, {
      method: "PATCH",
      path,
      body,
      headers: { ...headers, "transfer-encoding": "chunked" },
    });
    for (const answer of [declared, chunked])
      expect([answer.status, JSON.parse(answer.text)["code"]]).toEqual([413, "too_large"]);
  });

  test("[G11] one that never ends is answered within 10 s", async () => {
    const { port } = new URL(server.url);
    const heldUpMs = heldUpSince();
    const startedAt = Date.now();
    const socket = connect(Number(port), "localhost");
    socket.write(
      `PATCH ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${me.token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
    const answer = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 (400|503) /);
    expect(Date.now() - startedAt - heldUpMs()).toBeLessThan(10_500);
  });
});

describe("rate limits", () => {
  test("are counted by address for open calls, not for a machine's own", async () => {
    const from = (address: string | undefined) =>
      ask(server.url, "POST", "/v1/sessions/refresh", {
        body: { refreshToken: "none" },
        headers: address === undefined ? {} : { "cf-connecting-ip": address },
      });
    const statuses = new Map<number, number>();
    for (let n = 0; n < 1_250 && !statuses.has(429); n++) {
      const { status, body, headers } = await from("203.0.113.7");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status !== 429) continue;
      expect(body).toMatchObject({ code: "rate_limited", retry: "later", retryAfterMs: expect.any(Number) });
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect([...statuses.keys()]).toEqual([401, 429]);
    expect((await from("::ffff:203.0.113.7")).status).toBe(429);
    for (const address of ["203.0.113.8", "127.0.0.1", "::1", undefined])
      expect((await from(address)).status).toBe(401);
  });

  test("[G12] count all addresses of one IPv6 /64 together", async () => {
    const statuses = new Set<number>();
    for (let n = 0; n < 1_250 && !statuses.has(429); n++) {
      const { status } = await ask(server.url, "POST", "/v1/sessions/refresh", {
        body: { refreshToken: "none" },
        headers: { "cf-connecting-ip": `2001:db8:1:2::${n.toString(16)}` },
      });
      statuses.add(status);
    }
    expect([...statuses]).toEqual([401, 429]);
  });
});

test("a poll waits as long as it asks to, and not at all for what was there", async () => {
  const first = await me.must<{ version: number; epoch: string }>(200, "GET", "/v1/sync?wait=5");
  const heldUpMs = heldUpSince();
  const startedAt = Date.now();
  const idle = await me.must(200, "GET", `/v1/sync?since=${first.version}&epoch=${first.epoch}&wait=1`);
  expect(idle).toMatchObject({ version: first.version, reset: false, conversations: [], more: false });
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(950);
  expect(Date.now() - startedAt - heldUpMs()).toBeLessThan(3_000);
  const asked = `/v1/sync?since=${first.version}&epoch=${first.epoch}`;
  for (const wait of ["0.25", "-1.5", "0.00000001"])
    expect(await me.must(200, "GET", `${asked}&wait=${wait}`)).toMatchObject({ conversations: [] });
  expect(await ask(server.url, "GET", `${asked}&wait=soon`, { token: me.token })).toMatchObject({ status: 400 });
});

test("the cost meter answers only where it is turned on", async () => {
  expect((await ask(server.url, "GET", "/v1/cost")).body["objectCalls"]).toBeGreaterThan(0);
});

test("[S30] a file that was sent comes down over HTTP as it went up: whole, by HEAD, in ranges, and not again", async () => {
  const id = await me.dm(me);
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251);
  const file = { name: "a.bin", type: "", bytes: bytes.length };
  const { uploadId } = await me.must<{ uploadId: string }>(201, "POST", `/v1/conversations/${id}/uploads`, file);
  const part = `/v1/uploads/${uploadId}/parts/1`;
  expect((await ask(server.url, "PUT", part, { token: me.token, rawBody: bytes })).status).toBe(204);
  await me.must(200, "POST", `/v1/uploads/${uploadId}/complete`, {});
  await me.send(id, "", { attachments: [uploadId] });
  const headers = { accept: "application/json" };
  const address = `/v1/attachments/${uploadId}`;
  const { url } = (await ask<{ url: string }>(server.url, "GET", address, { token: me.token, headers })).body;
  expect(url.startsWith(`${server.url}/v1/media/`)).toBe(true);
  const got = async (more: Record<string, string> = {}, method = "GET") => {
    const answer = await fetch(url, { method, headers: more });
    return { answer, bytes: new Uint8Array(await answer.arrayBuffer()) };
  };
  const whole = await got();
  expect([whole.answer.status, whole.answer.headers.get("content-length")]).toEqual([200, "300000"]);
  expect(whole.bytes).toEqual(bytes);
  const head = await got({}, "HEAD");
  expect([head.answer.status, head.answer.headers.get("content-length"), head.bytes.length]).toEqual([
    200,
    "300000",
    0,
  ]);
  const range = await got({ range: "bytes=100000-100009" });
  expect([range.answer.status, range.answer.headers.get("content-length")]).toEqual([206, "10"]);
  expect(range.bytes).toEqual(bytes.slice(100_000, 100_010));
  expect((await got({ range: "bytes=300000-" })).answer.status).toBe(416);
  expect((await got({ "if-none-match": whole.answer.headers.get("etag") ?? "" })).answer.status).toBe(304);
  expect((await fetch(`${url}x`)).status).toBe(403);
});
