/** Serves what is noted of messages: pins. */
import * as declared from "../../../schema/http/marks.ts";
import { ask, conversationStub } from "../../../objects/shared/platform/calls.ts";
import { answerJson, answerProblem } from "../../../objects/shared/platform/answers.ts";
import { notFound } from "../../../schema/errors.ts";
import { answer, answerNothing } from "../../answer.ts";
import { type Api, mount } from "../../mount.ts";
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

  mount(api, declared.listPins, async ({ env, actor, params, query }) =>
    answer(await pinsOf(env, actor.userId, params.conversationId, query)),
  );
}
