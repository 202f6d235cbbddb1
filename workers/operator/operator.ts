/** Owns the operator's doors, which no other secret opens. Without OPERATOR_SECRET there are none. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { z } from "zod";
import { answerProblem } from "../../objects/shared/platform/answers.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { notFound, type Outcome } from "../../schema/errors.ts";
import { answer } from "../answer.ts";
import { readBody } from "../door.ts";
import type { Api } from "../mount.ts";
import { limitAddress } from "../rate-limit.ts";

/** A shorter secret could be guessed. */
const secretCharactersMin = 32;

/** Serves a door of the operator. Without the secret it answers as a path where nothing is. */
export function serveOperator<T>(
  api: Api,
  path: string,
  body: z.ZodType<T>,
  handler: (env: Env, body: T) => Promise<Outcome<unknown>>,
): void {
  api.post(path, async (context) => {
    const { env } = context;
    const request = context.req.raw;
    if (!isOperator(env, request)) {
      // Guesses are counted like all calls without a token. The operator's own calls are not.
      const limited = await limitAddress(env, request);
      return answerProblem(limited.ok ? notFound.refusal : limited.refusal);
    }
    try {
      const read = await readBody(request, body);
      return read.ok ? answer(await handler(env, read.value)) : answerProblem(read.refusal);
    } catch (error) {
      logFault("operator", error, { path });
      return answerProblem({ code: "internal", detail: "something failed here" });
    }
  });
}

/** By digests, so that the time that it takes does not show how much of a guess was right. */
function isOperator(env: Env, request: Request): boolean {
  const secret = env.OPERATOR_SECRET ?? "";
  const given = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return secret.length >= secretCharactersMin && timingSafeEqual(digest(secret), digest(given));
}
