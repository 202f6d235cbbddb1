/** Previews of links: what the server fetches, what it answers of it, and what it never asks. */
import { expect, test, vi } from "vitest";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { linkPreviewBounds } from "../../../schema/bounds/link-previews.ts";
import type { LinkPreview } from "../../../schema/http/link-previews.ts";
import { ask, type Caller, caller, fetchOf, must } from "../../rig/objects/door.ts";
import { png, toldPng as told } from "../../rig/objects/media/uploads.ts";

type Site = (url: URL, init: RequestInit) => Response | Promise<Response>;

/** The world outside, which notes what it is asked. */
function world(site: Site) {
  const asked: string[] = [];
  const headers: Headers[] = [];
  const fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    asked.push(url);
    headers.push(new Headers(init.headers));
    return await site(new URL(url), init);
  };
  return { asked, headers, bindings: { PUBLIC_WEB: { fetch } as unknown as Fetcher } };
}

/** A PNG of so many bytes: what is behind its end is nothing to a picture. */
function padded(bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  whole.set(png);
  return whole;
}

/** A PNG whose header says that it is so wide. */
function widePng(points: number): Uint8Array<ArrayBuffer> {
  const wide = png.slice();
  new DataView(wide.buffer).setUint32(16, points);
  return wide;
}

const html = (text: string): Response => new Response(text, { headers: { "content-type": "text/html" } });
const fresh = (): string => `https://${crypto.randomUUID()}.example.com/`;
const pathOf = (url: string): string => `/link-previews?url=${encodeURIComponent(url)}`;
const preview = (by: Caller, url: string, bindings: object) =>
  must<LinkPreview>(200, by, "GET", pathOf(url), undefined, bindings);
const status = async (by: Caller, url: string, bindings: object) =>
  (await ask(by, "GET", pathOf(url), undefined, bindings)).status;

test("[K3] a page is fetched once for all who ask, without anything of those who ask", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const url = fresh();
  const { asked, headers, bindings } = world(() => html("<title>A page</title>"));
  const expected = { url, title: "A page", description: "", site: new URL(url).hostname, imageUrl: null };
  expect(await preview(ana, `${url}#part`, bindings)).toEqual(expected);
  expect(await preview(bo, url, bindings)).toEqual(expected);
  expect(asked).toEqual([url]);
  expect([...(headers[0]?.keys() ?? [])].toSorted()).toEqual(["accept", "accept-language", "user-agent"]);
  // An address by another name of this server, which it does not know, leads nowhere for itself.
  const agent = headers[0]?.get("user-agent") ?? "";
  const round = new Request("https://parley.test/v1/link-images/x?of=y", { headers: { "user-agent": agent } });
  expect((await fetchOf(round, bindings)).status).toBe(404);
  expect((await fetchOf(new Request(`https://parley.test/v1${pathOf(url)}`), bindings)).status).toBe(401);
});

test("[K1] each redirect is judged as the first address was, and there are not many", async () => {
  const ana = await caller("ana");
  const url = fresh();
  const to = (location: string, code = 302) => new Response(null, { status: code, headers: { location } });
  const inner = world(() => to("http://169.254.169.254/latest/"));
  expect(await status(ana, url, inner.bindings)).toBe(404);
  expect(inner.asked).toEqual([url]);
  const own = world(() => to("https://parley.test/v1/me"));
  expect(await status(ana, fresh(), own.bindings)).toBe(404);
  expect(own.asked).toHaveLength(1);
  const endless = world(({ href }) => to(`${href}x`, 308));
  expect(await status(ana, fresh(), endless.bindings)).toBe(404);
  expect(endless.asked).toHaveLength(linkPreviewBounds.redirectsMax + 1);
  const moved = world(({ pathname }) => (pathname === "/" ? to("/there", 301) : html("<title>There</title>")));
  expect((await preview(ana, fresh(), moved.bindings)).title).toBe("There");
});

test("[K1] an address that the server does not fetch, and one that is none, ask nobody", async () => {
  const ana = await caller("ana");
  const { asked, bindings } = world(() => html("<title>x</title>"));
  const named = { ...bindings, MEDIA_ORIGIN: "https://files.example.org" };
  for (const url of ["http://127.0.0.1/", "http://localhost:8787/", "https://parley.test/", "x", "javascript:1"])
    expect(await status(ana, url, bindings)).toBe(404);
  expect(await status(ana, "https://files.example.org/v1/media/x", named)).toBe(404);
  expect((await ask(ana, "GET", "/link-previews", undefined, bindings)).status).toBe(400);
  expect(await status(ana, `https://example.com/${"x".repeat(linkPreviewBounds.urlCharactersMax)}`, bindings)).toBe(
    400,
  );
  expect(asked).toEqual([]);
});

