/** Serves what is noted of messages: pins, and what the user keeps for themself. */
import type { Actor } from "../../../objects/contract/actor.ts";
import type { MarksAnswer, MarksAsk } from "../../../objects/contract/search.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import * as declared from "../../../schema/http/conversation/marks.ts";
import { ask, conversationStub, userStub } from "../../../objects/shared/platform/calls.ts";
import { answerJson, answerProblem } from "../../../objects/shared/platform/answers.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import { answer, answerNothing } from "../../answer.ts";
import { type Api, mount } from "../../mount.ts";
import { starsOf } from "../../search/mentions.ts";
import { messagesIn } from "../../search/messages-in.ts";
import { pinsOf } from "../../search/pins.ts";
import { submit } from "./submit.ts";

export function serveMarks(api: Api): void {
  mount(api, declared.putPin, async ({ env, actor, params: { conversationId, seq } }) => {
    const pinned = await submit(env, actor, conversationId, { do: "pin", seq, isOn: true });
    if (!pinned.ok) return answerProblem(pinned.refusal);
    const pins = await ask("conversation.pins", () => conversationStub(env, conversationId).pins(actor.userId));
    if (!pins.ok) return answerProblem(pins.refusal);
    // Somebody may have taken the pin away since.
    const pin = pins.value.find((each) => each.seq === seq);
    return pin === undefined ? answerProblem(notFound.refusal) : answerJson(JSON.stringify(pin));
  });

  mount(api, declared.deletePin, async ({ env, actor, params: { conversationId, seq } }) => {
    const unpinned = await submit(env, actor, conversationId, { do: "pin", seq, isOn: false });
    return unpinned.ok ? answerNothing() : answerProblem(unpinned.refusal);
  });

  mount(api, declared.putStar, async ({ env, actor, params: { conversationId, seq } }) => {
    const { messages, missing } = await messagesIn(env, actor.userId, conversationId, [seq]);
    if (missing.length > 0) return answerProblem(refuse("unavailable", "the message cannot be read now").refusal);
    const [message] = messages;
    if (message === undefined) return answerProblem(notFound.refusal);
    if (message.unsentAt !== null) return answerProblem(refuse("conflict", "the message was unsent").refusal);
    return answerStarred(await askMarks(env, actor, { do: "star", conversationId, seq, isOn: true }));
  });

  mount(api, declared.deleteStar, async ({ env, actor, params: { conversationId, seq } }) =>
    answerStarred(await askMarks(env, actor, { do: "star", conversationId, seq, isOn: false })),
  );

  mount(api, declared.listStars, async ({ env, actor, query }) => answer(await starsOf(env, actor.userId, query)));

  mount(api, declared.getMarks, async ({ env, actor, params: { conversationId } }) => {
    const listed = await askMarks(env, actor, { do: "list marks", conversationId });
    return answer(listed.ok ? done(listed.value.marks) : listed);
  });

  mount(api, declared.listPins, async ({ env, actor, params, query }) =>
    answer(await pinsOf(env, actor.userId, params.conversationId, query)),
  );
}

function askMarks(env: Env, { userId }: Actor, asked: MarksAsk): Promise<Outcome<MarksAnswer>> {
  return ask("user.marks", () => userStub(env, userId).marks(asked));
}

function answerStarred(outcome: Outcome<MarksAnswer>): Response {
  return outcome.ok ? answerNothing() : answerProblem(outcome.refusal);
}
