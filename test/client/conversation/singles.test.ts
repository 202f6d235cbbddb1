import { describe, expect, it } from "vitest";
import { clientHolds } from "../../../schema/bounds/client.ts";
import { modelWith, openedConversation } from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("a message that is looked at by itself", () => {
  it("[P10] follows edits and unsends though the timeline does not hold it, live and after the link was gone", async () => {
    const { conversation, model, socket, askedFor, clock, online, network } = await openedConversation(modelWith(200));
    const quoted = conversation.message(3);
    const seen: (string | null | undefined)[] = [];
    const end = quoted.subscribe(() => seen.push(quoted.getSnapshot()?.text));
    expect(quoted.getSnapshot()).toBeUndefined();
    await settled();
    expect(quoted.getSnapshot()?.text).toBe("text 3");
    expect(askedFor("/messages/3")).toBe(1);

    model.edit(3);
    socket.say({ type: "change", conversationId: conversation.id, rev: model.rev, messages: [model.messages.get(3)] });
    await settled();
    expect(quoted.getSnapshot()?.text).toBe("text 3!");

    // Unsent while the link was gone: the catching up tells.
    for (const each of network.sockets) each.end(1006);
    model.unsend(3);
    await clock.wind(20_000);
    await online();
    await clock.wind(20_000);
    expect(quoted.getSnapshot()?.unsentAt).not.toBeNull();
    expect(quoted.getSnapshot()?.text).toBe("");
    expect(askedFor("/messages/3")).toBe(1);
    end();
  });

  it("is asked for again when the link is back, where it could not be fetched", async () => {
    const { conversation, state, clock, online, network, server } = await openedConversation(modelWith(200));
    state.isDown = true;
    for (const each of network.sockets) each.end(1006);
    const quoted = conversation.message(3);
    quoted.subscribe(() => undefined);
    await clock.wind(20_000);
    expect(quoted.getSnapshot()).toBeUndefined();
    state.isDown = false;
    await online();
    await clock.wind(20_000);
    expect(server.asked.some(({ path }) => path.endsWith("/messages/3"))).toBe(true);
    expect(quoted.getSnapshot()?.text).toBe("text 3");
  });

  it("costs no call where the timeline holds it, and is let go when many others were looked at", async () => {
    const { conversation, askedFor } = await openedConversation(modelWith(200));
    const held = conversation.message(199);
    held.subscribe(() => undefined);
    expect(held.getSnapshot()?.text).toBe("text 199");
    const passing = conversation.message(5);
    passing.subscribe(() => undefined)();
    for (let seq = 1_000; seq < 1_000 + clientHolds.singlesMax; seq++) conversation.message(seq);
    expect(conversation.message(199)).toBe(held);
    expect(conversation.message(5)).not.toBe(passing);
    expect(askedFor("/messages/199")).toBe(0);
  });
});
