/** Serves pictures of people and groups. */
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import * as declared from "../../../schema/http/uploads.ts";
import { answerPicture } from "../../media/pictures.ts";
import { type Api, mount } from "../../mount.ts";

export function serveAvatars(api: Api): void {
  mount(api, declared.getAvatar, async ({ env, request, params }) => {
    const answered = await answerPicture(env, request, params.picture);
    return answered.ok ? answered.value : answerProblem(answered.refusal);
  });
}
