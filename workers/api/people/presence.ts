/** Serves presence by HTTP. The call goes through the asker's own object, which knows whom they have blocked. */
import { ask, userStub } from "../../../objects/shared/platform/calls.ts";
import { done, refuse } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/presence.ts";
import { limits } from "../../../schema/limits.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answer } from "../../answer.ts";
import { type Api, mount } from "../../mount.ts";

export function servePresence(api: Api): void {
  mount(api, declared.getPresence, async ({ env, actor, query }) => {
    if (query.userIds.length > limits.presenceUsersMax) {
      return answerProblem(refuse("too_large", `userIds: at most ${limits.presenceUsersMax}`).refusal);
    }
    const found = await ask("user.presenceOf", () => userStub(env, actor.userId).presenceOf(query.userIds));
    return found.ok ? answer(done({ presence: found.value })) : answerProblem(found.refusal);
  });
}
