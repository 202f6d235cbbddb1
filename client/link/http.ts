/** Owns the HTTP calls: typed by their declarations, bounded in time, and refused only with a ParleyError. */
import type { z } from "zod";
import type { Retry } from "../../schema/errors.ts";
import type { Route } from "../../schema/http/route.ts";
import type { Clock, Fetch } from "../contract/platform.ts";
import { secondFactorAsk } from "../../schema/security/passkey.ts";
import { ParleyError, unreachable } from "../errors.ts";
import { lenient } from "../../schema/lenient.ts";
import { ServerTime } from "./server-time.ts";

/** The server answers everything within 10 s; what takes longer got lost on the way. */
export const answerMsMax = 15_000;

type Value = string | number | undefined;

/** A declared call whose answers have a body of type `T`. */
export type CallWithBody<T> = Omit<Route, "answers"> & { answers: Record<number, { body: z.ZodType<T> }> };
/** A declared call without a body in its answer. */
export type CallWithoutBody = Omit<Route, "answers"> & { answers: Record<number, { body: null }> };

/** What a call needs, by its declaration. */
export type Ask<R> = (R extends { params: z.ZodType }
  ? { params: { [K in keyof z.input<R["params"]>]: string | number } }
  : { params?: never }) &
  (R extends { query: z.ZodType } ? { query?: { [K in keyof z.input<R["query"]>]?: Value } } : { query?: never }) &
  (R extends { body: z.ZodType } ? { body: z.input<R["body"]> } : { body?: never });

type Place = Pick<Route, "method" | "path">;

interface LooseAsk {
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly query?: Readonly<Record<string, Value>> | undefined;
  readonly body?: unknown;
  readonly bytes?: BytesAsk;
}

/** A body of bytes, and who is told how much of it is sent. */
interface BytesAsk {
  readonly blob: Blob;
  readonly onSent: (bytes: number) => void;
}

/** Makes a call whose body is bytes. */
export type SendBytes = (
  url: string,
  init: RequestInit & { readonly body: Blob },
  onSent: (bytes: number) => void,
) => Promise<Response>;

export interface CallOptions {
  readonly token?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export class Http {
  readonly baseUrl: string;
  readonly time: ServerTime;
  readonly #fetch: Fetch;
  readonly #sendBytes: SendBytes;
  readonly #clock: Clock;

  constructor(baseUrl: string, fetch: Fetch, clock: Clock, sendBytes: SendBytes = fetch) {
    this.#sendBytes = sendBytes;
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.#fetch = fetch;
    this.#clock = clock;
    this.time = new ServerTime(clock);
  }

  /** A call that is answered with a body. */
  async call<const R extends Route, T>(route: R & CallWithBody<T>, ask: Ask<R>, options: CallOptions = {}): Promise<T> {
    const { status, json } = await this.#exchange(route, ask, options, read);
    // A later server may answer with another status of success.
    const answer = route.answers[status] ?? Object.values(route.answers)[0];
    const parsed = answer === undefined ? undefined : lenient(answer.body).safeParse(json);
    // This is a proxy's page, or the server broke its own contract: in both cases the answer is useless.
    if (parsed?.success !== true)
      throw unreachable(`${route.method} ${route.path} was answered in an unknown form (${status})`);
    return parsed.data;
  }

  /** A call that is answered without a body. */
  async run<const R extends Route>(route: R & CallWithoutBody, ask: Ask<R>, options: CallOptions = {}): Promise<void> {
    await this.#exchange(route, ask, options, read);
  }

  /** A call whose body is bytes. `onSent` receives how many of them were given to the network, where the platform says it. */
  async sendBytes<const R extends Route>(
    route: R & CallWithoutBody,
    ask: Ask<R>,
    blob: Blob,
    { onSent, ...options }: CallOptions & { readonly onSent: (bytes: number) => void },
  ): Promise<void> {
    await this.#exchange(route, { params: ask.params, bytes: { blob, onSent } }, options, read);
  }

  /** The address of a path, as http or as ws. */
  url(path: string, query: Readonly<Record<string, Value>> = {}, scheme: "http" | "ws" = "http"): string {
    const base = scheme === "ws" ? this.baseUrl.replace(/^http/, "ws") : this.baseUrl;
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
    ).toString();
    return `${base}${path}${search === "" ? "" : `?${search}`}`;
  }

