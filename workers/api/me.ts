/** Serves the signed-in user's own profile, settings and password. */
import { ask, userStub } from "../../objects/shared/calls.ts";
import * as declared from "../../schema/http/me.ts";
import { answer, answerDone, answerProblem } from "../answer.ts";
import { type Api, mount } from "../mount.ts";
import { checkUncommon, hashBy, hashNew } from "../password.ts";

export function serveMe(api: Api): void {
  mount(api, declared.getMe, async ({ env, actor }) =>
    answer(await ask("user.me", () => userStub(env, actor.userId).me())),
  );

  mount(api, declared.patchMe, async ({ env, actor, body }) =>
    answer(await ask("user.patchMe", () => userStub(env, actor.userId).patchMe(body))),
  );

  mount(api, declared.changePassword, async ({ env, actor, body }) => {
    const uncommon = checkUncommon(body.next, "next");
    if (!uncommon.ok) return answerProblem(uncommon.refusal);
    const challenge = await ask("user.challenge", () => userStub(env, actor.userId).challenge());
    if (!challenge.ok) return answerProblem(challenge.refusal);
    const { attemptId } = challenge.value;
    const hash = await hashBy(challenge.value, body.current);
    if (!hash.ok) return answerProblem(hash.refusal);
    const next = await hashNew(body.next);
    if (!next.ok) return answerProblem(next.refusal);
    const attempt = { attemptId, hash: hash.value, next: next.value };
    return answerDone(
      await ask("user.changePassword", () => userStub(env, actor.userId).changePassword(actor.deviceId, attempt)),
    );
  });
}
