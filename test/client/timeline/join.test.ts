import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinMessages } from "../../../client/timeline/join.ts";
import { ConversationModel } from "../../rig/client/conversation/conversation-model.ts";

describe("joining two states of a message", () => {
  const model = new ConversationModel();
  const base = model.send(0, "a long text");
  const cut = { ...base, text: "a long", truncated: true as const };
  const reacted = { ...cut, rev: 2, reactions: [{ emoji: "👍", count: 1, userIds: [base.senderId] }] };
  const edited = { ...cut, rev: 3, text: "another", editedAt: 3 };
  const unsent = { ...base, rev: 4, text: "", unsentAt: 4 };

  it("gives the same whatever the order and however often", () => {
    const states = [base, cut, reacted, edited, unsent];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(states, { minLength: 1 }),
        fc.array(fc.nat({ max: 4 }), { maxLength: 5 }),
        (some, again) => {
          const all = [...some, ...again.flatMap((i) => some[i % some.length] ?? [])];
          const one = all.reduce(joinMessages);
          const other = all.toReversed().reduce(joinMessages);
          expect(one).toEqual(other);
        },
      ),
    );
  });

  it("keeps the whole text through a reaction, and not through an edit", () => {
    expect(joinMessages(reacted, base)).toMatchObject({ rev: 2, text: "a long text" });
    expect(joinMessages(reacted, base).truncated).toBeUndefined();
    expect(joinMessages(edited, base)).toEqual(edited);
    expect(joinMessages(unsent, base)).toEqual(unsent);
  });
});
