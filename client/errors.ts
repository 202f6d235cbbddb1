/** Owns the one error that the SDK throws. */
import { errors, type ErrorCode, type Retry } from "../schema/errors.ts";
import type { SecondFactorAsk } from "../schema/security/passkey.ts";

/** A code of the protocol; later servers may add some, so decide on `retry` where the code is not known. */
export type ParleyErrorCode = ErrorCode | (string & {});

/**
 * Something was refused, or could not be done. `retry` says what a program may do: `never` (it did not and will not happen), `later`
 * (unknown or busy: repeat it, after `retryAfterMs` if given), `reauth` (sign in again), `resync` (the SDK does it itself).
 * No network is `unavailable` with `status` 0; `cause` then has the platform's own error. `message` is for people and may change.
 */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  readonly code: ParleyErrorCode;
  readonly retry: Retry;
  readonly retryAfterMs: number | null;
  readonly detail: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Given with `forbidden` where the password was right: the same call succeeds with an answer to this request, or with a recovery code. */
  readonly secondFactor: SecondFactorAsk | null;

  constructor(fault: {
    code: ParleyErrorCode;
    detail: string;
    retry?: Retry | undefined;
    retryAfterMs?: number | null;
    status?: number;
    secondFactor?: SecondFactorAsk | null | undefined;
    cause?: unknown;
  }) {
    super(`${fault.code}: ${fault.detail}`, fault.cause === undefined ? {} : { cause: fault.cause });
    const known = isKnown(fault.code) ? errors[fault.code] : undefined;
    this.code = fault.code;
    this.detail = fault.detail;
    this.secondFactor = fault.secondFactor ?? null;
    this.retryAfterMs = fault.retryAfterMs ?? null;
    this.status = fault.status ?? known?.status ?? 0;
    this.retry = fault.retry ?? known?.retry ?? adviceOf(this.status, this.retryAfterMs);
  }
}

/** What may be done about an error whose code and advice are both of a later server. */
function adviceOf(status: number, retryAfterMs: number | null): Retry {
  return status >= 500 || status === 429 || retryAfterMs !== null ? "later" : "never";
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code);
}

/** No answer came: the network, a timeout, a socket that broke. Whether it was done is unknown. */
export function unreachable(detail: string, cause?: unknown): ParleyError {
  return new ParleyError({ code: "unavailable", detail, retry: "later", status: 0, cause });
}

/** The account was closed before the server answered. What storage kept of the call is sent by the next run. */
export function closed(): ParleyError {
  return new ParleyError({
    code: "unavailable",
    detail: "the account was closed before the server answered",
    retry: "later",
    status: 0,
  });
}

/** What was thrown, as a ParleyError. An unexpected error may be repeated. */
export function faultOf(error: unknown): ParleyError {
  return error instanceof ParleyError
    ? error
    : new ParleyError({ code: "internal", detail: String(error), retry: "later" });
}

/** A promise that is rejected, and no unhandled rejection where nobody looks at it. */
export function rejected(error: ParleyError): Promise<never> {
  const promise = Promise.reject<never>(error);
  promise.catch(() => undefined);
  return promise;
}
