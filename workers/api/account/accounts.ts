/** Serves accounts: signing up. */
import type { z } from "zod";
import { ask, call, userStub } from "../../../objects/shared/platform/calls.ts";
import { Directory } from "../../../objects/shared/identity/directory.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { claimHandle } from "../../../objects/shared/identity/handles.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/account/accounts.ts";
import type { UserId } from "../../../schema/ids.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answer } from "../../answer.ts";
import { addressOf, attemptBy, limitHandleChecks, limitSignUps } from "../../passwords/attempts.ts";
import { nearTo } from "../../location.ts";
import { type Api, mount } from "../../mount.ts";
import { checkUncommon, hashBy, hashNew } from "../../passwords/password.ts";
import { deviceOf } from "./sessions.ts";

type Wish = z.output<typeof declared.signUp.body>;

const taken = refuse("handle_taken", "handle: is taken");

export function serveAccounts(api: Api): void {
  mount(api, declared.checkHandle, async ({ env, request, params }) => {
    const limited = limitHandleChecks(env, request);
    if (!limited.ok) return answerProblem(limited.refusal);
    const owner = await new Directory(env).ownerOf(params.handle);
    if (!owner.ok && owner.refusal.code !== "not_found") return answerProblem(owner.refusal);
    return answer(done({ isFree: !owner.ok }));
  });

  mount(api, declared.signUp, async ({ env, request, body }) => {
    const uncommon = checkUncommon(body.password, "password");
    if (!uncommon.ok) return answerProblem(uncommon.refusal);
    const limited = limitSignUps(env, request);
    if (!limited.ok) return answerProblem(limited.refusal);
    // A fresh id is only a proposal. If the handle was claimed before, the user of that claim is asked, so a sign-up that was cut off goes on.
    const proposed = mintUserId(env.ID_SECRET);
    // Every call that may be an object's first carries this, because the first call decides where the object lives.
    const near = nearTo(request);
    const claimed = await claimHandle(env, new Directory(env), body.handle, proposed, "signUp", near);
    if (!claimed.ok) return answerProblem(claimed.refusal);
    const userId = claimed.value;
    if (userId !== proposed) {
      // The object is asked before the costly hash: in almost all cases the handle is taken.
      const holder = await call("user.holdsHandle", () => userStub(env, userId, near).holdsHandle(body.handle));
      if (!holder.ok) return answerProblem(holder.refusal);
      if (holder.value === "free") return answerProblem(taken.refusal);
      if (holder.value === "held") return answer(await signUpAgain(env, request, userId, body));
    }
    const password = await hashNew(env, body.password, addressOf(env, request));
    if (!password.ok) return answerProblem(password.refusal);
    const named = { userId, handle: body.handle, name: body.name ?? body.handle };
    const account = { ...named, password: password.value, device: deviceOf(body) };
    const made = await call("user.signUp", () => userStub(env, userId, near).signUp(account));
    if (!made.ok) return answerProblem(made.refusal);
    if (made.value.ok === "exists") return answer(await signUpAgain(env, request, userId, body));
    return answer(made.value, 201);
  });
}

/** The account exists already. The same password within ten minutes means that only the answer of the first call was lost. */
async function signUpAgain(env: Env, request: Request, userId: UserId, wish: Wish): Promise<Outcome<declared.Session>> {
  const by = attemptBy(env, request);
  const challenge = await ask("user.challengeAgain", () => userStub(env, userId).challengeAgain(wish.handle, by));
  if (!challenge.ok) return asTaken(challenge);
  const { attemptId } = challenge.value;
  const hash = await hashBy(challenge.value, wish.password, addressOf(env, request));
  if (!hash.ok) return hash;
  const attempt = { attemptId, hash: hash.value, device: deviceOf(wish), forSignUp: wish.handle, by };
  return asTaken(await ask("user.signIn", () => userStub(env, userId).signIn(attempt)));
}

/** Shows a stranger no more than that the handle is taken. Only refusals that are worth a repeat are answered as they are. */
function asTaken<T>(outcome: Outcome<T>): Outcome<T> {
  if (outcome.ok || outcome.refusal.code === "unavailable" || outcome.refusal.code === "rate_limited") return outcome;
  return taken;
}
