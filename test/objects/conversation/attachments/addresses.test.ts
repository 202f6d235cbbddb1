/** What is promised about addresses of attachments: who gets one, for how long it is good, and how the bytes behind it are served. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../../objects/shared/platform/env.ts";
import type { AttachmentsPage } from "../../../../schema/http/conversation/attachments.ts";
import type { AttachmentId, ConversationId } from "../../../../schema/ids.ts";
import type { Attachment } from "../../../../schema/wire/attachment.ts";
import { wind } from "../../../rig/objects/accounts.ts";
import { someBytes, type TestFile, uploaded } from "../../../rig/objects/media/attachments.ts";
import { png, upload } from "../../../rig/objects/media/uploads.ts";
import { ask, type Caller, caller, fetchOf, must } from "../../../rig/objects/door.ts";
import { foundDm, foundGroup, send, submit } from "../../../rig/objects/people.ts";

type Address = { url: string; expiresAt: number };

async function sent(id: ConversationId, by: Caller, file: TestFile = {}): Promise<{ seq: number; file: Attachment }> {
  const attachment = await uploaded(id, by, file);
  const { seq } = await send(id, by, "", crypto.randomUUID(), { attachments: [attachment.id] });
  return { seq, file: attachment };
}

/** The address as JSON; or the status where there is none. */
async function addressOf(by: Caller, id: string, query = "", bindings: Partial<Env> = {}): Promise<Address | number> {
  const answer = await fetchOf(
    new Request(`https://parley.test/v1/attachments/${id}${query}`, {
      headers: { authorization: `Bearer ${by.session.accessToken}`, accept: "application/json" },
    }),
    bindings,
  );
  return answer.status === 200 ? await answer.json<Address>() : answer.status;
}

async function urlOf(by: Caller, id: string, query = ""): Promise<string> {
  const address = await addressOf(by, id, query);
  if (typeof address === "number") throw new Error(`no address: ${address}`);
  return address.url;
}

const uploadedPicture = async (by: Caller): Promise<string> => (await upload(by, png, { to: "me" })).id;
const get = (url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> =>
  fetchOf(new Request(url, { headers, method }));
const statusOf = async (url: string): Promise<number> => (await get(url)).status;
const evict = (id: ConversationId) => evictDurableObject(env.CONVERSATIONS.getByName(id));

test("[S29] only who may see a message with it gets an address; before the send only its uploader", async () => {
  const [ana, bo, eve] = [await caller("ana"), await caller("bo"), await caller("eve")];
  const id = await foundGroup(ana, [bo]);
  const file = await uploaded(id, ana);
  expect(await addressOf(ana, file.id)).toMatchObject({
    url: expect.stringContaining("https://parley.test/v1/media/"),
  });
  expect(await addressOf(bo, file.id)).toBe(404);
  await send(id, ana, "", "key", { attachments: [file.id] });
  await evict(id);
  expect(await addressOf(bo, file.id)).toMatchObject({ url: expect.any(String) as string });
  expect(await addressOf(eve, file.id)).toBe(404);
  expect(await addressOf(ana, `${id}.${"x".repeat(22)}`)).toBe(404);
  expect(await addressOf(ana, "g_made.up")).toBe(404);
  expect(await addressOf(ana, `${ana.userId}.${"x".repeat(22)}`)).toBe(404);
  expect(await addressOf(ana, file.id, "?variant=preview")).toBe(404);
  expect(await addressOf(ana, file.id, "?variant=huge")).toBe(400);
  // Removal ends no address that was given before, and gives no new one.
  const before = await urlOf(bo, file.id);
  await conversationStub(env, id).removeMember(ana.userId, bo.userId);
  expect(await addressOf(bo, file.id)).toBe(404);
  expect(await statusOf(before)).toBe(200);
  const asked = await must<{ addresses: unknown[] }>(200, bo, "POST", "/attachments/addresses", { ids: [file.id] });
  expect(asked.addresses).toEqual([]);
});

test("[S29] a member from whom history is hidden gets no address of what was sent before they joined", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundGroup(ana, [], { history: "joined" });
  const { file } = await sent(id, ana);
  await conversationStub(env, id).addMembers(ana.userId, [bo.person], []);
  const later = await sent(id, ana);
  expect(await addressOf(bo, file.id)).toBe(404);
  expect(await addressOf(bo, later.file.id)).toMatchObject({ url: expect.any(String) as string });
  const page = await must<AttachmentsPage>(200, bo, "GET", `/conversations/${id}/attachments`);
  expect(page.items.map(({ attachment }) => attachment.id)).toEqual([later.file.id]);
});

