import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryStorage, ParleyError, type Storage, type Summary } from "../../../client/index.ts";
import type { FeedItem } from "../../../client/feed/feed-position.ts";
import { MessageFeed } from "../../../client/feed/message-feed.ts";
import { type ConversationModel, modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { conversationOnScreen, modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { row } from "../../rig/client/summary-row.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const gone = new ParleyError({ code: "unavailable", detail: "no network", retry: "later", status: 0 });

/** One run of a program that listens for all events. */
async function run(model: ConversationModel, storage: Storage, known: Summary[], isLive = true) {
  const clock = new WoundClock();
  const state = { faults: 0, fetches: 0 };
  const ask = async <T>(answer: () => T): Promise<T> => {
    await Promise.resolve();
    state.fetches++;
    if (state.faults-- > 0) throw gone;
    return answer();
  };
  const feed = new MessageFeed({
    ...{ storage, clock, random: () => 0.5, userId: "ana", isWriter: () => true, isLinked: () => true },
    isLive: () => isLive,
    rows: () => known,
    page: (_id, after) => ask(() => model.page({ after }, 5)),
    changes: (_id, rev) => ask(() => model.changes(rev, true, 5)),
  });
  await feed.restore();
  const heard: FeedItem[] = [];
  const listen = () =>
    feed.listen({
      wantsChanges: true,
      deliver: async (_id, item) => {
        await Promise.resolve();
        heard.push(item);
      },
    });
  const frame = (index: number) => {
    const news = model.frames[index];
    if (news === undefined) return;
    if (news.isNew) feed.arrived("c1", news.messages);
    feed.news("c1", news);
  };
  return { feed, clock, state, heard, listen, frame };
}

const words = (items: readonly FeedItem[]) =>
  items.map((item) => (item.kind === "notice" ? `notice ${item.notice.rev}` : `${item.kind} ${item.message.seq}`));

describe("what a program that listens for everything receives", () => {
  it("[C17] is each change as it comes, with its name and without a fetch", async () => {
    const model = modelWith(2);
    const { feed, clock, heard, listen, frame, state } = await run(model, memoryStorage(), []);
    listen();
    feed.rows([rowOf(model)], false);
    const steps = [
      () => model.send(1),
      () => model.edit(1),
      () => model.react(1),
      () => model.edit(3),
      () => model.edit(3),
      () => model.react(3),
      () => model.notice(),
      () => model.unsend(2),
    ];
    for (const step of steps) {
      step();
      frame(model.rev - 1);
      feed.rows([rowOf(model)], true);
      await clock.wind(10);
    }
    expect(words(heard)).toEqual([
      "message 3",
      "edit 1",
      "reactions 1",
      "edit 3",
      "edit 3",
      "reactions 3",
      "notice 9",
      "unsend 2",
    ]);
    expect(state.fetches).toBe(0);
  });

  it("[C17] is what was missed while the program was down, each change after the message that it is of", async () => {
    const model = modelWith(3);
    const storage = memoryStorage();
    const first = await run(model, storage, []);
    first.listen();
    first.feed.rows([rowOf(model)], false);
    const known = [rowOf(model)];
    first.feed.close();
    model.edit(1);
    model.send(1);
    model.edit(4);
    model.notice();
    model.unsend(2);
    model.react(3);
    const second = await run(model, storage, known);
    second.listen();
    second.feed.rows([rowOf(model)], true);
    await second.clock.wind(5_000);
    expect(words(second.heard)).toEqual(["edit 1", "reactions 1", "notice 7", "unsend 2", "reactions 3", "message 4"]);
    expect(second.heard.at(-1)).toMatchObject({ message: { text: "text 4!" } });
  });

  it("[C17] asks nothing more of the server where messages alone are listened for", async () => {
    const model = modelWith(3);
    const { feed, clock, heard, state } = await run(model, memoryStorage(), []);
    feed.listen({ wantsChanges: false, deliver: (_id, item) => Promise.resolve(void heard.push(item)) });
    feed.rows([rowOf(model)], false);
    model.edit(1);
    model.notice();
    feed.rows([rowOf(model)], true);
    await clock.wind(5_000);
    expect([heard, state.fetches]).toEqual([[], 0]);
  });

  it("[C17] leaves nobody with an old state: whatever frames are lost and whenever the program ends", async () => {
    const step = fc.record({
      act: fc.constantFrom("send", "edit", "react", "unsend", "notice"),
      seq: fc.nat(30),
      isLost: fc.boolean(),
      next: fc.constantFrom("go on", "go on", "row", "wind", "restart", "fault"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.boolean(), async (steps, isLive) => {
        const model = modelWith(3);
        const storage = memoryStorage();
        let known = [rowOf(model)];
        let at = await run(model, storage, [], isLive);
        at.listen();
        at.feed.rows(known, false);
        const states = new Map([...model.messages].map(([seq, { rev }]) => [seq, rev]));
        const [messages, notices]: [number[], Set<number>] = [[], new Set()];
        const take = () => {
          for (const item of at.heard.splice(0)) {
            if (item.kind === "notice") notices.add(item.notice.rev);
            else {
              if (item.kind === "message") messages.push(item.message.seq);
              else expect(states.has(item.message.seq), "a change before its message").toBe(true);
              states.set(item.message.seq, Math.max(states.get(item.message.seq) ?? 0, item.message.rev));
            }
          }
        };
        for (const { act, seq, isLost, next } of steps) {
          const before = model.rev;
          if (act === "send") model.send(1);
          else if (act === "notice") model.notice();
          else model[act]((seq % model.seq) + 1);
          if (!isLost && model.rev > before) at.frame(model.rev - 1);
          if (next === "row") at.feed.rows([rowOf(model)], true);
          if (next === "wind") await at.clock.wind(400);
          if (next === "fault") at.state.faults = 2;
          if (next === "restart") {
            at.feed.close();
            await settled();
            take();
            at = await run(model, storage, known, isLive);
            at.listen();
            known = [rowOf(model)];
            at.feed.rows(known, true);
          }
        }
        at.feed.rows([rowOf(model)], true);
        await at.clock.wind(60_000);
        take();
        expect(Object.fromEntries(states)).toEqual(
          Object.fromEntries([...model.messages].map(([seq, { rev }]) => [seq, rev])),
        );
        expect([...notices].toSorted((a, b) => a - b)).toEqual(model.notices.map(({ rev }) => rev));
        expect([...new Set(messages)]).toEqual([...model.messages.keys()].filter((seq) => seq > 3));
        at.feed.close();
      }),
      { numRuns: 300 },
    );
  });
});

describe("onEvent of an account", () => {
  it("[C17] reports an edit, a reaction and a notice as they arrive; onMessage receives messages alone", async () => {
    const { account, online, socketTo, model, clock } = await conversationOnScreen({ model: modelWith(3) });
    const [events, messages]: [string[], string[]] = [[], []];
    const stop = new AbortController();
    account.onEvent(
      (event) => {
        events.push(`${event.kind} ${event.conversation.id}`);
        if (event.kind === "reactions") throw new Error("seen");
      },
      { onError: (error) => events.push(String(error)), signal: stop.signal },
    );
    account.onMessage(({ message }) => messages.push(message.text));
    await online({ head: { ...model.head, at: 0 } });
    const say = async () => {
      const news = model.frames.at(-1);
      if (news?.isNew === true) socketTo("/sync").say({ type: "message", message: news.messages[0] });
      else socketTo("/sync").say({ type: "change", conversationId: modelConversation, ...news });
      await clock.wind(500);
    };
    model.edit(2);
    await say();
    model.react(2);
    await say();
    model.send(1);
    await say();
    model.notice();
    await say();
    expect(events).toEqual(["edit c1", "reactions c1", "Error: seen", "message c1", "notice c1"]);
    expect(messages).toEqual(["text 4"]);
    stop.abort();
    model.edit(1);
    await say();
    expect(events).toHaveLength(5);
  });
});

function rowOf(model: ConversationModel): Summary {
  return row("c1", model.rev + 1, { head: { ...model.head, at: 0 } });
}
