import { describe, expect, it } from "vitest";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import {
  missedConversation,
  modelWith,
  openedConversation as opened,
} from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("what was missed", () => {
  it("[C3] [P9] comes by the live socket alone, and each array frame is one state and one write", async () => {
    const { conversation, online, live, states, askedFor, texts, clock, storage } = await missedConversation(500);
    let writes = 0;
    const inner = { ...storage };
    storage.write = async (what) => {
      if (what.puts?.some(([key]) => key.includes(`/c/${modelConversation}/`)) === true) writes++;
      await inner.write(what);
    };
    const counted = states();
    conversation.open();
    await settled();
    await online();
    await live();
    await clock.wind(2_000);
    expect(texts().length).toBe(550);
    expect(counted.told).toBeLessThan(12);
    expect(counted.states).toBe(counted.told);
    expect(writes).toBeLessThan(6);
    expect(askedFor("/changes")).toBe(0);
    expect(askedFor("/messages")).toBe(0);
  });

  it("[C3] is asked for where the live socket does not bring it in time, or breaks off", async () => {
    for (const isBroken of [true, false]) {
      const { conversation, online, socketTo, askedFor, texts, clock, model } = await missedConversation(300);
      conversation.open();
      await settled();
      await online();
      const socket = socketTo("/live");
      socket.accept();
      const id = modelConversation;
      socket.say({ type: "hello", conversationId: id, epoch: "e1", head: model.head, members: [], behind: false });
      await clock.wind(2_000);
      expect(askedFor("/changes")).toBe(0);
      if (isBroken) socket.end(1006);
      await clock.wind(2_000);
      expect(texts().length).toBe(350);
      expect(askedFor("/changes")).toBe(1);
    }
  });

  it("[C5] is fetched for a conversation whose row is ahead of what is stored, without any message frame", async () => {
    const { conversation, online, texts, model } = await missedConversation(3);
    model.edit(40);
    await online({ unread: 0 });
    // Nobody has looked at it yet: what is stored is behind, and must not be shown as all there is.
    await conversation.load();
    expect(texts().slice(-3)).toEqual(["text 61", "text 62", "text 63"]);
    expect(texts()).toContain("text 40!");
    expect(conversation.timeline.getSnapshot().isStale).toBe(false);
  });

  it("[C5] is fetched where only the row of an open conversation says so", async () => {
    const { model, summary, socketTo, clock, texts } = await opened(modelWith(20));
    model.edit(3);
    model.send(1);
    const row = summary();
    socketTo("/sync").say({ type: "inbox", version: row.version, conversations: [row] });
    await clock.wind(1_000);
    expect(texts().at(-1)).toBe("text 21");
    expect(texts()[2]).toBe("text 3!");
  });

  it("a head that was sent by mistake is not asked for for ever", async () => {
    const { model, summary, socketTo, clock, askedFor } = await opened(modelWith(20));
    const row = summary({ head: { seq: model.seq, rev: model.rev + 5, at: 1 } });
    socketTo("/sync").say({ type: "inbox", version: row.version, conversations: [row] });
    await clock.wind(600_000);
    expect(askedFor("/changes")).toBeLessThan(40);
  });
});

describe("an array frame", () => {
  it("[C3] of a hundred own reactions is one state, and nothing breaks off", async () => {
    const { model, socket, states } = await opened(modelWith(100));
    const counted = states();
    const frames = [...model.messages.values()].map((message, i) => ({
      type: "change",
      conversationId: modelConversation,
      rev: 101 + i,
      messages: [{ ...message, rev: 101 + i, reactions: [{ emoji: "👍", count: 1, userIds: ["ana"] }] }],
    }));
    const oks = frames.map(({ rev }) => ({ type: "ok", ref: `x${rev}`, rev }));
    socket.say([...oks, ...frames]);
    expect(counted).toEqual({ told: 1, states: 1 });
    expect(socket.closedByClient).toBeUndefined();
    // The same again, by another socket: nothing has changed, and nobody is told.
    socket.say(frames);
    expect(counted).toEqual({ told: 1, states: 1 });
  });

  it("[P21] [P9] is taken in order, each element once, and a bad one harms no other", async () => {
    const { model, socket, texts } = await opened(modelWith(5));
    const [six, seven, eight] = [model.send(0), model.send(1), model.send(2)];
    socket.say([
      { type: "message", message: six },
      { type: "message", message: { ...seven, text: 7 } },
      null,
      { type: "holograms" },
      { type: "message", message: seven },
      { type: "message", message: six },
      { type: "change", conversationId: modelConversation, rev: "eight", messages: [] },
      { type: "message", message: eight },
    ]);
    expect(texts().slice(-3)).toEqual(["text 6", "text 7", "text 8"]);
  });
});
