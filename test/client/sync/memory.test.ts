import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConversationHandle, TimelineEntry } from "../../../client/index.ts";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { plainStorage } from "../../rig/client/plain-storage.ts";
import { modelWith, openedConversation as opened } from "../../rig/client/conversation/conversation-on-screen.ts";
import { conversationSync } from "../../rig/client/conversation/conversation-sync-rig.ts";

const entriesOf = (conversation: ConversationHandle) => conversation.timeline.getSnapshot().entries;
const seqOf = (entry: TimelineEntry | undefined) => (entry?.kind === "message" ? entry.message.seq : 0);
const holesOf = (conversation: ConversationHandle) =>
  entriesOf(conversation).flatMap((entry) => (entry.kind === "hole" ? [entry.hole] : []));

/** Contiguous from the first entry to the head, or with a hole where it is not. */
function expectNoGap(conversation: ConversationHandle): void {
  let end: number | undefined;
  for (const entry of entriesOf(conversation)) {
    if (entry.kind === "message") {
      if (end !== undefined) expect(entry.message.seq).toBe(end + 1);
      end = entry.message.seq;
    } else if (entry.kind === "hole") {
      if (end !== undefined) expect(entry.hole.after).toBe(end);
      end = entry.hole.before - 1;
    }
  }
  expect(end).toBe(conversation.timeline.getSnapshot().headSeq);
}

const small = { heldMessagesMax: 60, aroundViewMessages: 10, newestMessages: 10, viewMessagesMax: 10, idleMessages: 5 };

