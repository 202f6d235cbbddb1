/** Serves the members of a conversation. */
import { ask, conversationStub } from "../../../objects/shared/platform/calls.ts";
import type { Person } from "../../../objects/contract/person.ts";
import * as declared from "../../../schema/http/conversation/conversations.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import { done } from "../../../schema/errors.ts";
import { answer, answerDone } from "../../answer.ts";
import { type Api, mount } from "../../mount.ts";
import { withProfiles } from "../../profiles.ts";
import { gather } from "../../people.ts";

export function serveMembers(api: Api): void {
  mount(api, declared.listMembers, async ({ env, actor, params, query }) => {
    const page = await ask("conversation.members", () =>
      conversationStub(env, params.conversationId).members(actor.userId, query.cursor, query.limit, query.q),
    );
    if (!page.ok) return answerProblem(page.refusal);
    const members = await withProfiles(env, page.value.members);
    return answer(members.ok ? done({ members: members.value, cursor: page.value.cursor }) : members);
  });

  mount(api, declared.putMember, async ({ env, actor, params, body }) => {
    const conversation = () => conversationStub(env, params.conversationId);
    const put = async (person: Person | null, isRequest = false) => {
      const member = await ask("conversation.putMember", () =>
        conversation().putMember(actor.userId, params.userId, body.role ?? null, person, isRequest),
      );
      if (!member.ok) return answerProblem(member.refusal);
      const shown = await withProfiles(env, [member.value]);
      return answer(done(shown.ok ? (shown.value[0] ?? member.value) : member.value));
    };
    const isMember = await ask("conversation.hasMember", () => conversation().hasMember(actor.userId, params.userId));
    if (!isMember.ok) return answerProblem(isMember.refusal);
    if (isMember.value) return put(null);
    const brought = await gather(env, { by: actor.userId, others: [params.userId], founding: null });
    if (!brought.ok) return answerProblem(brought.refusal);
    const { people, requests } = brought.value;
    return put(people[1] ?? null, requests.includes(params.userId));
  });

  mount(api, declared.addMembers, async ({ env, actor, params, body }) => {
    const conversation = () => conversationStub(env, params.conversationId);
    const absent = await ask("conversation.newcomers", () => conversation().newcomers(actor.userId, body.userIds));
    if (!absent.ok) return answerProblem(absent.refusal);
    if (absent.value.length === 0) return answer(done({ added: [] }));
    const brought = await gather(env, { by: actor.userId, others: absent.value, founding: null });
    if (!brought.ok) return answerProblem(brought.refusal);
    const { people, requests } = brought.value;
    const added = await ask("conversation.addMembers", () =>
      conversation().addMembers(actor.userId, people.slice(1), requests),
    );
    return answer(added.ok ? done({ added: added.value }) : added);
  });

  mount(api, declared.deleteMember, async ({ env, actor, params }) =>
    answerDone(
      await ask("conversation.removeMember", () =>
        conversationStub(env, params.conversationId).removeMember(actor.userId, params.userId),
      ),
    ),
  );
}
