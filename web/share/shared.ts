/** Owns what another app shares with this one, from the service worker that receives it to the page that shows it. */

/** A cache of its own, which outlives the worker. */
const cacheName = "parley-shared";
/** What nobody took for so long is not shown any more. */
const keptMs = 3_600_000;

export interface Shared {
  readonly text: string;
  readonly files: readonly File[];
}

/** For the service worker: keeps a form in the place of what was shared before. Answers where to go on. */
export async function keepShared(request: Request, now: number): Promise<Response> {
  const form = await request.formData();
  const cache = await emptied();
  const texts = ["title", "text", "url"].flatMap((name) => form.get(name) ?? []).filter(isWritten);
  const files = form.getAll("files").filter((each) => each instanceof File && each.size > 0);
  for (const [index, file] of files.entries()) {
    if (!(file instanceof File)) continue;
    const headers = { "content-type": file.type, "x-name": encodeURIComponent(file.name) };
    await cache.put(`/shared/${index}`, new Response(file, { headers }));
  }
  // A browser that puts the link into the text, too, sends it twice.
  const text = texts.filter((each, index) => !texts.slice(0, index).some((before) => before.includes(each))).join("\n");
  await cache.put("/shared/", new Response(JSON.stringify({ text, count: files.length, at: now })));
  return Response.redirect("/#/start/share", 303);
}

/** For the page: takes what was shared; null where there is nothing. */
export async function takeShared(now: number): Promise<Shared | null> {
  if (!("caches" in globalThis)) return null;
  const cache = await caches.open(cacheName);
  const about: unknown = await (await cache.match("/shared/"))?.json();
  const { text, count, at }: { text?: unknown; count?: unknown; at?: unknown } =
    typeof about === "object" && about !== null ? about : {};
  const files: File[] = [];
  for (let index = 0; typeof count === "number" && index < count; index++) {
    const kept = await cache.match(`/shared/${index}`);
    if (kept === undefined) continue;
    const name = decodeURIComponent(kept.headers.get("x-name") ?? "");
    files.push(new File([await kept.blob()], name, { type: kept.headers.get("content-type") ?? "" }));
  }
  await caches.delete(cacheName);
  if (typeof text !== "string" || typeof at !== "number" || now - at > keptMs) return null;
  return text === "" && files.length === 0 ? null : { text, files };
}

async function emptied(): Promise<Cache> {
  await caches.delete(cacheName);
  return await caches.open(cacheName);
}

function isWritten(value: FormDataEntryValue): value is string {
  return typeof value === "string" && value.trim() !== "";
}
