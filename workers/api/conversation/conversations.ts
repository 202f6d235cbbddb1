/** Serves conversations: direct chats, groups, the inbox. */
import { createHash } from "node:crypto";
import { foundingMode } from "../../../core/membership.ts";
import type { ConversationCalls, DmFounding, GroupFounding } from "../../../objects/contract/conversation-calls.ts";
import { ask, conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { mintDmId, mintGroupId } from "../../../objects/shared/identity/mint.ts";
import { done, type Outcome } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/conversation/conversations.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import type { Conversation } from "../../../schema/wire/conversation.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { answer } from "../../answer.ts";
import { shownConversation } from "../../profiles.ts";
import { type Near, nearTo } from "../../location.ts";
import { makeNamed } from "../../media/pictures.ts";
import { type Api, mount } from "../../mount.ts";
import { gather } from "../../people.ts";

type Founded = Awaited<ReturnType<ConversationCalls["found"]>>;

export function serveConversations(api: Api): void {
  mount(api, declared.openDm, async ({ env, request, actor, params }) => {
    const by = actor.userId;
    const id = mintDmId(env.ID_SECRET, by, params.userId);
    const brought = await gather(env, {
      by,
      others: params.userId === by ? [] : [params.userId],
      founding: { id, kind: "dm" },
    });
    if (!brought.ok) return answerProblem(brought.refusal);
    const { people, requests } = brought.value;
    return answerFounded(env, await found(env, request, { kind: "dm", id, by, people, requests }));
  });

  mount(api, declared.createGroup, async ({ env, request, actor, body }) => {
    const by = actor.userId;
    const others = [...new Set(body.memberIds)].filter((userId) => userId !== by);
    const chosen = foundingMode({ mode: body.mode, count: others.length + 1 });
    if (!chosen.ok) return answerProblem(chosen.refusal);
    const mode = chosen.value;
    const id = mintGroupId(env.ID_SECRET, by, body.clientId);
    const policy = body.policy ?? {};
    const draftDigest = body.clientId === undefined ? null : digestOf({ title: body.title, others, mode, policy });
    const founding: GroupFounding = { kind: "group", id, by, people: [], title: body.title, mode, policy, draftDigest };
    const brought = await gather(env, { by, others, founding: { id, kind: "group" } });
    if (brought.ok) {
      const { people, requests } = brought.value;
      return answerFounded(env, await found(env, request, { ...founding, people, requests }));
    }
    // A repeated call finds the first group, even if the group could not be founded today.
    const isThere = body.clientId !== undefined && (await view(env, id, by, nearTo(request))).ok;
    return isThere ? answerFounded(env, await found(env, request, founding)) : answerProblem(brought.refusal);
  });

  mount(api, declared.listConversations, async ({ env, actor, query }) =>
    answer(await ask("user.summaries", () => userStub(env, actor.userId).summaries(query.cursor, query.limit))),
  );

  mount(api, declared.getConversation, async ({ env, actor, params }) =>
    answer(await shownConversation(env, await view(env, params.conversationId, actor.userId))),
  );

  mount(api, declared.patchConversation, async ({ env, request, actor, params, body }) => {
    const id = params.conversationId;
    const made = await makeNamed(env, request, actor.userId, { kind: "conversation", id }, body.avatar);
    if (!made.ok) return answerProblem(made.refusal);
    const patched = await ask("conversation.patch", () =>
      conversationStub(env, id).patch(actor.userId, body, made.value),
    );
    return answer(await shownConversation(env, patched));
  });

  mount(api, declared.patchSummary, async ({ env, actor, params, body }) =>
    answer(await ask("user.patchSummary", () => userStub(env, actor.userId).patchSummary(params.conversationId, body))),
  );
}

/** `near`: where the object is created if this call is its first. */
function view(env: Env, id: ConversationId, viewer: UserId, near?: Near): Promise<Outcome<Conversation>> {
  return ask("conversation.view", () => conversationStub(env, id, near).view(viewer));
}

/** The object is created near its founder. */
function found(env: Env, request: Request, founding: DmFounding | GroupFounding): Promise<Founded> {
  return ask("conversation.found", () => conversationStub(env, founding.id, nearTo(request)).found(founding));
}

async function answerFounded(env: Env, founded: Founded): Promise<Response> {
  if (!founded.ok) return answerProblem(founded.refusal);
  return answer(await shownConversation(env, done(founded.value.conversation)), founded.value.isNew ? 201 : 200);
}

/** The same digest for requests that ask for the same group: the order of the members, and members who are named twice, do not change it. */
function digestOf(draft: { title: string; others: UserId[]; mode: string; policy: declared.PolicyPatch }): string {
  const { add, edit, write, history } = draft.policy;
  const rights = [add ?? null, edit ?? null, history ?? null];
  // A draft that does not name the right to write has the digest that it had before there was such a right.
  const facts = [draft.title, draft.others.toSorted(), draft.mode, ...rights, ...(write === undefined ? [] : [write])];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}
