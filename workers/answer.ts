/** Owns how an outcome becomes a response: JSON with a status, or a problem (RFC 9457). */
import { errors, problemOf, type Outcome, type Refusal } from "../schema/errors.ts";

const json = { "content-type": "application/json", "cache-control": "no-store" };

/** JSON text that is there already goes out as it is. */
export function answerJson(text: string, status = 200): Response {
  return new Response(text, { status, headers: json });
}

export function answerNothing(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
}

/** `status` only where the protocol asks for another than the code's own. */
export function answerProblem(refusal: Refusal, status: number = errors[refusal.code].status): Response {
  const problem = { ...problemOf(refusal), status };
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (problem.retryAfterMs !== undefined) headers["retry-after"] = String(Math.ceil(problem.retryAfterMs / 1_000));
  if (refusal.code === "unauthenticated") headers["www-authenticate"] = "Bearer";
  return new Response(JSON.stringify(problem), { status, headers });
}

/** The value, as the body; a refusal, as a problem. */
export function answer(outcome: Outcome<unknown>, status = 200): Response {
  return outcome.ok ? answerJson(JSON.stringify(outcome.value), status) : answerProblem(outcome.refusal);
}

/** The same where the object has serialized the value itself. */
export function answerText(outcome: Outcome<string>): Response {
  return outcome.ok ? answerJson(outcome.value) : answerProblem(outcome.refusal);
}

/** 204, or a problem. */
export function answerDone(outcome: Outcome<unknown>): Response {
  return outcome.ok ? answerNothing() : answerProblem(outcome.refusal);
}
