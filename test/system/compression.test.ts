import { type IncomingHttpHeaders, request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, inject, test } from "vitest";

interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe("the files of the app", () => {
  const { port } = new URL(inject("systemUrl"));
  let script: string;
  beforeAll(async () => {
    const page = (await ask("/")).body.toString();
    script = /src="(\/assets\/main-[^"]+\.js)"/.exec(page)?.[1] ?? "";
    expect(script).not.toBe("");
  }, 120_000);

  /** Asks without a client library that would decompress the answer. */
  function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Heard> {
    return new Promise((resolve, reject) => {
      const asked = request({ port, path, headers, method, host: "127.0.0.1" }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  test("[G15] are compressed once, in the encoding that the browser accepts", async () => {
    const plain = await ask(script);
    const brotli = await ask(script, { "accept-encoding": "gzip, deflate, br, zstd" });
    const gzipped = await ask(script, { "accept-encoding": "gzip" });
    expect([plain, brotli, gzipped].map(({ status, headers }) => [status, headers["content-encoding"]])).toEqual([
      [200, undefined],
      [200, "br"],
      [200, "gzip"],
    ]);
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
    expect(gunzipSync(gzipped.body).equals(plain.body)).toBe(true);
    expect(brotli.body.length * 3).toBeLessThan(plain.body.length);
    for (const { headers } of [plain, brotli, gzipped]) {
      expect(headers.vary).toMatch(/accept-encoding/i);
      expect(headers["content-type"]).toMatch(/javascript/);
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
    expect(new Set([plain, brotli, gzipped].map(({ headers }) => headers.etag)).size).toBe(3);
  });

  test("[G15] are answered by 304 to the ETag of the same encoding alone", async () => {
    const path = "/service-worker.js";
    const first = await ask(path, { "accept-encoding": "br" });
    expect([first.status, first.headers["content-encoding"]]).toEqual([200, "br"]);
    const { etag = "" } = first.headers;
    const again = await ask(path, { "accept-encoding": "br", "if-none-match": `"other", ${etag}` });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
    expect(again.headers.vary).toMatch(/accept-encoding/i);
    // Another encoding is another representation, so this ETag does not match it.
    expect((await ask(path, { "accept-encoding": "gzip", "if-none-match": etag })).status).toBe(200);
    expect((await ask(path, { "if-none-match": etag })).status).toBe(200);
    const plain = await ask(path);
    expect((await ask(path, { "if-none-match": plain.headers.etag ?? "" })).status).toBe(304);
  });

  test("[G15] HEAD has the headers of GET, a range is of the plain file, and the compressed copies have no addresses", async () => {
    const got = await ask(script, { "accept-encoding": "br" });
    const head = await ask(script, { "accept-encoding": "br" }, "HEAD");
    expect([head.status, head.body.length, head.headers.etag, head.headers["content-encoding"]]).toEqual([
      200,
      0,
      got.headers.etag,
      "br",
    ]);
    const plain = await ask(script);
    const part = await ask(script, { "accept-encoding": "br", range: "bytes=0-9" });
    expect(part.headers["content-encoding"]).toBeUndefined();
    expect(plain.body.subarray(0, part.body.length).equals(part.body)).toBe(true);
    expect(part.body.length).toBe(part.status === 206 ? 10 : plain.body.length);
    for (const ending of [".br", ".gz"]) expect((await ask(script + ending)).status).toBe(404);
    expect((await ask(script, { "accept-encoding": "br" }, "POST")).status).toBe(405);
  });

  test("[G15] the pages about the API are compressed, other answers of the API are not", async () => {
    for (const path of ["/docs", "/v1/openapi.json"]) {
      const plain = await ask(path);
      const gzipped = await ask(path, { "accept-encoding": "gzip, br" });
      expect(gzipped.headers["content-encoding"]).toBe("gzip");
      expect(gunzipSync(gzipped.body).equals(plain.body)).toBe(true);
      for (const { headers } of [plain, gzipped]) expect(headers.vary).toMatch(/accept-encoding/i);
    }
    expect((await ask("/v1/discovery", { "accept-encoding": "gzip, br" })).headers["content-encoding"]).toBeUndefined();
  });
});