test("[S29] many addresses come in the order asked, without those that are not found", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const [one, two] = [await foundDm(ana, bo), await foundGroup(ana, [])];
  const preview = await uploaded(one, ana, { type: "image/webp" });
  const a = (await sent(one, ana, { preview: preview.id, type: "video/mp4", kind: "video" })).file;
  const b = (await sent(two, ana)).file;
  const ids = [b.id, { id: a.id, variant: "preview" }, "g_made.up", a.id, { id: b.id, variant: "preview" }];
  const all = await must<{ addresses: (Address & { id: string; variant: string })[] }>(
    200,
    ana,
    "POST",
    "/attachments/addresses",
    { ids },
  );
  expect(all.addresses.map(({ id, variant }) => [id, variant])).toEqual([
    [b.id, "original"],
    [a.id, "preview"],
    [a.id, "original"],
  ]);
  for (const { url } of all.addresses) expect(await statusOf(url)).toBe(200);
  const types = await Promise.all(all.addresses.map(async ({ url }) => (await get(url)).headers.get("content-type")));
  expect(types).toEqual(["image/png", "image/webp", "video/mp4"]);
  const bos = await must<{ addresses: { id: string }[] }>(200, bo, "POST", "/attachments/addresses", { ids });
  expect(bos.addresses.map(({ id }) => id)).toEqual([a.id, a.id]);
  expect((await ask(ana, "POST", "/attachments/addresses", { ids: Array(101).fill(a.id) })).status).toBe(413);
  expect((await ask(ana, "POST", "/attachments/addresses", { ids: [{ id: a.id, variant: "big" }] })).status).toBe(400);
  const redirect = await fetchOf(
    new Request(`https://parley.test/v1/attachments/${a.id}`, {
      headers: { authorization: `Bearer ${ana.session.accessToken}` },
      redirect: "manual",
    }),
  );
  expect([redirect.status, redirect.headers.get("location")]).toEqual([302, all.addresses[2]?.url]);
});

test("[S29] an address is good for 30 to 60 minutes, the same for all who ask meanwhile, and not one letter of it may change", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const { file } = await sent(id, ana, { name: "a&b=c #1.png" });
  const other = (await sent(id, ana)).file;
  const address = await addressOf(ana, file.id);
  if (typeof address === "number") throw new Error("no address");
  const leftMs = address.expiresAt - Date.now();
  expect(leftMs).toBeGreaterThan(29 * 60_000);
  expect(leftMs).toBeLessThanOrEqual(60 * 60_000 + 5_000);
  expect(await urlOf(bo, file.id)).toBe(address.url);
  expect(await statusOf(address.url)).toBe(200);
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(address.url);
    change(url);
    return String(url);
  };
  const otherPath = new URL(await urlOf(ana, other.id)).pathname;
  const forged: [string, (url: URL) => void][] = [
    ["another file", (url) => (url.pathname = otherPath)],
    ["a later end", (url) => url.searchParams.set("until", String(Number(url.searchParams.get("until")) + 3_600))],
    ["another type", (url) => url.searchParams.set("type", "text/html")],
    ["another name", (url) => url.searchParams.set("name", "x.html")],
    ["a type twice", (url) => url.searchParams.append("type", "text/html")],
    ["no signature", (url) => url.searchParams.delete("sig")],
    ["an empty signature", (url) => url.searchParams.set("sig", "")],
    ["a signature of another", (url) => url.searchParams.set("sig", "A".repeat(43))],
    ["an endless time", (url) => url.searchParams.set("until", "9".repeat(30))],
  ];
  for (const [what, change] of forged) expect(await statusOf(changed(change)), what).toBe(403);
  const sig = new URL(address.url).searchParams.get("sig") ?? "";
  for (let at = 0; at < sig.length; at += 7) {
    const letter = sig[at] === "A" ? "B" : "A";
    const url = changed((each) => each.searchParams.set("sig", sig.slice(0, at) + letter + sig.slice(at + 1)));
    expect(await statusOf(url), `letter ${at}`).toBe(403);
  }
  wind(leftMs - 2_000);
  expect(await statusOf(address.url)).toBe(200);
  wind(4_000);
  expect(await statusOf(address.url)).toBe(403);
});

