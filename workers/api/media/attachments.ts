/** Serves attachments: addresses of their bytes, for those whom their conversation's object lets see them, and the list of what a conversation has attached. */
import type { Media } from "../../../objects/contract/uploads.ts";
import { answerJson, answerProblem } from "../../../objects/shared/platform/answers.ts";
import { ask, conversationStub } from "../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { inParallel } from "../../../objects/shared/platform/in-parallel.ts";
import { ownerOf } from "../../../objects/shared/uploads/upload-ids.ts";
import { mediaBounds } from "../../../schema/bounds/media.ts";
import { done, notFound, type Outcome } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/conversation/attachments.ts";
import type { AttachmentId, ConversationId, UserId } from "../../../schema/ids.ts";
import { answer } from "../../answer.ts";
import { addressOf, signedOf } from "../../media/address.ts";
import { seenOf } from "../../media/seen.ts";
import { type Api, mount } from "../../mount.ts";
import { hiddenFrom } from "../../archive/hides.ts";

export function serveAttachments(api: Api): void {
  mount(api, declared.getAttachment, async ({ env, request, actor, params, query }) => {
    const found = await mediaOf(env, actor.userId, [params.attachmentId]);
    if (!found.ok) return answerProblem(found.refusal);
    const signed = signedOf(found.value.get(params.attachmentId), query.variant ?? "original");
    if (signed === undefined) return answerProblem(notFound.refusal);
    const address = addressOf(env, request, signed);
    if (acceptsJson(request)) return answerJson(JSON.stringify(address));
    return new Response(null, { status: 302, headers: { location: address.url, "cache-control": "no-store" } });
  });

  mount(api, declared.askAddresses, async ({ env, request, actor, body }) => {
    const asked = body.ids.map((each) => (typeof each === "string" ? { id: each } : each));
    const found = await mediaOf(
      env,
      actor.userId,
      asked.map(({ id }) => id),
    );
    if (!found.ok) return answerProblem(found.refusal);
    const addresses = asked.flatMap(({ id, variant = "original" }) => {
      const signed = signedOf(found.value.get(id), variant);
      return signed === undefined ? [] : [{ id, variant, ...addressOf(env, request, signed) }];
    });
    return answerJson(JSON.stringify({ addresses }));
  });

  mount(api, declared.listAttachments, async ({ env, actor, params, query }) => {
    const stub = conversationStub(env, params.conversationId);
    const [page, isHidden] = await Promise.all([
      ask("conversation.attached", () => stub.attached(actor.userId, query)),
      hiddenFrom(env, actor.userId, [params.conversationId]),
    ]);
    if (!page.ok || !isHidden.ok) return answer(page.ok ? isHidden : page);
    const items = page.value.items.filter(({ seq }) => !isHidden.value(params.conversationId, seq));
    return answer(done({ ...page.value, items }));
  });
}

/** What of these the user may see. Each conversation's object is asked once. */
async function mediaOf(
  env: Env,
  viewer: UserId,
  ids: readonly AttachmentId[],
): Promise<Outcome<Map<AttachmentId, Media>>> {
  const owned = ids.flatMap((id) => {
    const owner = ownerOf(env.ID_SECRET, id);
    return owner?.kind === "conversation" ? [{ id, conversation: owner.id }] : [];
  });
  const groups: [ConversationId, { id: AttachmentId }[]][] = [
    ...Map.groupBy(owned, ({ conversation }) => conversation),
  ];
  const media = new Map<AttachmentId, Media>();
  const faults: Outcome<never>[] = [];
  await inParallel(groups, mediaBounds.objectsAskedAtOnce, async ([conversation, asked]) => {
    const named = asked.map(({ id }) => id);
    const found = await seenOf(env, conversation, viewer, named);
    if (!found.ok) faults.push(found);
    else for (const each of found.value) media.set(each.attachment.id, each);
  });
  return faults[0] ?? done(media);
}

function acceptsJson(request: Request): boolean {
  return (request.headers.get("accept") ?? "").split(",").some((type) => /^\s*application\/json\s*(?:;|$)/i.test(type));
}
