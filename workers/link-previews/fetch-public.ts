/** Fetches pages and pictures of other sites: by addresses that are judged again at each redirect, within a time and a size, without anything of the user's request. */
import { fetchable } from "./address.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";

/** What was fetched: its first bytes, and the address where the redirects ended. */
export interface Fetched {
  readonly url: URL;
  /** As the site says it, in lower case; with parameters. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Whether there was more than was read. */
  readonly isCut: boolean;
}

/** `bytesMax` of a media type; 0 where the type is not wanted. */
export type BytesMax = (type: string) => number;

const agent = "Mozilla/5.0 (compatible; ParleyLinkPreview/1.0)";

/** Null where there is nothing to show: a refused address, no answer in time, an error, a type that is not wanted. */
export async function fetchPublic(env: Env, own: string, address: URL, bytesMax: BytesMax): Promise<Fetched | null> {
  const signal = AbortSignal.timeout(linkPreviewBounds.fetchMs);
  try {
    let url = address;
    for (let n = 0; n <= linkPreviewBounds.redirectsMax; n++) {
      const response = await outside(env, url, signal);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null)
        return await read(response, url, bytesMax, signal);
      await response.body?.cancel();
      const next = fetchable(URL.parse(location, url.href)?.href ?? "", env.LINK_HOSTS ?? "", own);
      if (next === null) return null;
      url = next;
    }
    return null;
  } catch {
    // A site that is away, too slow, or not a site. What went wrong is the site's matter.
    return null;
  }
}

/** Locally a service that connects to public addresses alone (scripts/server/runtime.ts). On the platform a Worker's fetch reaches no others. */
async function outside(env: Env, url: URL, signal: AbortSignal): Promise<Response> {
  const isListed = fetchable(url.href, "") === null;
  const service = env.PUBLIC_WEB === undefined || isListed ? globalThis : env.PUBLIC_WEB;
  return await service.fetch(url.href, {
    redirect: "manual",
    signal,
    headers: {
      "user-agent": agent,
      accept: "text/html, application/xhtml+xml, image/*;q=0.8",
      "accept-language": "en, *;q=0.5",
    },
  });
}

async function read(response: Response, url: URL, bytesMax: BytesMax, signal: AbortSignal): Promise<Fetched | null> {
  const type = (response.headers.get("content-type") ?? "").trim().toLowerCase();
  const max = bytesMax(type);
  if (response.status !== 200 || response.body === null || max === 0) {
    await response.body?.cancel();
    return null;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop);
  try {
    while (size <= max) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      size += value.byteLength;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
  return { url, type, bytes: joined(chunks, Math.min(size, max)), isCut: size > max };
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, bytes - at);
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
