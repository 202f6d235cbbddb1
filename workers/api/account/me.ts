/** Serves the signed-in user's own profile, settings and password. */
import { ask, userStub } from "../../../objects/shared/platform/calls.ts";
import type { PasswordChange } from "../../../objects/contract/account/passwords.ts";
import * as declared from "../../../schema/http/account/me.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answer, answerDone } from "../../answer.ts";
import { addressOf } from "../../passwords/attempts.ts";
import { forgetDevice } from "../../auth.ts";
import { makeNamed } from "../../media/pictures.ts";
import { type Api, mount } from "../../mount.ts";
import { ownerProof } from "../../security/ask.ts";
import { secondOf } from "../../security/relying-party.ts";
import { checkUncommon, hashBy, hashDecoy, hashNew } from "../../passwords/password.ts";

export function serveMe(api: Api): void {
  mount(api, declared.getMe, async ({ env, actor }) =>
    answer(await ask("user.me", () => userStub(env, actor.userId).me())),
  );

  mount(api, declared.patchMe, async ({ env, request, actor, body }) => {
    const { userId } = actor;
    const made = await makeNamed(env, request, userId, { kind: "user", id: userId }, body.avatar);
    if (!made.ok) return answerProblem(made.refusal);
    return answer(await ask("user.patchMe", () => userStub(env, userId).patchMe(body, made.value)));
  });

  mount(api, declared.changePassword, async ({ env, request, actor, body }) => {
    const uncommon = checkUncommon(body.next, "next");
    if (!uncommon.ok) return answerProblem(uncommon.refusal);
    const from = addressOf(env, request);
    const by = { deviceId: actor.deviceId };
    const challenge = await ask("user.challenge", () => userStub(env, actor.userId).challenge(undefined, by));
    // An attempt beyond the limit is not compared. It hashes all the same, so its answer comes no sooner.
    const hash = challenge.ok ? await hashBy(challenge.value, body.current, from) : await hashDecoy(body.current, from);
    if (!hash.ok) return answerProblem(hash.refusal);
    const next = await hashNew(env, body.next, from);
    if (!next.ok) return answerProblem(next.refusal);
    if (!challenge.ok) return answerProblem(challenge.refusal);
    const second = secondOf(env, request, body);
    const change: PasswordChange = { attemptId: challenge.value.attemptId, hash: hash.value, next: next.value, second };
    if (challenge.value.isChangedOfLate === true) {
      const again = await hashBy(challenge.value, body.next, from);
      if (!again.ok) return answerProblem(again.refusal);
      change.again = again.value;
    }
    return answerDone(
      await ask("user.changePassword", () => userStub(env, actor.userId).changePassword(actor.deviceId, change)),
    );
  });

  mount(api, declared.eraseMe, async ({ env, request, actor, body }) => {
    const proof = await ownerProof(env, request, actor, body);
    if (!proof.ok) return answerProblem(proof.refusal);
    const attempt = { ...proof.value.attempt, second: proof.value.second };
    const erased = await ask("user.erase", () => userStub(env, actor.userId).erase(actor.deviceId, attempt));
    forgetDevice(actor);
    return answerDone(erased, 202);
  });
}
