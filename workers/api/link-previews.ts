/** Serves previews of links. */
import { answerJson, answerProblem } from "../../objects/shared/platform/answers.ts";
import * as declared from "../../schema/http/link-previews.ts";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";
import { answerImage } from "../link-previews/image.ts";
import { previewOf } from "../link-previews/preview.ts";
import { type Api, mount } from "../mount.ts";
import { limitLinkPreviews } from "../rate-limit.ts";

export function serveLinkPreviews(api: Api): void {
  mount(api, declared.getLinkPreview, async ({ env, request, actor, query }) => {
    const limited = await limitLinkPreviews(env, actor.userId);
    if (!limited.ok) return answerProblem(limited.refusal);
    const preview = await previewOf(env, request, query.url);
    if (!preview.ok) return answerProblem(preview.refusal);
    const answer = answerJson(JSON.stringify(preview.value));
    // The reader's browser keeps it, so that scrolling back asks nobody.
    answer.headers.set("cache-control", `private, max-age=${linkPreviewBounds.missCachedSeconds}`);
    return answer;
  });

  mount(api, declared.getLinkImage, async ({ env, request, params, query }) => {
    const answered = await answerImage(env, request, params.signature, query.of);
    return answered.ok ? answered.value : answerProblem(answered.refusal);
  });
}
