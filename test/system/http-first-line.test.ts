/** First lines and headers of requests, byte by byte, as no client library would send them. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { problem } from "../../schema/errors.ts";
import type { Server } from "../../scripts/server/server.ts";
import { spawnTestServer } from "../rig/server/test-server.ts";
import { sayRaw, statusesOf } from "../rig/server/raw-http.ts";

let server: Server;
let quietFrom = 0;

beforeAll(async () => {
  server = await spawnTestServer();
  quietFrom = server.output().length;
}, 120_000);
afterAll(() => server.stop());

const end = "Connection: close\r\n\r\n";
const host = `Host: localhost\r\n${end}`;
const get = (target: string) => `GET ${target} HTTP/1.1\r\n${host}`;
const post = (headers: string, body: string) => `POST /v1/sessions HTTP/1.1\r\n${headers}${host}${body}`;

/** A name, the request, and the status of its answer. */
const requests: [string, string, number][] = [
  ["* to OPTIONS", `OPTIONS * HTTP/1.1\r\n${host}`, 204],
  ["* with a port in the host", `OPTIONS * HTTP/1.1\r\nHost: localhost:8787\r\n${end}`, 204],
  ["* to GET", get("*"), 400],
  ["* to POST", `POST * HTTP/1.1\r\n${host}`, 400],
  ["two hosts", `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n${end}`, 400],
  ["the same host twice", `GET / HTTP/1.1\r\nHost: localhost\r\n${host}`, 400],
  ["no host", `GET / HTTP/1.1\r\n${end}`, 400],
  ["an empty host", `GET / HTTP/1.1\r\nHost:\r\n${end}`, 400],
  ...["a b", "%zz", "a:99999", "a:x", "[::1", "u@a", "a/v1/me?", "a#", "a\\b", "a*", "\xe9", "<a>"].map(
    (name): [string, string, number] => [
      `the host ${name}`,
      `GET /v1/healthz HTTP/1.1\r\nHost: ${name}\r\n${end}`,
      400,
    ],
  ),
  ...["localhost", "localhost:8787", "127.0.0.1", "[::1]:8787", "parley.example", "xn--bcher-kva.example"].map(
    (name): [string, string, number] => [
      `the host ${name}`,
      `GET /v1/healthz HTTP/1.1\r\nHost: ${name}\r\n${end}`,
      200,
    ],
  ),
  ["an absolute target", get("http://localhost/v1/healthz"), 200],
  ["an absolute target elsewhere", get("http://evil.example/v1/me"), 401],
  ["an absolute target of no path", get("http://evil.example"), 200],
  ["// in front", get("//evil.example"), 404],
  ["// in front of a file", get("//evil.example/index.html"), 404],
  ["// in front of a call", get("//v1/healthz"), 404],
  ["/\\ in front", get("/\\evil.example"), 404],
  ["dot segments", get("/../../etc/passwd"), 404],
  ["encoded dot segments", get("/%2e%2e/%2e%2e/etc/passwd"), 404],
  ["dot segments with an encoded slash", get("/assets/..%2f..%2fsecrets.json"), 404],
  ["dot segments in a call", get("/v1/../v1/healthz"), 404],
  ["half an encoding", get("/%"), 404],
  ["a wrong encoding", get("/%zz"), 404],
  ["a wrong encoding in a call", get("/v1/%zz"), 404],
  ["no UTF-8", get("/%ff%fe"), 404],
  ["an encoded NUL", get("/%00"), 404],
  ["bytes above ASCII", get("/\xc3\xa9"), 404],
  ["a path of 20,000", get(`/${"a".repeat(20_000)}`), 404],
  ["a path of 200,000", get(`/${"a".repeat(200_000)}`), 414],
  ["a query of 20,000", get(`/v1/healthz?${"a=%zz&".repeat(3_000)}`), 200],
  ["a fragment", get("/v1/healthz#me"), 200],
  ["no slash", get("v1/healthz"), 400],
  ["no target", "GET\r\n\r\n", 400],
  ["a space in the target", get("/a b"), 400],
  ["a control in the target", get("/\x01"), 400],
  ["no version", "GET /\r\n\r\n", 400],
  ["another version", `GET / HTTP/2.0\r\n${host}`, 400],
  ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400],
  ["a token of 100,000", `GET /v1/me HTTP/1.1\r\nAuthorization: Bearer ${"a".repeat(100_000)}\r\n${host}`, 401],
  ["a token of bytes above ASCII", `GET /v1/me HTTP/1.1\r\nAuthorization: Bearer \xff\xfe\r\n${host}`, 401],
  ["5,000 headers", `GET /v1/healthz HTTP/1.1\r\n${"X: a\r\n".repeat(5_000)}${host}`, 200],
  ["a folded header", `GET /v1/healthz HTTP/1.1\r\nX: a\r\n b\r\n${host}`, 400],
  ["a header with a NUL", `GET /v1/healthz HTTP/1.1\r\nX: a\x00b\r\n${host}`, 400],
  ["a header without a colon", `GET /v1/healthz HTTP/1.1\r\nX\r\n${host}`, 400],
  ["an origin that is none", `GET /v1/healthz HTTP/1.1\r\nOrigin: http://[\r\n${host}`, 200],
  ["two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400],
  ["a length below 0", post("Content-Length: -1\r\n", "hello"), 400],
  ["a length beyond numbers", post(`Content-Length: ${"9".repeat(30)}\r\n`, "hello"), 400],
  ["a length and chunks", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400],
  ["another transfer encoding", post("Transfer-Encoding: gzip\r\n", "hello"), 400],
  [
    "a chunk of no length",
    post("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", "zz\r\nhello"),
    400,
  ],
  [
    "an encoded body",
    post("Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"),
    415,
  ],
  [
    "an upgrade to HTTP/2",
    `GET /v1/healthz HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n${host}`,
    200,
  ],
  // The runtime answers these itself and never calls the Worker.
  ["an unknown method", `FOO / HTTP/1.1\r\n${host}`, 501],
  ["CONNECT to a host", `CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n${end}`, 200],
  ["CONNECT to a path", `CONNECT /v1/healthz HTTP/1.1\r\n${host}`, 200],
];

test.each(requests)("[G14] %s", async (_, request, status) => {
  const heard = await sayRaw(server.port, request);
  expect({ heard: heard.slice(0, 200), statuses: statusesOf(heard) }).toMatchObject({ statuses: [status] });
  const [head = "", body = ""] = heard.split("\r\n\r\n", 2);
  expect(head).not.toMatch(/^location:/im);
  if (/^content-type: application\/problem\+json/im.test(head))
    expect(problem.parse(JSON.parse(body))).toMatchObject({ status });
});

test("[G14] CONNECT opens no tunnel: a request that follows it is not answered", async () => {
  const heard = await sayRaw(
    server.port,
    `CONNECT localhost:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n${get("/v1/healthz")}`,
  );
  expect(statusesOf(heard)).toEqual([200]);
  expect(heard).not.toContain('"ok"');
});

test("[G14] the server has logged nothing of all this", async () => {
  // The runtime may log a request after its answer.
  await sleep(500);
  expect(server.output().slice(quietFrom).trim()).toBe("");
});
