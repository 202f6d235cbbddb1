/** Serves previews of links. */
import { answerJson, answerProblem } from "../../objects/shared/platform/answers.ts";
import { notFound } from "../../schema/errors.ts";
import * as declared from "../../schema/http/links.ts";
import { linkBounds } from "../../schema/bounds/links.ts";
import { answerImage } from "../links/image.ts";
import { previewOf } from "../links/preview.ts";
import { type Api, mount } from "../mount.ts";
import { limitLinks } from "../rate-limit.ts";

export function serveLinks(api: Api): void {
  mount(api, declared.getLinkPreview, async ({ env, request, actor, query }) => {
    const limited = await limitLinks(env, actor.userId);
    if (!limited.ok) return answerProblem(limited.refusal);
    const preview = await previewOf(env, request, query.url);
    if (preview === null) return answerProblem(notFound.refusal);
    const answer = answerJson(JSON.stringify(preview));
    // The reader's browser keeps it, so that scrolling back asks nobody.
    answer.headers.set("cache-control", `private, max-age=${linkBounds.missedSeconds}`);
    return answer;
  });

  mount(api, declared.getLinkImage, async ({ env, request, params, query }) => {
    const answered = await answerImage(env, request, params.signature, query.of);
    return answered.ok ? answered.value : answerProblem(answered.refusal);
  });
}
