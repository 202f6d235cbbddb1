/** Owns the error codes: one table from code to HTTP status, retry advice and title; and the close codes of sockets. */
import { z } from "zod";
import { secondFactorAsk, type SecondFactorAsk } from "./security/passkey.ts";

/** What a program may do about an error: nothing, repeat later, sign in again, or fetch the state anew. */
export type Retry = "never" | "later" | "reauth" | "resync";

export const errors = {
  bad_request: { status: 400, retry: "never", title: "The request is malformed" },
  unauthenticated: { status: 401, retry: "reauth", title: "Sign in first" },
  forbidden: { status: 403, retry: "never", title: "Not allowed" },
  not_found: { status: 404, retry: "never", title: "Not found" },
  handle_taken: { status: 409, retry: "never", title: "That handle is taken" },
  client_id_reused: { status: 409, retry: "never", title: "That clientId was used for another body" },
  conflict: { status: 409, retry: "never", title: "Not possible in the present state" },
  resync_required: { status: 409, retry: "resync", title: "Fetch the state anew" },
  too_large: { status: 413, retry: "never", title: "Over a size limit" },
  unsupported: { status: 415, retry: "never", title: "Not supported" },
  rate_limited: { status: 429, retry: "later", title: "Too many requests" },
  internal: { status: 500, retry: "later", title: "Something failed here" },
  unavailable: { status: 503, retry: "later", title: "Try again later" },
} as const satisfies Record<string, { status: number; retry: Retry; title: string }>;

export type ErrorCode = keyof typeof errors;

/** A refusal is a value; objects return it, doors turn it into a problem or an error frame. `secondFactor`: the call succeeds if it is repeated with it. */
export type Refusal = { code: ErrorCode; detail: string; retryAfterMs?: number; secondFactor?: SecondFactorAsk };

/** The answer of a call that may be refused. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(code: ErrorCode, detail: string, retryAfterMs?: number): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: retryAfterMs === undefined ? { code, detail } : { code, detail, retryAfterMs } };
}

/** One answer for strangers, for removed members and for what does not exist, so that asking reveals nothing. */
export const notFound = refuse("not_found", "it does not exist, or you may not see it");

/** The wait that a `later` names where the refusal gives none. */
const retryAfterMsDefault = 1_000;

export const errorCode = z.enum(Object.keys(errors) as [ErrorCode, ...ErrorCode[]]);
export const retry = z.enum(["never", "later", "reauth", "resync"]);

/** Body of an HTTP error, RFC 9457. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: errorCode,
  detail: z.string(),
  retry,
  retryAfterMs: z.int().optional(),
  secondFactor: secondFactorAsk.optional(),
});
export type Problem = z.infer<typeof problem>;

/** The HTTP body of a refusal. */
export function problemOf(refusal: Refusal): Problem {
  const { status, retry, title } = errors[refusal.code];
  const problem: Problem = { type: "about:blank", title, status, code: refusal.code, detail: refusal.detail, retry };
  if (retry === "later") problem.retryAfterMs = refusal.retryAfterMs ?? retryAfterMsDefault;
  if (refusal.secondFactor !== undefined) problem.secondFactor = refusal.secondFactor;
  return problem;
}

export const errorFrame = z.object({
  type: z.literal("error"),
  ref: z.string().optional(),
  code: errorCode,
  detail: z.string(),
  retry,
  retryAfterMs: z.int().optional(),
});
export type ErrorFrame = z.infer<typeof errorFrame>;

/** The error frame of a refusal, with the `ref` of the frame that it answers. */
export function errorFrameOf(refusal: Refusal, ref: string | undefined): ErrorFrame {
  const { retry } = errors[refusal.code];
  const frame: ErrorFrame = { type: "error", code: refusal.code, detail: refusal.detail, retry };
  if (ref !== undefined) frame.ref = ref;
  if (retry === "later") frame.retryAfterMs = refusal.retryAfterMs ?? retryAfterMsDefault;
  return frame;
}

/** Close codes of sockets, and what a client does about each. */
export const closeCodes = {
  badProtocol: { code: 4400, retry: "never" },
  credentials: { code: 4401, retry: "reauth" },
  notMember: { code: 4403, retry: "never" },
  silent: { code: 4408, retry: "later" },
  tooManySockets: { code: 4409, retry: "never" },
  frameTooLarge: { code: 4413, retry: "never" },
  tooManyFrames: { code: 4429, retry: "later" },
  slowReader: { code: 4290, retry: "later" },
  restart: { code: 1012, retry: "later" },
  tryLater: { code: 1013, retry: "later" },
} as const satisfies Record<string, { code: number; retry: Retry }>;

export type CloseReason = keyof typeof closeCodes;
