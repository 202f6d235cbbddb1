/** The calls that read a conversation, answered out of a model. */
import type { ConversationModel } from "./conversation-model.ts";
import { refused, type Answer, type Asked } from "../fake-fetch.ts";

export function answerFrom(model: ConversationModel, epoch: () => string, { path, query }: Asked): Answer {
  const number = (name: string) => Number(query.get(name));
  if (path.endsWith("/messages")) {
    const limit = number("limit");
    for (const bound of ["before", "after", "around"]) {
      if (!query.has(bound)) continue;
      const at = number(bound);
      return {
        status: 200,
        body: model.page(
          bound === "before" ? { before: at } : bound === "after" ? { after: at } : { around: at },
          limit,
        ),
      };
    }
    return { status: 200, body: model.page("newest", limit) };
  }
  if (path.endsWith("/changes")) {
    if (query.get("epoch") !== epoch() || number("rev") > model.rev) return refused("resync_required");
    return {
      status: 200,
      body: { ...model.changes(number("rev"), query.get("messages") === "mutated", number("limit")), epoch: epoch() },
    };
  }
  const whole = model.messages.get(Number(path.split("/").at(-1)));
  return whole === undefined ? refused("not_found") : { status: 200, body: whole };
}
