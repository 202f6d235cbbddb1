/** Owns how an answer becomes a response: JSON with a status, or a problem (RFC 9457). Objects and gateway answer alike. */
import { errors, problemOf, type Refusal } from "../../../schema/errors.ts";

/** JSON text that is there already goes out as it is. */
export function answerJson(text: string, status = 200): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/** `status` only where the protocol asks for another than the code's own. */
export function answerProblem(refusal: Refusal, status: number = errors[refusal.code].status): Response {
  const problem = { ...problemOf(refusal), status };
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (problem.retryAfterMs !== undefined) headers["retry-after"] = String(Math.ceil(problem.retryAfterMs / 1_000));
  if (refusal.code === "unauthenticated") headers["www-authenticate"] = "Bearer";
  return new Response(JSON.stringify(problem), { status, headers });
}