describe("what a conversation holds in memory", () => {
  it("[C4] [P7] is bounded while messages stream in, and what was let go is there again when it is asked for", async () => {
    const { conversation, model, stream, texts, server, clock } = await opened(modelWith(60));
    for (let i = 0; i < 6; i++) {
      await stream(1_000);
      expect(entriesOf(conversation).length).toBeLessThan(1_700);
      expectNoGap(conversation);
    }
    expect(seqOf(entriesOf(conversation).at(-1))).toBe(6_060);
    expect(conversation.timeline.getSnapshot().hasBefore).toBe(true);
    const asked = server.asked.filter(({ path }) => path.endsWith("/messages")).length;
    // From the cache, as far as that goes; then from the server.
    for (let first = seqOf(entriesOf(conversation)[0]); first > 1; first = seqOf(entriesOf(conversation)[0])) {
      expect(await conversation.loadBefore()).toBe(seqOf(entriesOf(conversation)[0]) > 1);
      expect(seqOf(entriesOf(conversation)[0])).toBeLessThan(first);
      conversation.inView(seqOf(entriesOf(conversation)[0]), seqOf(entriesOf(conversation)[0]) + 20);
      await clock.wind(60);
      expect(entriesOf(conversation).length).toBeLessThan(1_700);
      expectNoGap(conversation);
    }
    expect(conversation.timeline.getSnapshot().hasBefore).toBe(false);
    expect(server.asked.filter(({ path }) => path.endsWith("/messages")).length - asked).toBeLessThan(30);
    // And down again, where the hole comes into view.
    for (let at = 1; at < 6_060; at += 25) {
      conversation.inView(at, at + 20);
      for (const hole of holesOf(conversation))
        if (hole.after < at + 40) await conversation.fill(hole, { from: "after" });
      await clock.wind(60);
      const shown = texts();
      for (let seq = at; seq <= Math.min(at + 20, 6_060); seq++) expect(shown).toContain(model.messages.get(seq)?.text);
      expect(entriesOf(conversation).length).toBeLessThan(1_700);
    }
    expectNoGap(conversation);
    // It counts thousands of messages, which takes a busy machine its time.
  }, 20_000);

  it("[C4] [P7] keeps what a reader further up looks at, whatever comes in below", async () => {
    const { conversation, stream, clock } = await opened(modelWith(400));
    while (await conversation.loadBefore());
    conversation.inView(20, 40);
    const inView = () => entriesOf(conversation).filter((entry) => seqOf(entry) >= 20 && seqOf(entry) <= 40);
    const before = inView();
    expect(before.length).toBe(21);
    await stream(5_000);
    expect(inView().every((entry, i) => entry === before[i])).toBe(true);
    expect(entriesOf(conversation).length).toBeLessThan(1_700);
    expectNoGap(conversation);
    expect(holesOf(conversation).length).toBe(1);
    expect(conversation.timeline.getSnapshot().hasBefore).toBe(false);
    // A jump away, and nothing of what was asked for is let go before the view follows.
    await conversation.loadAround(2_500);
    await stream(200);
    expect(inView().length).toBe(21);
    expect(entriesOf(conversation).some((entry) => seqOf(entry) === 2_500)).toBe(true);
    conversation.inView(2_490, 2_510);
    await stream(2_000);
    await clock.wind(60);
    expect(inView().length).toBe(0);
    expectNoGap(conversation);
  });

  it("[C4] leaves out older notices where somebody makes them for ever, and says so", async () => {
    const { conversation, model, socket, clock } = await opened(modelWith(20));
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 100; i++) model.notice();
      const notices = model.notices.slice(-100);
      socket.say(
        notices.map((each) => ({ type: "change", conversationId: modelConversation, rev: each.rev, notices: [each] })),
      );
      await clock.wind(60);
    }
    const kinds = entriesOf(conversation).map(({ kind }) => kind);
    expect(kinds.length).toBeLessThan(200);
    expect(kinds.filter((kind) => kind === "cut").length).toBe(1);
    expect(kinds[20]).toBe("cut");
    expect(entriesOf(conversation).at(-1)).toMatchObject({ notice: { rev: model.rev } });
    const before = conversation.timeline.getSnapshot();
    await clock.wind(60_000);
    expect(conversation.timeline.getSnapshot()).toBe(before);
  });

  it("[C4] is bounded where nothing can be stored, and where another tab stores", async () => {
    for (const isWriter of [true, false]) {
      const model = modelWith(60);
      const storage = { ...plainStorage(), write: () => Promise.reject(new Error("no room")) };
      const { sync, clock, hear } = conversationSync({ model, storage, isWriter });
      await sync.bringUpToDate();
      for (let i = 0; i < 5_000; i++) {
        hear(model.send(i).rev);
        if (i % 100 === 0) await clock.wind(60);
      }
      await clock.wind(60);
      expect(sync.timeline.messages.size).toBeLessThan(1_700);
      expect(sync.timeline.unsavedCount).toBeLessThan(1_700);
      expect(await sync.history.before()).toBe(true);
      const held = [...sync.timeline.messages.values()];
      for (const message of held) expect(message).toEqual(model.messages.get(message.seq));
    }
  });

  it("[C4] [P10] does not take from storage what was not written there: another tab sleeps, or there was no room", async () => {
    for (const fault of ["tab", "room"]) {
      const model = modelWith(150);
      const inner = plainStorage();
      let canStore = true;
      const storage: typeof inner = {
        ...inner,
        write: async (write) => {
          if (!canStore) throw new Error("no room");
          await inner.write(write);
        },
      };
      const { sync, clock, hear, state, server } = conversationSync({ model, storage, memorySizes: small });
      await sync.bringUpToDate();
      while (await sync.history.before());
      // Looked at, and left.
      sync.place.inView(1, 10);
      sync.place.inView(130, 140);
      await clock.wind(60);
      expect(sync.timeline.has(5)).toBe(false);
      if (fault === "tab") state.isWriter = false;
      else canStore = false;
      model.edit(5);
      hear(model.rev);
      await clock.wind(60);
      const asked = server.asked.length;
      await sync.history.around(5, sync.place);
      expect(sync.timeline.messages.get(5)).toEqual(model.messages.get(5));
      expect(server.asked.length).toBe(asked + 1);
    }
  });

  it("[C4] [P10] [P18] whatever is let go, changed meanwhile, and comes back, is in its latest state", async () => {
    const at = fc.nat({ max: 1_000 });
    const step = fc.record({
      do: fc.constantFrom(
        "send",
        "send",
        "edit",
        "edit",
        "unsend",
        "look",
        "before",
        "fill",
        "around",
        "wait",
        "store",
        "tab",
      ),
      at,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const model = modelWith(150);
        const inner = plainStorage();
        let canStore = true;
        const storage: typeof inner = {
          ...inner,
          write: async (write) => {
            if (!canStore) throw new Error("no room");
            await inner.write(write);
          },
        };
        const rig = conversationSync({ model, storage, memorySizes: small });
        const { sync, clock, hear, state } = rig;
        await sync.bringUpToDate();
        for (const each of steps) {
          const seq = 1 + (each.at % model.seq);
          if (each.do === "send") for (let i = 0; i < 15; i++) hear(model.send(i).rev);
          if (each.do === "edit" || each.do === "unsend") {
            const { rev } = model;
            model[each.do](seq);
            if (model.rev > rev) hear(model.rev);
          }
          if (each.do === "look") sync.place.inView(seq, seq + 5);
          if (each.do === "before") await sync.history.before();
          if (each.do === "around") await sync.history.around(seq, sync.place);
          if (each.do === "fill") {
            const { spans } = sync.timeline;
            const [above, below] = [spans[each.at % spans.length], spans[(each.at % spans.length) + 1]];
            const hole = { after: above?.to ?? 0, before: (below?.after ?? model.seq) + 1 };
            await sync.history.fill(hole, each.at % 2 === 0 ? "after" : "before");
          }
          if (each.do === "wait") await clock.wind(60);
          if (each.do === "store") canStore = !canStore;
          if (each.do === "tab") state.isWriter = !state.isWriter;
          expect(sync.timeline.facts.rev).toBe(model.rev);
          for (const message of sync.timeline.messages.values())
            expect(message).toEqual(model.messages.get(message.seq));
        }
        await clock.wind(60);
        expect(sync.timeline.messages.size).toBeLessThan(150);
        // What is stored is right, too.
        const later = conversationSync({ model, storage: inner });
        later.sync.noteHead(model.head);
        await later.sync.bringUpToDate();
        while (await later.sync.history.before());
        for (const message of later.sync.timeline.messages.values())
          expect(message).toEqual(model.messages.get(message.seq));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
