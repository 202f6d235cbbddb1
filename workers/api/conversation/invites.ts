/** Serves invites. A code is `<conversationId>.<secret>`, so that it leads to its conversation without a directory. */
import { ask, conversationStub } from "../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { isMinted } from "../../../objects/shared/identity/mint.ts";
import { notFound, type Outcome, done } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/conversation/conversations.ts";
import { conversationId, type ConversationId } from "../../../schema/ids.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answer, answerDone } from "../../answer.ts";
import { type Api, mount } from "../../mount.ts";
import { shownConversation } from "../../profiles.ts";
import { joinerOf } from "../../people.ts";

export function serveInvites(api: Api): void {
  mount(api, declared.createInvite, async ({ env, actor, params, body }) =>
    answer(
      await ask("conversation.createInvite", () =>
        conversationStub(env, params.conversationId).createInvite(actor.userId, body),
      ),
      201,
    ),
  );

  mount(api, declared.listInvites, async ({ env, actor, params, query }) =>
    answer(
      await ask("conversation.invites", () =>
        conversationStub(env, params.conversationId).invites(actor.userId, query.cursor, query.limit),
      ),
    ),
  );

  mount(api, declared.endInvite, async ({ env, actor, params }) =>
    answerDone(
      await ask("conversation.endInvite", () =>
        conversationStub(env, params.conversationId).endInvite(actor.userId, params.inviteId),
      ),
    ),
  );

  mount(api, declared.previewInvite, async ({ env, params }) => await preview(env, params.code));
  mount(api, declared.previewInviteOpenly, async ({ env, params }) => await preview(env, params.code));

  mount(api, declared.deleteInvite, async ({ env, actor, params }) => {
    const code = readCode(env, params.code);
    if (!code.ok) return answerProblem(code.refusal);
    const { id, secret } = code.value;
    return answerDone(
      await ask("conversation.deleteInvite", () => conversationStub(env, id).deleteInvite(actor.userId, secret)),
    );
  });

  mount(api, declared.acceptInvite, async ({ env, actor, params }) => {
    const code = readCode(env, params.code);
    if (!code.ok) return answerProblem(code.refusal);
    const { id, secret } = code.value;
    const person = await joinerOf(env, actor.userId, id, secret);
    if (!person.ok) return answerProblem(person.refusal);
    const accept = () => conversationStub(env, id).acceptInvite(person.value, secret);
    return answer(await shownConversation(env, await ask("conversation.acceptInvite", accept)));
  });
}

async function preview(env: Env, given: string): Promise<Response> {
  const code = readCode(env, given);
  if (!code.ok) return answerProblem(code.refusal);
  const { id, secret } = code.value;
  return answer(await ask("conversation.previewInvite", () => conversationStub(env, id).previewInvite(secret)));
}

function readCode(env: Env, code: string): Outcome<{ id: ConversationId; secret: string }> {
  const match = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16,86})$/.exec(code);
  const [, id, secret] = match ?? [];
  if (id === undefined || secret === undefined || !isMinted(env.ID_SECRET, id, "conversation")) return notFound;
  return done({ id: conversationId.parse(id), secret });
}
