/** Serves exports: a conversation, and everything that is stored about the user. */
import { answerProblem } from "../../objects/shared/platform/answers.ts";
import type { Outcome } from "../../schema/errors.ts";
import * as declared from "../../schema/http/export.ts";
import { exportConversation, exportSelf } from "../archive/export.ts";
import { type Api, mount } from "../mount.ts";

export function serveExports(api: Api): void {
  mount(api, declared.exportConversation, async ({ env, actor, params, request }) =>
    answerStream(await exportConversation(env, request, actor, params.conversationId)),
  );

  mount(api, declared.exportMe, async ({ env, actor, request }) => answerStream(await exportSelf(env, request, actor)));
}

function answerStream(outcome: Outcome<Response>): Response {
  return outcome.ok ? outcome.value : answerProblem(outcome.refusal);
}
