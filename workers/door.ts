/** Owns the reading of HTTP requests: sizes before parsing, media types, JSON depth, then the route's schema. */
import type { z } from "zod";
import { done, refuse, type Outcome, type Refusal } from "../schema/errors.ts";
import { limits } from "../schema/limits.ts";
import { parseJson, parseWith } from "../schema/wire/frames/parse.ts";

/** Of a body over the limit so many bytes are still read and dropped. A client that is cut off while it sends would never see the answer. */
const drainBytesMax = 32 * limits.bodyBytesMax;

const mediaTypes = /^\s*application\/(?:json|merge-patch\+json)\s*(?:;|$)/i;
const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The checked body. No body counts as `{}`: it is accepted if all fields are optional, and otherwise refused by the missing field. */
export async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<Outcome<T>> {
  const bytes = await readBytes(request);
  if (!bytes.ok) return bytes;
  if (bytes.value.byteLength === 0) return parseWith(schema, {});
  const unsupported = mediaFault(request.headers);
  if (unsupported !== undefined) return unsupported;
  let text: string;
  try {
    text = utf8.decode(bytes.value);
  } catch {
    return refuse("bad_request", "the body is not UTF-8");
  }
  const json = parseJson(text);
  return json.ok ? parseWith(schema, json.value) : json;
}

/** Parameters of the path. Every fault of form is `bad_request`. */
export function readParams<T>(params: Record<string, string>, schema: z.ZodType<T>): Outcome<T> {
  return asBadRequest(parseWith(schema, params));
}

/** The query's known parameters, each at most once; unknown ones are ignored. */
export function readQuery(search: URLSearchParams, schema: z.ZodObject): Outcome<unknown> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const [value, second] = search.getAll(name);
    if (second !== undefined) return refuse("bad_request", `${name}: is given twice`);
    if (value !== undefined) given[name] = value;
  }
  return asBadRequest(parseWith(schema, given));
}

function asBadRequest<T>(judged: { ok: true; value: T } | { ok: false; refusal: Refusal }): Outcome<T> {
  return judged.ok ? judged : refuse("bad_request", judged.refusal.detail);
}

function mediaFault(headers: Headers): { ok: false; refusal: Refusal } | undefined {
  const encoding = headers.get("content-encoding");
  if (encoding !== null && !/^identity$/i.test(encoding)) return refuse("unsupported", "the body must not be encoded");
  const header = headers.get("content-type");
  if (header === null || !mediaTypes.test(header)) return refuse("unsupported", "the body must be application/json");
  const name = charset.exec(header)?.[1];
  return name === undefined || /^utf-?8$/i.test(name) ? undefined : refuse("unsupported", "the body must be UTF-8");
}

/** Reads a body that is refused, and drops it, so that the client sees the answer. */
export async function drain({ body, bodyUsed }: Request): Promise<void> {
  if (body === null || bodyUsed) return;
  let bytes = 0;
  try {
    for await (const part of body) if ((bytes += part.byteLength) > drainBytesMax) break;
  } catch {
    // The client has gone.
  }
}

async function readBytes(request: Request): Promise<Outcome<Uint8Array>> {
  if (request.body === null) return done(new Uint8Array());
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    // The transport makes sure that a body has its declared length. So a body with a small declared length is read as a whole.
    if (declared <= limits.bodyBytesMax) return done(new Uint8Array(await request.arrayBuffer()));
    for await (const part of request.body) {
      size += part.byteLength;
      if (size <= limits.bodyBytesMax) parts.push(part);
      else if (size > drainBytesMax) break;
    }
  } catch {
    return refuse("bad_request", "the body ended early, or its framing is not valid HTTP");
  }
  if (size > limits.bodyBytesMax) return refuse("too_large", `a body holds at most ${limits.bodyBytesMax} bytes`);
  return done(Buffer.concat(parts));
}
