/** Serves uploads. */
import { answer, answerDone } from "../../answer.ts";
import { askUpload } from "../../media/uploads/ask.ts";
import { beginUpload, forward, removeUpload } from "../../media/uploads/begin.ts";
import { completeUpload } from "../../media/uploads/complete.ts";
import { putPart } from "../../media/uploads/put-part.ts";
import { type Api, mount } from "../../mount.ts";
import type { Said } from "../../../objects/contract/uploads.ts";
import { uploadBounds, uploadLimits } from "../../../schema/bounds/uploads.ts";
import * as declared from "../../../schema/http/uploads.ts";

export function serveUploads(api: Api): void {
  mount(api, declared.createUpload, async ({ env, actor, params, body, allow }) => {
    const { conversationId } = params;
    const { from, name = "", type = "", bytes = 0, sha256 } = body;
    if (from !== undefined) {
      allow(uploadBounds.copyMs);
      return answer(await forward(env, actor.userId, conversationId, from), 201);
    }
    const owner = { kind: "conversation", id: conversationId } as const;
    const draft = { name, type, bytes, sha256 };
    return answer(await beginUpload(env, actor.userId, owner, draft, uploadLimits.attachmentBytesMax), 201);
  });

  mount(api, declared.createOwnUpload, async ({ env, actor, body }) => {
    const owner = { kind: "user", id: actor.userId } as const;
    return answer(await beginUpload(env, actor.userId, owner, body, uploadLimits.avatarBytesMax), 201);
  });

  mount(api, declared.putUploadPart, async ({ env, request, actor, params, allow }) => {
    allow(uploadBounds.partMs);
    return answerDone(await putPart(env, request, actor.userId, { id: params.uploadId, n: params.n }));
  });

  mount(api, declared.getUpload, async ({ env, actor, params }) =>
    answer(await askUpload(env, actor.userId, { do: "state", id: params.uploadId })),
  );

  mount(api, declared.deleteUpload, async ({ env, actor, params }) =>
    answerDone(await removeUpload(env, actor.userId, params.uploadId)),
  );

  mount(api, declared.completeUpload, async ({ env, actor, params, body, allow }) => {
    allow(uploadBounds.completeMs);
    return answer(await completeUpload(env, actor.userId, params.uploadId, saidOf(body)));
  });
}

function saidOf({ width, height, durationMs, thumbhash, waveform, preview, alt }: declared.CompletionDraft): Said {
  return {
    width: width ?? null,
    height: height ?? null,
    durationMs: durationMs ?? null,
    thumbhash: thumbhash ?? null,
    waveform: waveform ?? null,
    preview: preview ?? null,
    alt: alt ?? null,
  };
}
