/** Serves the bytes behind signed addresses: streamed from R2, whole or a range, shown only where nothing in them can run. */
import { boundsOf, type ByteRange, byteRangeOf } from "../../core/media/byte-range.ts";
import { dispositionOf } from "../../core/media/disposition.ts";
import { answerProblem } from "../../objects/shared/platform/answers.ts";
import { withDeadline } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import { notFound, refuse } from "../../schema/errors.ts";
import { timeouts } from "../../schema/limits.ts";
import type { Api } from "../mount.ts";
import { mediaPath, signedBy, type SignedMedia } from "./address.ts";
import { isAtMediaOrigin } from "./origin.ts";

/** Nothing runs in what is shown, and nothing more is loaded for it. A browser shows a picture or a video in a page of its own, which has styles. */
const policy =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

export function serveMedia(api: Api): void {
  api.get(`${mediaPath}:owner/:object`, (context) => answerMedia(context.env, context.req.raw));
}

async function answerMedia(env: Env, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const signed = signedBy(env, url);
  const answer = signed === undefined ? answerProblem(unsigned.refusal) : await answered(env, request, signed);
  if (isAtMediaOrigin(env, url)) {
    answer.headers.set("access-control-allow-origin", "*");
    answer.headers.set("access-control-expose-headers", "accept-ranges, content-range, content-length, etag");
    answer.headers.set("cross-origin-resource-policy", "cross-origin");
  }
  return answer;
}

const unsigned = refuse("forbidden", "this address is not valid any more, or was altered");
const away = refuse("unavailable", "this file cannot be read now", 1_000);

type Asked = SignedMedia & { leftMs: number };

async function answered(env: Env, request: Request, asked: Asked): Promise<Response> {
  try {
    return await withDeadline(read(env, request, asked), timeouts.objectCallMs);
  } catch (error) {
    logFault("media", error, { key: asked.key });
    return answerProblem(away.refusal);
  }
}

async function read(env: Env, { method, headers }: Request, asked: Asked): Promise<Response> {
  cost.bucketReads++;
  if (method === "HEAD") {
    const object = await env.MEDIA.head(asked.key);
    if (object === null) return answerProblem(notFound.refusal);
    return new Response(null, { headers: { ...headersOf(object, asked), "content-length": String(object.size) } });
  }
  const known = etagsIn(headers.get("if-none-match"));
  const range = await rangeOf(env, headers, asked);
  const onlyIf = known === undefined ? {} : { onlyIf: new Headers({ "if-none-match": known }) };
  let object: R2Object | R2ObjectBody | null;
  try {
    object = await env.MEDIA.get(asked.key, { ...onlyIf, ...(range === undefined ? {} : { range }) });
  } catch (error) {
    if (range === undefined) throw error;
    // R2 refuses a range that has no byte of the object.
    cost.bucketReads++;
    const whole = await env.MEDIA.head(asked.key);
    if (whole === null) return answerProblem(notFound.refusal);
    if (boundsOf(range, whole.size) !== undefined) throw error;
    return new Response(null, {
      status: 416,
      headers: { "content-range": `bytes */${whole.size}`, "cache-control": "no-store" },
    });
  }
  if (object === null) return answerProblem(notFound.refusal);
  const shared = headersOf(object, asked);
  if (!("body" in object)) return new Response(null, { status: 304, headers: shared });
  const bounds = range === undefined ? undefined : boundsOf(range, object.size);
  if (bounds === undefined) return new Response(object.body, { headers: shared });
  const contentRange = `bytes ${bounds.first}-${bounds.last}/${object.size}`;
  return new Response(object.body, { status: 206, headers: { ...shared, "content-range": contentRange } });
}

/** The range that is asked for. It does not count if the client holds a part of other bytes. */
async function rangeOf(env: Env, headers: Headers, { key }: Asked): Promise<ByteRange | undefined> {
  const range = byteRangeOf(headers.get("range"));
  const held = headers.get("if-range");
  if (range === undefined || held === null) return range;
  cost.bucketReads++;
  return (await env.MEDIA.head(key))?.httpEtag === held ? range : undefined;
}

/** The header where it is well formed, else undefined: R2 throws for another. */
export function etagsIn(header: string | null): string | undefined {
  const isList =
    header !== null && /^(?:\*|(?:W\/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e]*")*)$/.test(header.trim());
  return isList ? header.trim() : undefined;
}

function headersOf(object: R2Object, { type, name, leftMs }: Asked): Record<string, string> {
  return {
    "accept-ranges": "bytes",
    // The bytes behind an address never change. Shared caches keep none, because they would still have them after they were deleted.
    "cache-control": `private, max-age=${Math.floor(leftMs / 1_000)}, immutable`,
    "content-disposition": dispositionOf(type, name),
    "content-security-policy": policy,
    "content-type": type,
    etag: object.httpEtag,
    "x-content-type-options": "nosniff",
  };
}