test("[S28] after an unsend nobody gets an address, and the ones that were given answer 404 once the alarm has run", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const preview = await uploaded(id, ana, { type: "image/webp" });
  const { seq, file } = await sent(id, ana, { preview: preview.id });
  const urls = [await urlOf(bo, file.id), await urlOf(bo, file.id, "?variant=preview")];
  await submit(id, ana, { do: "unsend", seq });
  for (const by of [ana, bo]) expect(await addressOf(by, file.id)).toBe(404);
  await evict(id);
  wind(1_000);
  await runDurableObjectAlarm(env.CONVERSATIONS.getByName(id));
  for (const url of urls) expect(await statusOf(url)).toBe(404);
  for (const range of ["bytes=0-3", "bytes=999-"]) expect((await get(urls[0] ?? "", { range })).status).toBe(404);
  expect((await get(urls[0] ?? "", {}, "HEAD")).status).toBe(404);
});

test("[S30] bytes are served whole, in ranges, and not again to who has them", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const bytes = someBytes(1_000);
  const { file } = await sent(id, ana, { bytes });
  const url = await urlOf(bo, file.id);
  const whole = await get(url);
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
  const head = await get(url, {}, "HEAD");
  for (const answer of [whole, head]) {
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-type": "image/png",
      "content-disposition": `inline; filename="picture.png"; filename*=UTF-8''picture.png`,
      "x-content-type-options": "nosniff",
      "cache-control": expect.stringMatching(/^private, max-age=\d+/) as string,
      "content-security-policy": expect.stringMatching(/\bsandbox\b/) as string,
      etag: expect.stringMatching(/^".+"$/) as string,
    });
    expect(answer.headers.get("cache-control")).not.toMatch(/public|s-maxage/);
  }
  expect(head.headers.get("content-length")).toBe("1000");
  const parts: [string, number, string | null, number, number][] = [
    ["bytes=0-9", 206, "bytes 0-9/1000", 0, 10],
    ["bytes=990-", 206, "bytes 990-999/1000", 990, 1_000],
    ["bytes=-5", 206, "bytes 995-999/1000", 995, 1_000],
    ["bytes=-5000", 206, "bytes 0-999/1000", 0, 1_000],
    ["bytes=900-5000", 206, "bytes 900-999/1000", 900, 1_000],
    ["bytes=0-1,5-6", 200, null, 0, 1_000],
    ["bytes=9-2", 200, null, 0, 1_000],
    ["lines=1-2", 200, null, 0, 1_000],
  ];
  for (const [range, status, contentRange, from, to] of parts) {
    const part = await get(url, { range });
    expect([part.status, part.headers.get("content-range")], range).toEqual([status, contentRange]);
    expect(new Uint8Array(await part.arrayBuffer()), range).toEqual(bytes.slice(from, to));
  }
  for (const range of ["bytes=1000-", "bytes=5000-6000", "bytes=-0"]) {
    const none = await get(url, { range });
    expect([none.status, none.headers.get("content-range")], range).toEqual([416, "bytes */1000"]);
  }
  const etag = whole.headers.get("etag") ?? "";
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
    const again = await get(url, { "if-none-match": known });
    expect(again.status, known).toBe(304);
    expect(await again.text()).toBe("");
  }
  for (const known of ['"x"', "nonsense", `"x`]) {
    const again = await get(url, { "if-none-match": known });
    expect(again.status, known).toBe(200);
    await again.arrayBuffer();
  }
  expect((await get(url, { range: "bytes=0-1", "if-range": etag })).status).toBe(206);
  expect((await get(url, { range: "bytes=0-1", "if-range": '"x"' })).status).toBe(200);
});