test.each<[string, Site]>([
  ["an error", () => new Response("<title>x</title>", { status: 500, headers: { "content-type": "text/html" } })],
  ["not found", () => new Response("<title>x</title>", { status: 404, headers: { "content-type": "text/html" } })],
  ["no page", () => new Response("{}", { headers: { "content-type": "application/json" } })],
  ["nothing said", () => new Response("<title>x</title>")],
  ["no title", () => html("<p>x")],
  ["no connection", () => Promise.reject(new Error("refused"))],
  [
    "an end in the middle",
    () => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error("cut")) });
      return new Response(body, { headers: { "content-type": "text/html" } });
    },
  ],
])("[K3] %s gives no preview, which is remembered", async (_, site) => {
  const ana = await caller("ana");
  const url = fresh();
  const { asked, bindings } = world(site);
  expect(await status(ana, url, bindings)).toBe(404);
  expect(await status(ana, url, bindings)).toBe(404);
  expect(asked).toHaveLength(1);
});

test("[K2] of an endless page the beginning is read", async () => {
  const ana = await caller("ana");
  let isCancelled = false;
  let sent = 0;
  const { bindings } = world(() => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = new TextEncoder().encode(sent === 0 ? "<title>Endless</title>" : "<p>".repeat(20_000));
        sent += chunk.byteLength;
        controller.enqueue(chunk);
      },
      cancel: () => void (isCancelled = true),
    });
    return new Response(body, { headers: { "content-type": "text/html; charset=utf-8" } });
  });
  expect((await preview(ana, fresh(), bindings)).title).toBe("Endless");
  expect(isCancelled).toBe(true);
  expect(sent).toBeLessThan(2 * linkPreviewBounds.pageBytesMax);
});

test("[K4] a page's picture comes from this server, if its bytes are a picture's, at an address that only the server makes", async () => {
  const ana = await caller("ana");
  const url = fresh();
  const picture = (bytes: Uint8Array<ArrayBuffer>) => new Response(bytes, { headers: { "content-type": "image/png" } });
  const pictures: Record<string, Response> = {
    "/png": new Response(told, { headers: { "content-type": "text/html" } }),
    "/svg": new Response("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", {
      headers: { "content-type": "image/png" },
    }),
    // One byte more than may be fetched, of a PNG that is whole without them; and a PNG that says it has one point too many.
    "/heavy": picture(padded(linkPreviewBounds.imageBytesMax + 1)),
    "/fits": picture(padded(linkPreviewBounds.imageBytesMax)),
    "/wide": picture(widePng(linkPreviewBounds.imagePointsMax + 1)),
  };
  const outside = world(({ pathname }) => {
    const name = pathname.slice(5);
    return pathname.startsWith("/page")
      ? html(`<title>x</title><meta property="og:image" content="${name}">`)
      : (pictures[pathname] ?? html(""));
  });
  const imageOf = async (name: string) => (await preview(ana, `${url}page${name}`, outside.bindings)).imageUrl ?? "";
  const get = (address: string) => fetchOf(new Request(address), outside.bindings);

  const address = await imageOf("/png");
  const answer = await get(address);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("image/png");
  expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(png);
  expect((await get(await imageOf("/fits"))).status).toBe(200);
  for (const name of ["/svg", "/heavy", "/wide", "/none"]) {
    expect((await get(await imageOf(name))).status, name).toBe(404);
    expect(outside.asked.at(-1)?.endsWith(name), name).toBe(true);
  }

  const altered = new URL(address);
  altered.searchParams.set("of", `${url}svg`);
  const { length } = outside.asked;
  expect((await get(altered.href)).status).toBe(404);
  expect((await get(address.replace("link-images/", "link-images/x"))).status).toBe(404);
  expect(outside.asked).toHaveLength(length);
});

test("[K1] a picture is not fetched from where a page would not be", async () => {
  const ana = await caller("ana");
  const { bindings } = world(() =>
    html('<title>x</title><meta property="og:image" content="http://10.0.0.1/cam.png">'),
  );
  expect((await preview(ana, fresh(), bindings)).imageUrl).toBeNull();
});

