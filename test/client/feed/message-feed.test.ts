import { describe, expect, it } from "vitest";
import { memoryStorage, ParleyError, type Message, type Storage } from "../../../client/index.ts";
import { type FeedListener, MessageFeed } from "../../../client/feed/message-feed.ts";
import { ConversationModel, modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import {
  conversationOnScreen,
  missedConversation,
  modelWith,
} from "../../rig/client/conversation/conversation-on-screen.ts";
import { row } from "../../rig/client/summary-row.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const gone = new ParleyError({ code: "unavailable", detail: "no network", retry: "later", status: 0 });

/** Conversations at a server, and a feed of what is written in them. */
class World {
  readonly models = new Map<string, ConversationModel>();
  version = 1;

  send(id: string, count = 1): void {
    const model = this.models.get(id) ?? new ConversationModel();
    this.models.set(id, model);
    for (let i = 0; i < count; i++) model.send(1);
  }

  row(id: string, more: object = {}) {
    const head = this.models.get(id)?.head ?? { seq: 0, rev: 0 };
    return row(id, ++this.version, { head: { seq: head.seq, rev: Math.max(1, head.rev), at: 1 }, ...more });
  }

  rows() {
    return [...this.models.keys()].map((id) => this.row(id));
  }
}

async function running(world: World, { storage = memoryStorage(), known = [] as ReturnType<World["row"]>[] } = {}) {
  const clock = new WoundClock();
  const state = { isDown: false, fetches: 0, failing: (_id: string): ParleyError | undefined => undefined };
  const feed = new MessageFeed({
    storage,
    clock,
    random: () => 0.5,
    userId: "ana",
    isWriter: () => true,
    isLinked: () => !state.isDown,
    isLive: () => false,
    rows: () => known,
    page: async (id, after) => {
      await Promise.resolve();
      state.fetches++;
      const fault = state.isDown ? gone : state.failing(id);
      if (fault !== undefined) throw fault;
      const model = world.models.get(id);
      if (model === undefined) throw new ParleyError({ code: "not_found", detail: id });
      return model.page({ after }, 50);
    },
    changes: () => Promise.reject(new Error("nobody wants changes")),
  });
  await feed.restore();
  const heard: string[] = [];
  const listen = () =>
    feed.listen(
      messagesOnly(async (id, { seq }) => {
        await Promise.resolve();
        heard.push(`${id} ${seq}`);
      }),
    );
  return { feed, clock, state, storage, heard, listen };
}

const seqsOf = (heard: readonly string[], id: string) =>
  heard.flatMap((each) => (each.startsWith(`${id} `) ? [Number(each.slice(id.length + 1))] : []));
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("what a program that listens receives", () => {
  it("[C9] is every message of every conversation that was missed, whatever failed on the way", async () => {
    const world = new World();
    const ids = Array.from({ length: 200 }, (_, i) => `c${i}`);
    for (const id of ids) world.send(id, 3);
    const first = await running(world);
    first.listen();
    first.feed.rows(world.rows(), false);
    await first.clock.wind(1_000);
    // The first look at everything is history.
    expect(first.heard).toEqual([]);
    first.feed.close();
    const known = world.rows();
    for (const id of ids) world.send(id, 2);
    world.send("c7", 120);
    world.send("new", 4);

    const second = await running(world, { storage: first.storage, known });
    second.listen();
    let tries = 0;
    second.state.failing = () => (tries++ % 3 === 0 ? gone : undefined);
    second.state.isDown = true;
    second.feed.rows(world.rows(), true);
    await second.clock.wind(60_000);
    expect(second.heard).toEqual([]);
    // Without a link nobody asks again and again.
    expect(second.state.fetches).toBeLessThan(202);
    second.state.isDown = false;
    second.feed.resume();
    await second.clock.wind(60_000);
    for (const id of ids) expect(seqsOf(second.heard, id), id).toEqual(upTo(4, id === "c7" ? 125 : 5));
    // A conversation that is new since has no history.
    expect(seqsOf(second.heard, "new")).toEqual([1, 2, 3, 4]);
  });

  it("[C9] comes again after a crash in the middle of a listener, and not where the listener was done", async () => {
    const world = new World();
    world.send("c1", 1);
    const first = await running(world);
    const begun: number[] = [];
    first.feed.listen(
      messagesOnly((_id, { seq }) => {
        begun.push(seq);
        // The process ends while the third is worked on.
        return seq === 3 ? new Promise(() => undefined) : Promise.resolve();
      }),
    );
    first.feed.rows(world.rows(), false);
    const [before] = world.rows();
    world.send("c1", 4);
    first.feed.rows(world.rows(), true);
    await first.clock.wind(1_000);
    expect(begun).toEqual([2, 3]);
    // The row that was stored meanwhile says that everything is known.
    for (const known of [world.rows(), [before ?? row("c1", 1)]]) {
      const second = await running(world, { storage: copyOf(first.storage), known });
      second.listen();
      second.feed.rows(world.rows(), true);
      await second.clock.wind(1_000);
      expect(second.heard).toEqual(["c1 3", "c1 4", "c1 5"]);
    }
  });

  it("[C9] comes after a crash in a conversation that was new then, though its row was stored", async () => {
    const world = new World();
    const first = await running(world);
    first.feed.listen(messagesOnly(() => new Promise(() => undefined)));
    first.feed.rows(world.rows(), false);
    world.send("new", 2);
    first.feed.rows(world.rows(), true);
    await first.clock.wind(1_000);
    const second = await running(world, { storage: copyOf(first.storage), known: world.rows() });
    second.listen();
    second.feed.rows(world.rows(), true);
    await second.clock.wind(1_000);
    expect(second.heard).toEqual(["new 1", "new 2"]);
  });

  it("[C9] waits for a program that listens later than rows come", async () => {
    const world = new World();
    world.send("c1", 1);
    const first = await running(world);
    first.listen();
    first.feed.rows(world.rows(), false);
    await settled();
    const known = world.rows();
    world.send("c1", 2);
    const second = await running(world, { storage: first.storage, known });
    second.feed.rows(world.rows(), true);
    await second.clock.wind(5_000);
    second.listen();
    await second.clock.wind(5_000);
    expect(second.heard).toEqual(["c1 2", "c1 3"]);
  });

  it("[C9] comes one after the other within a conversation, and conversations do not wait for each other", async () => {
    const world = new World();
    const { feed, clock } = await running(world);
    const order: string[] = [];
    const finish: (() => void)[] = [];
    feed.listen(
      messagesOnly(async (id, { seq }) => {
        order.push(`${id} ${seq}`);
        if (id === "slow") await new Promise<void>((resolve) => finish.push(resolve));
      }),
    );
    world.send("slow", 3);
    world.send("quick", 3);
    feed.rows(world.rows(), true);
    const messages = [...(world.models.get("slow")?.messages.values() ?? [])];
    feed.arrived("slow", messages);
    await clock.wind(60_000);
    expect(order.toSorted()).toEqual(["quick 1", "quick 2", "quick 3", "slow 1"]);
    for (const seq of [2, 3]) {
      finish.shift()?.();
      await settled();
      expect(order.at(-1)).toBe(`slow ${seq}`);
    }
  });

  it("[C9] is what arrives, without a fetch, and each message once", async () => {
    const world = new World();
    world.send("c1", 1);
    const { feed, clock, heard, listen, state } = await running(world);
    listen();
    feed.rows(world.rows(), false);
    for (let i = 0; i < 20; i++) {
      world.send("c1", 1);
      const message = [...(world.models.get("c1")?.messages.values() ?? [])].at(-1);
      if (message !== undefined) feed.arrived("c1", [message, message]);
      feed.rows(world.rows(), true);
      await clock.wind(10);
    }
    expect(seqsOf(heard, "c1")).toEqual(upTo(2, 21));
    expect(state.fetches).toBe(0);
  });

  it("[C9] holds so many messages for a slow listener, and fetches the others when their turn comes", async () => {
    const world = new World();
    const { feed, clock, state } = await running(world);
    const heard: number[] = [];
    const finish: (() => void)[] = [];
    feed.listen(
      messagesOnly(async (_id, { seq }) => {
        heard.push(seq);
        if (seq === 1) await new Promise<void>((resolve) => finish.push(resolve));
      }),
    );
    world.send("c1", 500);
    feed.rows(world.rows(), true);
    feed.arrived("c1", [...(world.models.get("c1")?.messages.values() ?? [])]);
    await clock.wind(1_000);
    finish.shift()?.();
    await clock.wind(1_000);
    expect(heard).toEqual(upTo(1, 500));
    expect(state.fetches).toBeGreaterThan(5);
  });

  it("gives up what the user may not see any more, and a restored server's fewer messages", async () => {
    const world = new World();
    const { feed, clock, heard, listen, state } = await running(world);
    listen();
    feed.rows([row("away", 2, { head: { seq: 5, rev: 5, at: 1 } })], true);
    world.send("c1", 9);
    feed.rows(world.rows(), false);
    world.models.delete("c1");
    world.send("c1", 2);
    feed.rows(world.rows(), false);
    world.send("c1", 1);
    feed.rows(world.rows(), true);
    await clock.wind(600_000);
    expect(heard).toEqual(["c1 3"]);
    expect(state.fetches).toBeLessThan(5);
  });
});

describe("onMessage of an account", () => {
  it("[C9] reports what listeners throw, at once or later, and goes on", async () => {
    const { account, online, socketTo, model, clock, summary } = await conversationOnScreen({ model: modelWith(3) });
    const [heard, errors]: [string[], unknown[]] = [[], []];
    account.onMessage(
      ({ message }) => {
        heard.push(message.text);
        if (message.seq === 4) throw new Error("at once");
        return message.seq === 5 ? Promise.reject(new Error("later")) : undefined;
      },
      { onError: (error) => errors.push(error) },
    );
    await online();
    for (let i = 0; i < 3; i++) {
      const message: Message = model.send(1);
      const { version } = summary();
      const inbox = { version, unread: i + 1, mentionsUnread: 0 };
      socketTo("/sync").say({ type: "message", message, inbox });
      await clock.wind(1_000);
    }
    expect(heard).toEqual(["text 4", "text 5", "text 6"]);
    expect(errors.map(String)).toEqual(["Error: at once", "Error: later"]);
  });

  it("[C9] costs an announcer nothing: listening only for arrivals on screen fetches nothing that was missed", async () => {
    const requests: number[] = [];
    for (const listens of [false, true]) {
      const second = await missedConversation(2_000);
      const said: number[] = [];
      if (listens) second.conversation.onArrival(({ seq }) => said.push(seq));
      second.conversation.open();
      await second.online({ unread: 2_000 });
      await settled();
      const socket = await second.live();
      await second.clock.wind(5_000);
      requests.push(second.server.asked.length);
      socket.say({ type: "message", message: second.model.send(1) });
      await settled();
      if (listens) expect(said).toEqual([2_061]);
      expect(second.conversation.id).toBe(modelConversation);
    }
    expect(requests[1]).toBe(requests[0]);
    expect(requests[0]).toBeLessThan(10);
  });
});

function messagesOnly(deliver: (id: string, message: Message) => Promise<void>): FeedListener {
  return {
    wantsChanges: false,
    deliver: async (id, item) => {
      if (item.kind === "message") await deliver(id, item.message);
    },
  };
}

/** What a crash leaves: later writes of the one that crashed do not reach it. */
function copyOf(storage: Storage): Storage {
  const copy = memoryStorage();
  const range = { from: "", to: "\uFFFF" };
  const copied = storage
    .list(range)
    .then((entries) => copy.write({ puts: entries.map(([key, value]) => [key, JSON.parse(JSON.stringify(value))]) }));
  return {
    get: async (key) => copied.then(() => copy.get(key)),
    list: async (...ask) => copied.then(() => copy.list(...ask)),
    write: async (write) => copied.then(() => copy.write(write)),
  };
}