test("[S30] what could run is only ever downloaded, under its name", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const files: [string, string][] = [
    ["image/svg+xml", "<svg>.svg"],
    ["text/html", 'a"b.html'],
    ["application/octet-stream", "Übung.bin"],
    ["application/pdf", "a.pdf"],
  ];
  for (const [type, name] of files) {
    const { file } = await sent(id, ana, { type, name, kind: "file" });
    const { headers } = await get(await urlOf(bo, file.id));
    expect(headers.get("content-disposition"), type).toMatch(/^attachment; /);
    expect(headers.get("content-disposition")).toContain(`filename*=UTF-8''${encodeURIComponent(name)}`);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("[S30] an origin for media alone is named in addresses, and answers pages of all sites", async () => {
  const [ana, bo] = [await caller("ana"), await caller("bo")];
  const id = await foundDm(ana, bo);
  const { file } = await sent(id, ana);
  const bindings = { MEDIA_ORIGIN: "https://media.test" };
  const address = await addressOf(ana, file.id, "", bindings);
  if (typeof address === "number") throw new Error("no address");
  expect(address.url).toMatch(/^https:\/\/media\.test\/v1\/media\//);
  const answer = await fetchOf(new Request(address.url), bindings);
  expect([
    answer.status,
    answer.headers.get("access-control-allow-origin"),
    answer.headers.get("cross-origin-resource-policy"),
  ]).toEqual([200, "*", "cross-origin"]);
  expect((await get(await urlOf(ana, file.id))).headers.get("access-control-allow-origin")).toBe(null);
  // Whatever stands behind the origin does not count, and what is no address counts as none: for files and for pictures of people alike.
  const picture = await uploadedPicture(ana);
  for (const [MEDIA_ORIGIN, origin] of [
    [" https://media.test/there/ ", "https://media.test"],
    ["media.test", "https://parley.test"],
    ["file:///media", "https://parley.test"],
  ] as const) {
    const own = await addressOf(ana, file.id, "", { MEDIA_ORIGIN });
    expect(typeof own === "number" ? own : new URL(own.url).origin).toBe(origin);
    await must(200, ana, "PATCH", "/me", { avatar: null });
    const me = await must<{ avatarUrl: string }>(200, ana, "PATCH", "/me", { avatar: picture }, { MEDIA_ORIGIN });
    expect(new URL(me.avatarUrl).origin).toBe(origin);
  }
});

test("[S31] what a conversation has attached is listed newest first, by kinds and in pages, to its members alone", async () => {
  const [ana, bo, eve] = [await caller("ana"), await caller("bo"), await caller("eve")];
  const id = await foundGroup(ana, [bo]);
  const all: AttachmentId[] = [];
  for (let round = 0; round < 3; round++) {
    const picture = await uploaded(id, ana);
    const file = await uploaded(id, ana, { kind: "file", type: "application/zip", name: "a.zip" });
    await send(id, ana, "text");
    await send(id, ana, "", `k${round}`, { attachments: [picture.id, file.id] });
    all.unshift(file.id, picture.id);
  }
  const list = async (by: Caller, query = "") =>
    await must<AttachmentsPage>(200, by, "GET", `/conversations/${id}/attachments${query}`);
  const idsOf = ({ items }: AttachmentsPage) => items.map(({ attachment }) => attachment.id);
  await evict(id);
  const page = await list(bo);
  expect(idsOf(page)).toEqual(all);
  expect(page.items[0]).toMatchObject({ seq: 6, senderId: ana.userId, sentAt: expect.any(Number) as number });
  expect(page.cursor).toBe(null);
  const paged: AttachmentId[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: AttachmentsPage = await list(bo, `?limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`);
    paged.push(...idsOf(next));
    cursor = next.cursor;
  }
  expect(paged).toEqual(all);
  expect(idsOf(await list(bo, "?kind=file"))).toEqual(all.filter((_, at) => at % 2 === 0));
  expect(idsOf(await list(bo, "?kind=image,video"))).toEqual(all.filter((_, at) => at % 2 === 1));
  expect(idsOf(await list(bo, "?kind=voice"))).toEqual([]);
  for (const bad of ["?kind=song", "?cursor=x", "?limit=0", "?cursor=1.2.3"])
    expect((await ask(bo, "GET", `/conversations/${id}/attachments${bad}`)).status, bad).toBe(400);
  expect((await ask(eve, "GET", `/conversations/${id}/attachments`)).status).toBe(404);
  await submit(id, ana, { do: "unsend", seq: 4 });
  expect(idsOf(await list(bo))).toEqual([...all.slice(0, 2), ...all.slice(4)]);
});
