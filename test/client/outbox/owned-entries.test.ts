import { afterEach, describe, expect, it, vi } from "vitest";
import { InboxPatches } from "../../../client/inbox/inbox-patches.ts";
import { memoryStorage, ParleyError, type SummaryPatch } from "../../../client/index.ts";
import { Unsent } from "../../../client/outbox/unsent.ts";
import { systemClock } from "../../../client/platform.ts";
import { keys } from "../../../client/storage/keys.ts";
import { aloneLocks, locksOf, type Locks } from "../../../client/storage/locks.ts";
import { conversationOnScreen, modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const receiptsOf = (asked: readonly { path: string; body: unknown }[]) =>
  asked.filter(({ path }) => path.endsWith("/receipts")).map(({ body }) => body);
const patchesOf = (asked: readonly { method: string; body: unknown }[]) =>
  asked.filter(({ method }) => method === "PATCH").map(({ body }) => body);

describe("what a page does in its last moment without network", () => {
  it("[C11] is read all the same: the watermark is kept, and sent by the next run, once", async () => {
    const model = modelWith(20);
    const first = await conversationOnScreen({ model });
    await first.online();
    first.conversation.open();
    await settled();
    await first.live();
    await first.clock.wind(2_000);
    first.state.isDown = true;
    for (const socket of first.network.sockets) socket.end(1006);
    first.conversation.markRead(20);
    await first.clock.wind(1_000);
    first.parley.close();
    await settled();

    const second = await conversationOnScreen({ model, storage: first.storage });
    await second.clock.wind(100);
    await second.online();
    await second.clock.wind(2_000);
    const said = () => [
      ...receiptsOf(second.server.asked),
      ...second.network.sockets.flatMap(({ sent }) => sent.filter(({ type }) => type === "receipt")),
    ];
    expect(said()).toEqual([expect.objectContaining({ read: 20 })]);
    const sync = second.socketTo("/sync");
    sync.say({ type: "ok", ref: sync.last("receipt")?.["ref"] });
    await second.clock.wind(1_000);
    second.parley.close();

    const third = await conversationOnScreen({ model, storage: first.storage });
    await third.online();
    await third.clock.wind(2_000);
    expect(third.network.sockets.flatMap(({ sent }) => sent.filter(({ type }) => type === "receipt"))).toEqual([]);
  });

  it("[C11] has got what it stored: `delivered` is sent by the next run, also where it could not even be noted", async () => {
    for (const isNoted of [true, false]) {
      const model = modelWith(20);
      const first = await conversationOnScreen({ model });
      await first.online();
      first.conversation.open();
      await settled();
      const live = await first.live();
      await first.clock.wind(2_000);
      for (let i = 0; i < 3; i++) live.say({ type: "message", message: model.send(1) });
      // Stored, and not said yet.
      await first.clock.wind(60);
      first.parley.close();
      await settled();
      const noted = await first.storage.list(keys.receipts("ana"));
      expect(noted).toHaveLength(1);
      if (!isNoted) await first.storage.write({ deleteRanges: [keys.receipts("ana")] });

      const second = await conversationOnScreen({ model, storage: first.storage });
      await second.online();
      if (!isNoted) await second.conversation.load();
      await second.clock.wind(2_000);
      const said = [
        ...receiptsOf(second.server.asked),
        ...second.network.sockets.flatMap(({ sent }) => sent.filter(({ type }) => type === "receipt")),
      ];
      expect(said).toEqual([expect.objectContaining({ delivered: 23 })]);
      second.parley.close();
    }
  });

  it("[C11] is muted and pinned all the same: changes of rows are kept when the page closes, and the newest wins", async () => {
    const model = modelWith(3);
    const first = await conversationOnScreen({ model });
    await first.online();
    first.state.isDown = true;
    first.account.inbox.patch("c1", { pinned: true, draft: "old" }).catch(() => undefined);
    first.account.inbox.patch("c1", { archived: true }).catch(() => undefined);
    await first.clock.wind(1_000);
    first.parley.close();
    await first.clock.wind(60_000);

    const second = await conversationOnScreen({ model, storage: first.storage });
    const { answer } = second.server;
    second.server.answer = (asked) =>
      asked.method === "PATCH" ? { status: 200, body: second.summary() } : answer(asked);
    second.account.inbox.patch("c1", { draft: "new" }).catch(() => undefined);
    await second.online();
    await second.clock.wind(5_000);
    expect(patchesOf(second.server.asked).at(-1)).toMatchObject({ draft: "new" });
    const said = Object.assign({}, ...patchesOf(second.server.asked)) as object;
    expect(said).toMatchObject({ pinned: true, archived: true, draft: "new" });
    second.parley.close();

    // What was said is not said again.
    const third = await conversationOnScreen({ model, storage: first.storage });
    await third.online();
    await third.clock.wind(5_000);
    expect(patchesOf(third.server.asked)).toEqual([]);
  });
});

describe("what a tab that is gone left to the others", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  /** Several tabs over one storage; `end` is the end of one. */
  function tabs() {
    const alive = new Set<string>();
    const storage = memoryStorage();
    const locks = (instance: string): Locks => {
      alive.add(instance);
      return { ...aloneLocks(), instance, alive: () => Promise.resolve(alive) };
    };
    const keysLeft = async () => (await storage.list({ from: "", to: "~" })).length;
    return { storage, locks, end: (instance: string) => alive.delete(instance), keysLeft };
  }

  it("[C11] is every tab's changes of one row, and not those of a tab that lives", async () => {
    const { storage, locks, end, keysLeft } = tabs();
    const tab = (instance: string, isDown: boolean) => {
      const sent: SummaryPatch[] = [];
      const patches = new InboxPatches({
        storage,
        clock: new WoundClock(),
        random: () => 0.5,
        locks: locks(instance),
        userId: "ana",
        send: (_id, patch) => {
          sent.push(patch);
          const gone = new ParleyError({ code: "unavailable", detail: "no network", retry: "later" });
          return isDown ? Promise.reject(gone) : new Promise(() => undefined);
        },
        onRow: () => undefined,
        onChange: () => undefined,
      });
      return { patches, sent };
    };
    const [one, two, leader] = [tab("one", true), tab("two", true), tab("leader", false)];
    one.patches.patch("c1", { pinned: true }).catch(() => undefined);
    two.patches.patch("c1", { archived: true }).catch(() => undefined);
    await settled();
    await leader.patches.adopt();
    await settled();
    expect(leader.sent).toEqual([]);
    for (const [name, { patches }] of [["one", one] as const, ["two", two] as const]) {
      patches.close();
      end(name);
    }
    await leader.patches.adopt();
    await settled();
    expect(leader.sent).toEqual([{ pinned: true }]);
    // Both are the leader's own now.
    expect(await keysLeft()).toBe(1);
    end("leader");
    const heir = tab("heir", false);
    await heir.patches.adopt();
    await settled();
    expect(Object.assign({}, ...heir.sent)).toEqual({ pinned: true, archived: true });
  });

  it("[C11] is its watermarks, and not those of a tab that lives", async () => {
    const { storage, locks, end, keysLeft } = tabs();
    const tab = (instance: string) => {
      const raised: unknown[] = [];
      const conversation = {
        deliver: () => Promise.reject(new Error("not asked for")),
        confirm: () => Promise.resolve(),
        deliverEdit: () => Promise.resolve(),
        named: () => Promise.resolve({ userIds: [], fault: undefined }),
        adoptReceipt: (owed: unknown) => raised.push(owed),
        outboxChanged: () => undefined,
        editsChanged: () => undefined,
      };
      const clock = new WoundClock();
      const parts = { storage, clock, random: () => 0.5, locks: locks(instance), userId: "ana" };
      const conversations = { conversation: () => conversation, known: () => conversation, isLinked: () => true };
      return { unsent: new Unsent({ ...parts, ...conversations }), raised };
    };
    const [one, leader] = [tab("one"), tab("leader")];
    one.unsent.of("c1").keepReceipt({ delivered: 7, read: 7 });
    await settled();
    void leader.unsent.adopt();
    await settled();
    expect(leader.raised).toEqual([]);
    end("one");
    void leader.unsent.adopt();
    await settled();
    expect(leader.raised).toEqual([{ delivered: 7, read: 7 }]);
    expect(await keysLeft()).toBe(0);
  });

  it("[C11] is looked for soon after that tab ended", async () => {
    vi.useFakeTimers();
    const held = new Set<string>();
    const manager = {
      request: (name: string, _options: unknown, task: () => Promise<void>) => {
        held.add(name);
        return task();
      },
      query: () => Promise.resolve({ held: [...held].map((name) => ({ name })) }),
    };
    const [one, leader] = [1, 2].map(() => locksOf("http://server", manager, systemClock));
    if (one === undefined || leader === undefined) throw new Error("no locks");
    const ends: string[] = [];
    const stop = leader.watchEnds(() => ends.push("one"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ends).toEqual([]);
    held.delete(`parley tab ${one.instance}`);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(ends).toEqual(["one"]);
    stop();
    held.clear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ends).toEqual(["one"]);
  });
});