test("[K3] a user asks for a bounded number of previews", async () => {
  const ana = await caller("ana");
  const { asked, bindings } = world(() => html("<title>x</title>"));
  const full = {
    ...bindings,
    PARLEY_RATE_LIMITS: "on",
    RATE_LIMIT_LINK_PREVIEWS: { limit: async () => ({ success: false }) },
  };
  const answer = await ask(ana, "GET", pathOf(fresh()), undefined, full);
  expect(answer).toMatchObject({ status: 429, body: { code: "rate_limited", retry: "later" } });
  expect(asked).toEqual([]);
});

test("[K3] where a location keeps nothing, a page is still fetched once by an isolate, and its cache may fail", async () => {
  const ana = await caller("ana");
  const { asked, bindings } = world(() => html("<title>x</title>"));
  const nothing = { match: async () => undefined, put: async () => undefined };
  const opened = vi.spyOn(caches, "open").mockResolvedValue(nothing as unknown as Cache);
  const [url, other] = [fresh(), fresh()];
  for (let n = 0; n < 3; n++) await preview(ana, url, bindings);
  expect(asked).toEqual([url]);
  windClock(1_000 * linkPreviewBounds.cachedSeconds);
  const bo = await caller("bo");
  await preview(bo, url, bindings);
  expect(asked).toEqual([url, url]);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  opened.mockRejectedValue(new Error("no cache here"));
  expect((await preview(bo, other, bindings)).title).toBe("x");
  // Of many pages the oldest are forgotten.
  for (let n = 0; n < linkPreviewBounds.keptInMemoryMax; n++) await status(bo, `${other}${n}`, bindings);
  const { length } = asked;
  await preview(bo, other, bindings);
  expect(asked).toHaveLength(length + 1);
  opened.mockRestore();
});

test("[K6] an isolate fetches a few pages at the same time; who comes then asks again, also if a fetch never says that it has ended", async () => {
  const ana = await caller("ana");
  const ends: (() => void)[] = [];
  const { asked, bindings } = world(async ({ pathname }) => {
    if (pathname === "/slow") await new Promise<void>((resolve) => ends.push(resolve));
    return html("<title>x</title>");
  });
  const slow = Array.from({ length: linkPreviewBounds.fetchesAtOnce }, () => status(ana, `${fresh()}slow`, bindings));
  await expect.poll(() => asked.length).toBe(linkPreviewBounds.fetchesAtOnce);
  const url = fresh();
  const answer = await ask(ana, "GET", pathOf(url), undefined, bindings);
  expect(answer).toMatchObject({ status: 503, body: { code: "unavailable", retry: "later" } });
  windClock(linkPreviewBounds.fetchMs + 1_000);
  expect(await status(ana, url, bindings)).toBe(200);
  for (const end of ends) end();
  expect(await Promise.all(slow)).toEqual(slow.map(() => 200));
});

test("[K6] fetches are counted for the network that asks and for the site that is asked, at each redirect; what is kept is not", async () => {
  const ana = await caller("ana");
  const [url, moved] = [fresh(), fresh()];
  const { asked, bindings } = world(({ href }) =>
    href === moved
      ? new Response(null, { status: 302, headers: { location: "https://example.com/there" } })
      : html("<title>x</title>"),
  );
  const keys: string[] = [];
  let refuses: (key: string) => boolean = () => false;
  const limited = {
    ...bindings,
    PARLEY_RATE_LIMITS: "on",
    RATE_LIMIT_LINK_FETCHES: {
      limit: async ({ key }: { key: string }) => ({ success: keys.push(key) > 0 && !refuses(key) }),
    },
  };
  const from = (link: string, address: string) =>
    fetchOf(
      new Request(`https://parley.test/v1${pathOf(link)}`, {
        headers: { authorization: `Bearer ${ana.session.accessToken}`, "cf-connecting-ip": address },
      }),
      limited,
    );
  expect((await from(url, "2001:db8:1:2:3::1")).status).toBe(200);
  expect(keys).toEqual(["network 2001:db8:1::/48", `site ${new URL(url).host}`]);
  refuses = () => true;
  expect((await from(url, "192.0.2.77")).status).toBe(200);
  expect((await from(fresh(), "192.0.2.77")).status).toBe(429);
  // Who has had too much fetched takes nothing from a site's share, which is everybody's.
  expect(keys.at(-1)).toBe("network 192.0.2.0/24");
  refuses = (key) => key === "site example.com";
  expect((await from(moved, "192.0.2.77")).status).toBe(429);
  expect(keys.slice(-3)).toEqual([`site ${new URL(moved).host}`, "network 192.0.2.0/24", "site example.com"]);
  expect(asked).toEqual([url, moved]);
  // A refusal is not remembered.
  refuses = () => false;
  expect((await from(moved, "192.0.2.77")).status).toBe(200);
});
