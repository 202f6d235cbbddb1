/** Serves pictures of linked pages from the server's own origin, so that no reader's browser asks another site. Only points of pictures pass: what they are is read from their bytes. */
import { fetchable } from "./address.ts";
import { type Asking, askingOf } from "./asking.ts";
import { pictureSize } from "../../core/media/picture-size.ts";
import { isRaster, sniff } from "../../core/media/sniff.ts";
import { withoutMetadata } from "../../core/media/strip.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";
import { uploadBounds } from "../../schema/bounds/uploads.ts";
import { done, notFound, type Outcome } from "../../schema/errors.ts";
import { type Fetched, fetchPublic } from "./fetch-public.ts";
import { isSigned } from "./image-address.ts";
import { type CacheEntry, cachedOr } from "./cache.ts";

export async function answerImage(
  env: Env,
  request: Request,
  signature: string,
  image: string,
): Promise<Outcome<Response>> {
  const asking = askingOf(env, request);
  if (!asking.ok) return asking;
  const { own } = asking.value;
  const url = isSigned(env, signature, image) ? fetchable(image, env.LINK_HOSTS ?? "", own) : null;
  if (url === null) return notFound;
  const kept = await cachedOr(`image ${url.href}`, async () => await made(asking.value, url));
  if (!kept.ok) return kept;
  const type = kept.value?.headers.get("content-type") ?? "";
  if (kept.value === null || !isRaster(type)) return notFound;
  const headers = {
    "content-type": type,
    "cache-control": `private, max-age=${linkPreviewBounds.cachedSeconds}`,
    "content-security-policy": "sandbox; default-src 'none'",
    "content-disposition": "inline",
  };
  return done(new Response(kept.value.body, { headers }));
}

async function made(asking: Asking, url: URL): Promise<Outcome<CacheEntry>> {
  const asked = await fetchPublic(asking, url, () => linkPreviewBounds.imageBytesMax);
  return asked.ok ? done(entryOf(asked.value)) : asked;
}

function entryOf(fetched: Fetched | null): CacheEntry {
  if (fetched === null || fetched.isCut) return { body: null };
  const { type } = sniff(fetched.bytes.subarray(0, uploadBounds.sniffedBytes), "");
  if (!isRaster(type)) return { body: null };
  const bare = withoutMetadata(type, fetched.bytes);
  const size = bare === null ? null : pictureSize(type, bare);
  if (bare === null || size === null || size.width * size.height > linkPreviewBounds.imagePointsMax)
    return { body: null };
  return { body: bare, type };
}
