/** Owns how the outcome of a call becomes a response. */
import { answerJson, answerProblem } from "../objects/shared/platform/answers.ts";
import type { Outcome } from "../schema/errors.ts";

export function answerNothing(status = 204): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store" } });
}

/** The value, as the body; a refusal, as a problem. */
export function answer(outcome: Outcome<unknown>, status = 200): Response {
  return outcome.ok ? answerJson(JSON.stringify(outcome.value), status) : answerProblem(outcome.refusal);
}

/** The same where the object has serialized the value itself. */
export function answerText(outcome: Outcome<string>): Response {
  return outcome.ok ? answerJson(outcome.value) : answerProblem(outcome.refusal);
}

/** 204, or the given status, without a body; or a problem. */
export function answerDone(outcome: Outcome<unknown>, status = 204): Response {
  return outcome.ok ? answerNothing(status) : answerProblem(outcome.refusal);
}
