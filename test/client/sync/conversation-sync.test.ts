import { describe, expect, it } from "vitest";
import { memoryStorage, type Storage } from "../../../client/index.ts";
import type { StorageWrite } from "../../../client/contract/storage.ts";
import { keys } from "../../../client/storage/keys.ts";
import { writeIf } from "../../../client/storage/write-if.ts";
import { ack as ackForm } from "../../../schema/wire/message.ts";
import { ConversationModel, modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { conversationSync as rig } from "../../rig/client/conversation/conversation-sync-rig.ts";
import { refused } from "../../rig/client/fake-fetch.ts";
import { settled } from "../../rig/wound-clock.ts";

function modelWith(count: number): ConversationModel {
  const model = new ConversationModel();
  for (let i = 0; i < count; i++) model.send(i);
  return model;
}

describe("a conversation's timeline", () => {
  it("is the newest page first, then older ones on demand, to the beginning", async () => {
    const { sync, server } = rig({ model: modelWith(120) });
    await sync.bringUpToDate();
    expect(sync.timeline.spans).toEqual([{ after: 70, to: 120 }]);
    expect(await sync.history.before()).toBe(true);
    expect(await sync.history.before()).toBe(false);
    expect(sync.timeline.spans).toEqual([{ after: 0, to: 120 }]);
    const asked = server.asked.length;
    expect(await sync.history.before()).toBe(false);
    expect(server.asked.length).toBe(asked);
  });

  it("asks for what is missing when a frame jumps, but not at once: the missing one may be on its way", async () => {
    const { sync, model, hear, server, clock, texts } = rig({ model: modelWith(3) });
    await sync.bringUpToDate();
    const asked = server.asked.length;
    for (let i = 0; i < 4; i++) model.send(i);
    hear(5);
    hear(4);
    await clock.wind(2_000);
    expect(server.asked.length).toBe(asked);
    expect(texts().length).toBe(5);
    hear(7);
    expect(texts().length).toBe(5);
    await clock.wind(500);
    expect(server.asked.slice(asked).map(({ path }) => path.split("/").at(-1))).toEqual(["changes"]);
    expect(texts().length).toBe(7);
  });

  it("after a long absence pages in the newest and leaves the rest a hole, with old messages changed", async () => {
    const { sync, model, clock, server } = rig({ model: modelWith(10) });
    await sync.bringUpToDate();
    model.edit(3);
    for (let i = 0; i < 600; i++) model.send(i);
    model.edit(7);
    sync.noteHead(model.head);
    await clock.wind(500);
    expect(sync.timeline.spans).toEqual([
      { after: 0, to: 10 },
      { after: 560, to: 610 },
    ]);
    expect(sync.timeline.messages.get(3)?.text).toBe("text 3!");
    expect(sync.timeline.messages.get(7)?.text).toBe("text 7!");
    expect(server.asked.some(({ query }) => query.get("messages") === "mutated")).toBe(true);
    await sync.history.fill({ after: 10, before: 561 }, "after");
    expect(sync.timeline.spans[0]).toEqual({ after: 0, to: 60 });
    await sync.history.fill({ after: 60, before: 561 }, "before");
    expect(sync.timeline.spans[1]).toEqual({ after: 510, to: 610 });
  });

  it("[P7] [S16] copes with pages that bytes cut: newest, older, holes from both ends, jumps", async () => {
    const { sync, state, model, texts } = rig({ model: modelWith(100) });
    state.pageMax = 7;
    await sync.bringUpToDate();
    expect(sync.timeline.holdsNewest).toBe(true);
    expect(sync.timeline.hasBefore).toBe(true);
    await sync.history.around(40, sync.place);
    expect(sync.timeline.has(40)).toBe(true);
    for (let turn = 0; sync.timeline.spans.length > 1; turn++) {
      expect(turn).toBeLessThan(20);
      const [above, below] = sync.timeline.spans;
      const hole = { after: above?.to ?? 0, before: (below?.after ?? 0) + 1 };
      await sync.history.fill(hole, turn % 2 === 0 ? "after" : "before");
    }
    for (let turn = 0; await sync.history.before(); turn++) expect(turn).toBeLessThan(20);
    expect(texts()).toEqual([...model.messages.values()].map(({ text }) => text));
    expect(sync.timeline.hasBefore).toBe(false);
  });

  it("goes on where it was after a restart, from storage alone", async () => {
    const first = rig({ model: modelWith(60) });
    await first.sync.bringUpToDate();
    await first.sync.history.before();
    await first.clock.wind(100);
    const second = rig({ model: first.model, storage: first.storage });
    second.state.isDown = true;
    await second.sync.load();
    expect(second.texts().length).toBe(50);
    expect(await second.sync.history.before()).toBe(false);
    expect(second.texts()).toEqual(first.texts());
    expect(second.server.asked).toEqual([]);
  });

  it("[C6] does not write back what it reads from storage", async () => {
    const first = rig({ model: modelWith(120) });
    await first.sync.bringUpToDate();
    await first.clock.wind(100);
    first.sync.close();
    const written: string[] = [];
    const note = ({ puts = [] }: StorageWrite) => written.push(...puts.map(([key]) => key));
    const storage: Storage = {
      ...first.storage,
      write: async (write) => {
        note(write);
        await first.storage.write(write);
      },
      writeIf: async (condition, write) => {
        note(write);
        return await writeIf(first.storage, condition, write);
      },
    };
    const second = rig({ model: first.model, storage });
    await second.sync.load();
    await second.clock.wind(1_000);
    expect(second.texts()).toHaveLength(50);
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((key) => key.includes("/m/"))).toEqual([]);
  });

  it("[P10] carries changes into stored messages that are not in memory", async () => {
    const first = rig({ model: modelWith(80) });
    await first.sync.bringUpToDate();
    await first.sync.history.before();
    await first.clock.wind(100);
    const second = rig({ model: first.model, storage: first.storage });
    await second.sync.load();
    expect(second.sync.timeline.has(5)).toBe(false);
    first.model.unsend(5);
    second.hear(81);
    await second.clock.wind(100);
    const third = rig({ model: first.model, storage: first.storage });
    third.state.isDown = true;
    await third.sync.load();
    await third.sync.history.before();
    expect(third.sync.timeline.messages.get(5)?.unsentAt).not.toBeNull();
    expect(third.sync.timeline.facts.rev).toBe(81);
  });

  it("lets go of old messages when nobody looks, and has them from the cache when somebody does", async () => {
    const { sync, model, hear, clock, state, texts, server } = rig({ model: modelWith(10) });
    await sync.bringUpToDate();
    state.isInUse = false;
    for (let i = 0; i < 250; i++) hear(model.send(i).rev);
    await clock.wind(100);
    expect(sync.timeline.spans).toEqual([{ after: 160, to: 260 }]);
    expect(texts().length).toBe(100);
    const asked = server.asked.length;
    state.isInUse = true;
    model.edit(3);
    hear(261);
    while (await sync.history.before());
    expect(server.asked.length).toBe(asked);
    expect(texts().length).toBe(260);
    expect(texts()[2]).toBe("text 3!");
  });

  it("drops everything when the server's store was restored", async () => {
    const { sync, state, clock, storage } = rig({ model: modelWith(5) });
    await sync.bringUpToDate();
    await clock.wind(100);
    state.epoch = "e2";
    await sync.catchUp();
    await clock.wind(100);
    expect(sync.timeline.messages.size).toBe(5);
    expect((await storage.list(keys.messages("ana", modelConversation, 0, 100))).length).toBe(5);
  });

  it("a message of this device is there when its ack came, whichever comes first", async () => {
    const { sync, model, hear, texts, clock } = rig({ model: modelWith(2) });
    await sync.bringUpToDate();
    const message = model.send(0, "mine");
    const ack = ackForm.parse({
      conversationId: modelConversation,
      seq: message.seq,
      rev: message.rev,
      sentAt: message.sentAt,
      hash: "",
      duplicate: false,
    });
    hear(3);
    await sync.confirm(ack, message);
    expect(texts()).toEqual(["text 1", "text 2", "mine"]);
    model.send(1, "between");
    const later = model.send(0, "mine too");
    const confirmed = sync.confirm({ ...ack, seq: later.seq, rev: later.rev }, later);
    await clock.wind(500);
    await confirmed;
    expect(texts()).toEqual(["text 1", "text 2", "mine", "between", "mine too"]);
  });

  it("a repeated send's ack brings the message as it is now, not as it was sent", async () => {
    const { sync, model } = rig({ model: modelWith(2) });
    const message = model.send(0, "mine");
    model.unsend(3);
    await sync.bringUpToDate();
    await sync.confirm(
      ackForm.parse({ conversationId: modelConversation, seq: 3, rev: 3, sentAt: 0, hash: "", duplicate: true }),
      message,
    );
    expect(sync.timeline.messages.get(3)).toMatchObject({ text: "", unsentAt: 4 });
  });

  it("says that the user is gone when the server knows of no such conversation for them", async () => {
    const { sync, server, state } = rig({ model: modelWith(1) });
    server.answer = () => refused("not_found");
    await expect(sync.bringUpToDate()).rejects.toMatchObject({ code: "not_found" });
    expect(state.gone).toBe(1);
  });

  it("tries again by itself while linked, with growing waits, and waits for the link otherwise", async () => {
    const { sync, model, server, state, clock, hear, texts } = rig({ model: modelWith(1) });
    await sync.bringUpToDate();
    state.isDown = true;
    for (let i = 0; i < 3; i++) model.send(i);
    hear(4);
    const asked = server.asked.length;
    await clock.wind(30_000);
    expect(server.asked.length - asked).toBeGreaterThan(2);
    expect(server.asked.length - asked).toBeLessThan(12);
    state.isLinked = false;
    await clock.wind(60_000);
    const before = server.asked.length;
    await clock.wind(60_000);
    expect(server.asked.length).toBe(before);
    state.isDown = false;
    state.isLinked = true;
    sync.resume();
    await clock.wind(1);
    expect(texts().length).toBe(4);
  });
});

