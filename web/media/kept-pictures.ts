/**
 * Owns the small pictures and previews that this browser keeps for the time without network: those that were on the screen, of each account by itself, in the
 * browser's Cache storage. The oldest go when there are too many. All go when the account signs out, and each when the server no longer shows it.
 */
import { type Account, type AttachmentVariant, ParleyError } from "parley-sdk";

/** A picture that is larger is not kept. */
export const keptPictureBytesMax = 1_048_576;
const keptBytesMax = 60_000_000;
const keptPicturesMax = 600;
const keptMsMax = 30 * 86_400_000;

export interface KeptPicture {
  readonly name: string;
  readonly bytes: number;
  readonly at: number;
}

/** Which of them have to go: those that are too old, then the oldest until the rest fits. */
export function overfull(pictures: readonly KeptPicture[], now: number): readonly string[] {
  let bytes = 0;
  const newestFirst = pictures.toSorted((a, b) => b.at - a.at);
  return newestFirst
    .filter((picture, index) => {
      bytes += picture.bytes;
      return index >= keptPicturesMax || bytes > keptBytesMax || now - picture.at > keptMsMax;
    })
    .map(({ name }) => name);
}

const prefix = "parley-pictures-";
const bytesHeader = "x-kept-bytes";
const atHeader = "x-kept-at";
/** A name is an address, because Cache storage knows nothing else. Nobody serves it. */
const root = "/kept-pictures/";

function nameOf(id: string, variant: AttachmentVariant): string {
  return `${root}${variant}/${encodeURIComponent(id)}`;
}

/** Undefined where the browser has none, as on plain http. */
async function opened(userId: string): Promise<Cache | undefined> {
  return "caches" in globalThis ? await caches.open(prefix + userId).catch(() => undefined) : undefined;
}

/** Keeps what is on the screen, if it is not kept yet. The bytes come from the browser's own cache of the network. */
export async function keepPicture(userId: string, id: string, variant: AttachmentVariant, url: string): Promise<void> {
  const cache = await opened(userId);
  const name = nameOf(id, variant);
  if (cache === undefined || (await cache.match(name)) !== undefined) return;
  const answer = await fetch(url, { cache: "force-cache" });
  if (!answer.ok || Number(answer.headers.get("content-length") ?? Infinity) > keptPictureBytesMax) return;
  const bytes = await answer.blob();
  if (bytes.size > keptPictureBytesMax) return;
  const headers = { "content-type": bytes.type, [bytesHeader]: String(bytes.size), [atHeader]: String(Date.now()) };
  await cache.put(name, new Response(bytes, { headers }));
  for (const gone of overfull(await listed(cache), Date.now())) await cache.delete(gone);
}

/** Null where it is not kept. */
export async function keptPicture(userId: string, id: string, variant: AttachmentVariant): Promise<Blob | null> {
  const answer = await (await opened(userId))?.match(nameOf(id, variant));
  return (await answer?.blob()) ?? null;
}

/** The account has signed out. */
export async function forgetPictures(userId: string): Promise<void> {
  if ("caches" in globalThis) await caches.delete(prefix + userId);
}

/** Deletes what the server does not show this account any more: what was unsent, erased or withheld. Without network it waits for the next time. */
export async function sweepPictures({ userId, attachments }: Account): Promise<void> {
  const cache = await opened(userId);
  if (cache === undefined) return;
  const now = Date.now();
  const pictures = await listed(cache);
  for (const gone of overfull(pictures, now)) await cache.delete(gone);
  await Promise.all(
    pictures.map(async ({ name }) => {
      const [variant = "", id = ""] = name.slice(root.length).split("/");
      try {
        await attachments.url(decodeURIComponent(id), variant === "preview" ? "preview" : "original");
      } catch (error) {
        if (error instanceof ParleyError && error.code === "not_found") await cache.delete(name);
      }
    }),
  );
}

async function listed(cache: Cache): Promise<KeptPicture[]> {
  const pictures: KeptPicture[] = [];
  for (const request of await cache.keys()) {
    const headers = (await cache.match(request))?.headers;
    pictures.push({
      name: new URL(request.url).pathname,
      bytes: Number(headers?.get(bytesHeader) ?? 0),
      at: Number(headers?.get(atHeader) ?? 0),
    });
  }
  return pictures;
}
