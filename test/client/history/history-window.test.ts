import { describe, expect, it } from "vitest";
import { ParleyError } from "../../../client/index.ts";
import { messagesPage } from "../../../schema/http/conversation/messages.ts";
import {
  conversationOnScreen,
  modelWith,
  openedConversation,
} from "../../rig/client/conversation/conversation-on-screen.ts";
import {
  broughtBy,
  conversationSync,
  from,
  seqsOf,
  shownBy,
  textOf,
  windowOf,
} from "../../rig/client/conversation/conversation-sync-rig.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("a window", () => {
  it("[C22] opens message 3 of 100,000 by one page, and leaves the timeline as it is", async () => {
    const { conversation, server } = await openedConversation(modelWith(100_000));
    const before = conversation.timeline.getSnapshot();
    const brought = broughtBy(server);
    const window = conversation.window({ around: 3 });
    expect(window.getSnapshot()).toMatchObject({ entries: [], isLoaded: false, hasBefore: false, hasAfter: false });
    await window.load();
    expect(brought.length).toBeLessThanOrEqual(50);
    expect(shownBy(window)).toContain(3);
    expect(shownBy(window)).toEqual(from(1, brought.length));
    expect(window.getSnapshot()).toMatchObject({ isLoaded: true, hasBefore: false, hasAfter: true, headSeq: 100_000 });
    expect(conversation.timeline.getSnapshot()).toBe(before);
    const asked = server.asked.length;
    expect(await window.before()).toBe(false);
    expect(server.asked.length).toBe(asked);
    expect(await window.after()).toBe(true);
    expect(shownBy(window)).toEqual(from(1, brought.length));
    expect(conversation.timeline.getSnapshot()).toBe(before);
  });

  it("[C22] shows edits, reactions and unsends that arrive, as every other window and the timeline do", async () => {
    const { conversation, model, socket } = await openedConversation(modelWith(300));
    const [one, other] = [conversation.window({ around: 100 }), conversation.window({ around: 110 })];
    const told: (string | undefined)[] = [];
    one.subscribe(() => told.push(textOf(one, 105)));
    other.subscribe(() => undefined);
    await one.load();
    await other.load();
    const hear = async () => {
      const frame = model.frames.at(-1);
      socket.say({ type: "change", conversationId: "c1", rev: frame?.rev, messages: frame?.messages });
      await settled();
    };
    model.edit(105);
    await hear();
    expect([textOf(one, 105), textOf(other, 105)]).toEqual(["text 105!", "text 105!"]);
    expect(told.at(-1)).toBe("text 105!");
    model.react(105);
    await hear();
    for (const window of [one, other])
      expect(window.getSnapshot().entries.find((entry) => entry.key.endsWith("105"))).toMatchObject({
        message: { reactions: [{ emoji: "👍" }] },
      });
    model.unsend(105);
    await hear();
    expect([textOf(one, 105), textOf(other, 105)]).toEqual(["", ""]);
    const { entries } = one.getSnapshot();
    await hear();
    expect(one.getSnapshot().entries).toBe(entries);
  });

  it("[C22] grows together with what is loaded, and no message is fetched twice", async () => {
    const { conversation, server } = await openedConversation(modelWith(400));
    const brought = broughtBy(server);
    const window = conversation.window({ around: 300 });
    await window.load();
    while (await window.after());
    expect(shownBy(window)).toEqual(from(275, 400));
    expect(window.getSnapshot().hasAfter).toBe(false);
    // What has grown together with the timeline is the timeline's, too.
    expect(seqsOf(conversation.timeline.getSnapshot().entries)).toEqual(from(275, 400));
    const near = conversation.window({ around: 260 });
    await near.load();
    expect(shownBy(near)[0]).toBeLessThan(260);
    expect(shownBy(near).at(-1)).toBe(400);
    while (await near.before());
    expect(shownBy(window)).toEqual(from(1, 400));
    expect(new Set(brought).size).toBe(brought.length);
  });

  it("[C22] at the newest end has what is sent and comes in, pending messages included", async () => {
    const { conversation, model, socket } = await openedConversation(modelWith(200));
    const window = conversation.window({ around: 195 });
    window.subscribe(() => undefined);
    await window.load();
    socket.say({ type: "message", message: model.send(2) });
    await settled();
    expect(shownBy(window).at(-1)).toBe(201);
    void conversation.send("mine").catch(() => undefined);
    expect(window.getSnapshot().entries.at(-1)).toMatchObject({ kind: "pending", pending: { text: "mine" } });
    const far = conversation.window({ around: 10 });
    await far.load();
    expect(far.getSnapshot().entries.at(-1)?.kind).toBe("message");
  });

  it("[C22] rejects with not_found where there is no such message, or none that the user may see", async () => {
    const { conversation, server } = await openedConversation(modelWith(120));
    const codeOf = async (around: number) =>
      await conversation
        .window({ around })
        .load()
        .then(
          () => "loaded",
          (error: unknown) => (error instanceof ParleyError ? error.code : String(error)),
        );
    expect(await codeOf(121)).toBe("not_found");
    const { answer } = server;
    // Who joined at 60 is told of nothing before it.
    server.answer = async (asked) => {
      const answered = await answer(asked);
      if (answered === "silence" || !asked.path.endsWith("/messages")) return answered;
      const page = messagesPage.parse(answered.body);
      return {
        status: 200,
        body: { ...page, messages: page.messages.filter(({ seq }) => seq > 60), hasBefore: false },
      };
    };
    expect(await codeOf(20)).toBe("not_found");
    server.answer = () => "silence";
    expect(await codeOf(21)).toBe("unavailable");
  });

  it("[C22] finds a message next to what is held, of which the cache has only a part", async () => {
    const model = modelWith(200);
    const first = conversationSync({ model });
    await first.sync.bringUpToDate();
    await first.sync.history.around(27, first.sync.place);
    await first.sync.flush();
    const { sync } = conversationSync({ model, storage: first.storage });
    await sync.load();
    await sync.history.fill({ after: 6, before: 150 }, "after");
    expect(sync.timeline.spans[0]).toEqual({ after: 6, to: 51 });
    const window = windowOf(sync, 1);
    await window.load();
    expect(shownBy(window)).toEqual(from(1, 51));
  });

  it("[C22] [C4] shows messages that the server has lost as a hole, and what lies beyond", async () => {
    const model = modelWith(400);
    const { conversation, server } = await openedConversation(model);
    const { answer } = server;
    const isLost = (seq: number) => seq >= 201 && seq <= 320;
    server.answer = async (asked) => {
      const answered = await answer(asked);
      if (answered === "silence" || !asked.path.endsWith("/messages")) return answered;
      const page = messagesPage.parse(answered.body);
      const lost = page.messages.map(({ seq }) => seq).filter(isLost);
      const missing = lost.length === 0 ? [] : [{ from: lost[0], to: lost.at(-1) }];
      return { status: 200, body: { ...page, missing, messages: page.messages.filter(({ seq }) => !isLost(seq)) } };
    };
    while (seqsOf(conversation.timeline.getSnapshot().entries)[0] !== 321) await conversation.loadBefore();
    const hole = { after: 200, before: 321 };
    expect(await conversation.loadBefore()).toBe(true);
    expect(conversation.timeline.getSnapshot().entries).toContainEqual(expect.objectContaining({ hole }));
    expect(seqsOf(conversation.timeline.getSnapshot().entries)).toContain(200);
    for (const from of ["before", "after"] as const)
      await expect(conversation.fill(hole, { from })).rejects.toMatchObject({ code: "unavailable" });
    await expect(conversation.window({ around: 250 }).load()).rejects.toMatchObject({ code: "unavailable" });
    const window = conversation.window({ around: 199 });
    await window.load();
    await expect(window.after()).rejects.toMatchObject({ code: "unavailable" });
    expect(window.getSnapshot().hasAfter).toBe(true);
  });

  it("[C22] an unsent message is found", async () => {
    const model = modelWith(300);
    model.unsend(20);
    const { conversation } = await openedConversation(model);
    const window = conversation.window({ around: 20 });
    await window.load();
    expect(textOf(window, 20)).toBe("");
  });

  it("[C22] works without network as far as it was cached, in a tab that does not write, too", async () => {
    for (const isWriter of [true, false]) {
      const model = modelWith(300);
      const first = conversationSync({ model });
      await first.sync.bringUpToDate();
      await first.sync.history.around(120, first.sync.place);
      await first.sync.flush();
      const { sync, state, server } = conversationSync({ model, storage: first.storage, isWriter });
      state.isDown = true;
      const window = windowOf(sync, 120);
      await window.load();
      expect(shownBy(window)).toContain(120);
      expect(shownBy(window)[0]).toBe(95);
      expect(server.asked.length).toBe(0);
      await expect(window.before()).rejects.toMatchObject({ code: "unavailable" });
      expect(shownBy(window)).toContain(120);
    }
  });

  it("[C22] shows the history again when the server's store was restored, and its messages are others", async () => {
    const { sync, state, model, clock, server, hear } = conversationSync({ model: modelWith(300) });
    await sync.bringUpToDate();
    const window = windowOf(sync, 100);
    state.onChange = () => window.touch();
    await window.load();
    window.subscribe(() => undefined);
    model.edit(100);
    state.epoch = "e2";
    sync.meetEpoch("e2");
    expect(window.getSnapshot()).toMatchObject({ isLoaded: false, entries: [] });
    await clock.wind(1_000);
    expect(textOf(window, 100)).toBe("text 100!");
    // Where the message is not any more, nothing is shown, and it is asked for once.
    for (let seq = 50; seq <= 300; seq++) model.messages.delete(seq);
    model.seq = 49;
    state.epoch = "e3";
    sync.meetEpoch("e3");
    await clock.wind(1_000);
    const asked = server.asked.length;
    for (let i = 0; i < 10; i++) hear(model.send(i).rev);
    await clock.wind(60_000);
    expect(window.getSnapshot()).toMatchObject({ isLoaded: false, entries: [] });
    expect(server.asked.length).toBe(asked);
  });

  it("[C22] catches up with what changed while the device was away", async () => {
    for (const missed of [100, 700]) {
      const model = modelWith(400);
      const { conversation, clock, network, online } = await openedConversation(model);
      const window = conversation.window({ around: 100 });
      const newest = conversation.window({ around: 390 });
      for (const each of [window, newest]) each.subscribe(() => undefined);
      await window.load();
      await newest.load();
      model.edit(101);
      for (let i = 0; i < missed; i++) model.send(i);
      model.edit(395);
      const before = network.sockets.length;
      for (const socket of network.sockets) socket.end(1012);
      for (let i = 0; i < 100 && network.sockets.length === before; i++) await clock.wind(500);
      await online();
      await clock.wind(5_000);
      expect(textOf(window, 101)).toBe("text 101!");
      expect(textOf(newest, 395)).toBe("text 395!");
      for (const each of [window, newest]) expect(each.getSnapshot().isLoaded).toBe(true);
    }
  });

  it("[C4] [C22] holds a bounded part of the history, and none of it once nobody looks", async () => {
    const { conversation, clock, stream, server } = await openedConversation(modelWith(6_000));
    const window = conversation.window({ around: 3 });
    const end = window.subscribe(() => undefined);
    await window.load();
    for (let i = 0; i < 70; i++) {
      await window.after();
      await clock.wind(60);
      const seqs = shownBy(window);
      expect(seqs).toEqual(from(seqs[0] ?? 0, seqs.at(-1) ?? 0));
      expect(seqs.length).toBeLessThan(1_600);
    }
    expect(shownBy(window).at(-1)).toBeGreaterThan(3_400);
    expect(shownBy(window)[0]).toBeGreaterThan(2_000);
    // The timeline is at its end still.
    expect(seqsOf(conversation.timeline.getSnapshot().entries).at(-1)).toBe(6_000);
    end();
    await stream(2_000);
    expect(window.getSnapshot().isLoaded).toBe(false);
    const asked = server.asked.length;
    await window.load();
    expect(window.getSnapshot().isLoaded).toBe(true);
    expect(server.asked.length).toBeLessThanOrEqual(asked + 1);
  }, 20_000);

  it("[C22] lets a caller give up", async () => {
    const { conversation, server } = await conversationOnScreen({ model: modelWith(90) });
    server.answer = () => new Promise(() => undefined);
    const giveUp = new AbortController();
    const loading = conversation.window({ around: 3 }).load({ signal: giveUp.signal });
    giveUp.abort(new Error("enough"));
    await expect(loading).rejects.toThrow("enough");
  });
});
