/** Fetches pages and pictures of other sites: by addresses that are judged again at each redirect, within a time and a size, without anything of the user's request. */
import { fetchable } from "./address.ts";
import type { Asking } from "./asking.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";

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

const busy = refuse("unavailable", "too many pages are being fetched at this moment", 2_000);

/** When the fetches of this isolate end at the latest. A fetch of a request that the platform gave up never says that it has ended. */
const running = new Set<{ until: number }>();

/** Null where there is nothing to show: a refused address, no answer in time, an error, a type that is not wanted. Refused where it was not fetched, and may be later. */
export async function fetchPublic(asking: Asking, address: URL, bytesMax: BytesMax): Promise<Outcome<Fetched | null>> {
  const at = now();
  for (const each of running) if (each.until <= at) running.delete(each);
  if (running.size >= linkPreviewBounds.fetchesAtOnce) return busy;
  const place = { until: at + linkPreviewBounds.fetchMs + 1_000 };
  running.add(place);
  try {
    return await follow(asking, address, bytesMax);
  } catch {
    // A site that is away, too slow, or not a site. What went wrong is the site's matter.
    return done(null);
  } finally {
    running.delete(place);
  }
}

async function follow(asking: Asking, address: URL, bytesMax: BytesMax): Promise<Outcome<Fetched | null>> {
  const { env, own, charge } = asking;
  const signal = AbortSignal.timeout(linkPreviewBounds.fetchMs);
  let url = address;
  for (let n = 0; n <= linkPreviewBounds.redirectsMax; n++) {
    const charged = await charge(url.host);
    if (!charged.ok) return charged;
    const response = await outside(asking, url, signal);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null)
      return done(await read(response, url, bytesMax, signal));
    await response.body?.cancel();
    const next = fetchable(URL.parse(location, url.href)?.href ?? "", env.LINK_HOSTS ?? "", own);
    if (next === null) return done(null);
    url = next;
  }
  return done(null);
}

/** Locally a service that connects to public addresses alone (scripts/server/runtime.ts). On the platform a Worker's fetch reaches no others. */
async function outside({ env, agent }: Asking, url: URL, signal: AbortSignal): Promise<Response> {
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
