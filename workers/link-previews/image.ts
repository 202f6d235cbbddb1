/** Serves pictures of linked pages from the server's own origin, so that no reader's browser asks another site. Only points of pictures pass: what they are is read from their bytes. */
import { fetchable } from "./address.ts";
import { pictureSize } from "../../core/media/picture-size.ts";
import { isRaster, sniff } from "../../core/media/sniff.ts";
import { withoutMetadata } from "../../core/media/strip.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";
import { uploadBounds } from "../../schema/bounds/uploads.ts";
import { done, notFound, type Outcome } from "../../schema/errors.ts";
import { fetchPublic } from "./fetch-public.ts";
import { isSigned } from "./image-address.ts";
import { type CacheEntry, cachedOr } from "./cache.ts";

export async function answerImage(
  env: Env,
  request: Request,
  signature: string,
  image: string,
): Promise<Outcome<Response>> {
  const { host } = new URL(request.url);
  const url = isSigned(env, signature, image) ? fetchable(image, env.LINK_HOSTS ?? "", host) : null;
  if (url === null) return notFound;
  const kept = await cachedOr(`image ${url.href}`, async () => await made(env, host, url));
  const type = kept.headers.get("content-type") ?? "";
  if (!kept.ok || !isRaster(type)) return notFound;
  const headers = {
    "content-type": type,
    "cache-control": `private, max-age=${linkPreviewBounds.cachedSeconds}`,
    "content-security-policy": "sandbox; default-src 'none'",
    "content-disposition": "inline",
  };
  return done(new Response(kept.body, { headers }));
}

async function made(env: Env, own: string, url: URL): Promise<CacheEntry> {
  const fetched = await fetchPublic(env, own, url, () => linkPreviewBounds.imageBytesMax);
  if (fetched === null || fetched.isCut) return { body: null };
  const { type } = sniff(fetched.bytes.subarray(0, uploadBounds.sniffedBytes), "");
  if (!isRaster(type)) return { body: null };
  const bare = withoutMetadata(type, fetched.bytes);
  const size = bare === null ? null : pictureSize(type, bare);
  if (bare === null || size === null || size.width * size.height > linkPreviewBounds.imagePointsMax)
    return { body: null };
  return { body: bare, type };
}
