/** Owns previews of links: made from the page, and kept for a day by each location of the network, so that a link that many people see is fetched once. */
import { fetchable } from "./address.ts";
import { type Asking, askingOf } from "./asking.ts";
import { decodePage, readPage } from "./page.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";
import { done, notFound, type Outcome } from "../../schema/errors.ts";
import type { LinkPreview } from "../../schema/http/link-previews.ts";
import { type Fetched, fetchPublic } from "./fetch-public.ts";
import { type CacheEntry, cachedOr } from "./cache.ts";
import { originForAll } from "../media/origin.ts";
import { imagePath } from "./image-address.ts";

/** The preview of a link; not found where the server does not fetch its address, or the page says nothing of itself. */
export async function previewOf(env: Env, request: Request, link: string): Promise<Outcome<LinkPreview>> {
  const asking = askingOf(env, request);
  if (!asking.ok) return asking;
  const url = fetchable(link, env.LINK_HOSTS ?? "", asking.value.own);
  if (url === null) return notFound;
  const answer = await cachedOr(`page ${url.href}`, async () => await made(asking.value, url));
  if (!answer.ok) return answer;
  if (answer.value === null) return notFound;
  const { image, ...texts }: Facts = await answer.value.json();
  // Its address is signed by this server's key, so it is made anew each time and not kept.
  const imageUrl = image === null ? null : `${originForAll(env, request)}${imagePath(env, image)}`;
  return done({ url: url.href, ...texts, imageUrl });
}

type Facts = Omit<LinkPreview, "url" | "imageUrl"> & { image: string | null };

async function made(asking: Asking, url: URL): Promise<Outcome<CacheEntry>> {
  const { env, own } = asking;
  const fetched = await fetchPublic(asking, url, (type) =>
    isPage(type) ? linkPreviewBounds.pageBytesMax : type.startsWith("image/") ? 1 : 0,
  );
  if (!fetched.ok) return fetched;
  const facts = fetched.value === null ? null : factsOf(fetched.value);
  if (facts === null) return done({ body: null });
  const image = facts.image === null ? null : fetchable(facts.image, env.LINK_HOSTS ?? "", own);
  return done({ body: JSON.stringify({ ...facts, image: image?.href ?? null }), type: "application/json" });
}

function isPage(type: string): boolean {
  return type.startsWith("text/html") || type.startsWith("application/xhtml+xml");
}

function factsOf({ url, type, bytes }: Fetched): Facts | null {
  const site = url.hostname.replace(/^www\./, "");
  if (!isPage(type)) return { title: lastName(url) || site, description: "", site, image: url.href };
  const page = readPage(decodePage(type, bytes), url);
  return page === null ? null : { ...page, site: page.site || site };
}

/** The last part of a path: the name of the file that a link to a picture shows. */
function lastName({ pathname }: URL): string {
  const name = pathname.slice(pathname.lastIndexOf("/") + 1);
  return name.slice(0, linkPreviewBounds.titleCodePointsMax);
}