  /** A call whose answer is read as it comes, however long that takes. */
  async open(route: Place, params: LooseAsk["params"], options: CallOptions = {}): Promise<Response> {
    return await this.#exchange(route, { params }, options, async (response, stop) => {
      options.signal?.addEventListener("abort", stop, { once: true });
      return response;
    });
  }

  async #exchange<T>(
    route: Place,
    ask: LooseAsk,
    options: CallOptions,
    read: (response: Response, stop: () => void) => Promise<T>,
  ): Promise<T> {
    const path = route.path.replace(/:([A-Za-z]+)/g, (_match, name: string) =>
      encodeURIComponent(String(ask.params?.[name])),
    );
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    if (options.signal?.aborted === true) abort.abort();
    options.signal?.addEventListener("abort", onAbort);
    const cancelTimeout = this.#clock.after(options.timeoutMs ?? answerMsMax, onAbort);
    try {
      const headers: Record<string, string> = { accept: "application/json" };
      if (options.token !== undefined) headers["authorization"] = `Bearer ${options.token}`;
      const init: RequestInit = {
        method: route.method,
        headers,
        signal: abort.signal,
        credentials: "omit",
        cache: "no-store",
      };
      if (ask.body !== undefined) {
        headers["content-type"] = "application/json";
        init.body = JSON.stringify(ask.body);
      }
      const response = await this.#sent(this.url(path, ask.query), init, headers, ask.bytes);
      const problem = response.ok ? undefined : problemOf(response.status, await response.text());
      // The `Date` of a portal's page is not the server's.
      if (problem?.isForeign !== true) this.time.noteDate(response.headers.get("date"));
      if (problem !== undefined) throw problem.error;
      return await read(response, () => abort.abort());
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      options.signal?.throwIfAborted();
      throw unreachable(`${route.method} ${route.path} got no answer`, error);
    } finally {
      cancelTimeout();
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  async #sent(
    url: string,
    init: RequestInit,
    headers: Record<string, string>,
    bytes: BytesAsk | undefined,
  ): Promise<Response> {
    if (bytes === undefined) return await this.#fetch(url, init);
    headers["content-type"] = "application/octet-stream";
    return await this.#sendBytes(url, { ...init, body: bytes.blob }, bytes.onSent);
  }
}

async function read(response: Response): Promise<{ status: number; json: unknown }> {
  const text = response.status === 204 ? "" : await response.text();
  return { status: response.status, json: text === "" ? null : JSON.parse(text) };
}

/** Reads a problem without trusting it: a proxy on the way may answer errors of its own. */
function problemOf(status: number, text: string): { readonly error: ParleyError; readonly isForeign: boolean } {
  let fields: Record<string, unknown> = {};
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null) fields = { ...json };
  } catch {
    // Not JSON: the status must do.
  }
  const { code, detail, retry, retryAfterMs, secondFactor } = fields;
  // Not the server's own words: a portal or proxy that refuses says nothing about the request.
  if (typeof code !== "string") {
    const error = new ParleyError({ code: "unavailable", detail: `answered ${status}`, retry: "later", status });
    return { error, isForeign: true };
  }
  const error = new ParleyError({
    code,
    detail: typeof detail === "string" ? detail : code,
    status,
    retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : null,
    retry: isRetry(retry) ? retry : undefined,
    secondFactor: secondFactor === undefined ? null : lenient(secondFactorAsk).safeParse(secondFactor).data,
  });
  return { error, isForeign: false };
}

function isRetry(value: unknown): value is Retry {
  return value === "never" || value === "later" || value === "reauth" || value === "resync";
}