describe("several tabs and one store", () => {
  it("a tab that does not write reads, and changes nothing", async () => {
    const writer = rig({ model: modelWith(60) });
    await writer.sync.bringUpToDate();
    await writer.clock.wind(100);
    const before = await writer.storage.list({ from: "", to: "\uFFFF" });
    const reader = rig({ model: writer.model, storage: writer.storage, isWriter: false });
    await reader.sync.load();
    await reader.sync.history.before();
    await reader.clock.wind(1_000);
    expect(reader.texts().length).toBe(60);
    expect(await writer.storage.list({ from: "", to: "\uFFFF" })).toEqual(before);
  });

  it("a tab that begins to write does not build on what another has written since it read", async () => {
    const model = modelWith(5);
    const storage = memoryStorage();
    const one = rig({ model, storage });
    await one.sync.bringUpToDate();
    await one.clock.wind(100);
    const two = rig({ model, storage });
    await two.sync.load();
    // The first goes on, the second does not hear of it; then the second writes.
    model.edit(2);
    one.hear(6);
    await one.clock.wind(100);
    model.send(1);
    two.hear(7);
    await two.clock.wind(100);
    await settled();
    const three = rig({ model, storage });
    await three.sync.load();
    await three.sync.bringUpToDate();
    expect(three.texts()).toEqual([...model.messages.values()].map(({ text }) => text));
  });
});
