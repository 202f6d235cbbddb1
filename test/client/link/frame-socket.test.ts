import { describe, expect, it } from "vitest";
import { caughtUp, hello, connectionRig as rig } from "../../rig/client/connection-rig.ts";
import { ConversationModel } from "../../rig/client/conversation/conversation-model.ts";
import { row } from "../../rig/client/summary-row.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("what is received on a socket", () => {
  it("ignores frames and fields that it does not know", async () => {
    const { network, online, frames, status } = rig();
    await online();
    const before = frames.length;
    network.last.say([
      { type: "holograms", x: 1 },
      { type: "typing", conversationId: "c", userId: "u", until: 1, mood: "good" },
    ]);
    network.last.say("nonsense");
    network.last.say(new Uint8Array(2));
    expect(frames.slice(before)).toEqual([{ type: "typing", conversationId: "c", userId: "u", until: 1 }]);
    expect(status()).toBe("online");
  });

  it("sends `seen` for what it read, every 500 frames", async () => {
    const { network, online } = rig();
    await online();
    for (let i = 0; i < 499; i++) network.last.say({ type: "typing", conversationId: "c", userId: "u", until: 1 });
    await settled();
    expect(network.last.sent.filter(({ type }) => type === "seen").length).toBe(1);
    for (let i = 0; i < 500; i++) network.last.say({ type: "typing", conversationId: "c", userId: "u", until: 1 });
    await settled();
    expect(network.last.sent.filter(({ type }) => type === "seen").length).toBe(2);
  });

  it("[C1] sends `seen` before 4 MiB are unseen, whatever letters they are made of and whatever else it sends", async () => {
    const { network, online, connection } = rig();
    await online();
    const bytes = 900_000;
    const big = { type: "holograms", text: "言".repeat(bytes / 3) };
    const seen = () => network.last.sent.filter(({ type }) => type === "seen").length;
    for (let i = 0; i < 12; i++) {
      network.last.say(big);
      // Other frames are no word about pages: the server waits for a `seen`.
      connection.socket?.post({ type: "attend", on: true });
      await settled();
      expect((i + 1) * bytes).toBeLessThan((seen() + 1) * 3_500_000);
    }
    expect(seen()).toBe(4);
  });

  it("[C1] answers each page of the inbox that more follow, once it is stored", async () => {
    const { network, connection, state, clock } = rig();
    connection.start();
    await settled();
    network.last.accept();
    const seen = () => network.last.sent.filter(({ type }) => type === "seen").length;
    let store: () => void = () => undefined;
    state.stored = new Promise((resolve) => {
      store = resolve;
    });
    network.last.say([hello, { ...caughtUp, more: true }]);
    await settled();
    expect(seen()).toBe(0);
    store();
    await settled();
    expect(seen()).toBe(1);
    network.last.say({ ...caughtUp, reset: false, more: true });
    await settled();
    expect(seen()).toBe(2);
    // A storage that hangs does not keep the rest away.
    state.stored = new Promise(() => undefined);
    network.last.say({ ...caughtUp, reset: false, more: true });
    await clock.wind(1_999);
    expect(seen()).toBe(2);
    await clock.wind(1);
    expect(seen()).toBe(3);
    state.stored = Promise.resolve();
    network.last.say({ ...caughtUp, reset: false });
    await clock.wind(3_000);
    expect(seen()).toBe(3);
  });

  it("[P21] takes what it knows of a page, a frame, a poll, and leaves out what it does not know", async () => {
    const { network, online, frames } = rig();
    await online();
    const before = frames.length;
    const known = row("c1", 8);
    const model = new ConversationModel();
    const [one, two] = [model.send(0), model.send(1)];
    network.last.say([
      {
        type: "inbox",
        version: 8,
        conversations: [{ ...known, head: 8 }, null, known, { ...known, kind: "hologram" }],
        more: false,
      },
      { type: "change", conversationId: "c1", rev: 2, messages: [{ ...one, seq: "first" }, two], conversation: {} },
      7,
      [{ type: "typing", conversationId: "c", userId: "u", until: 1 }],
      { type: "message", message: { ...one, text: { bold: "x" } } },
      { type: "message", message: { ...one, reactions: "many" } },
      { type: "message", message: two },
    ]);
    expect(frames.slice(before)).toMatchObject([
      { type: "inbox", conversations: [known, known] },
      { type: "change", messages: [two] },
      { type: "message", message: one },
      { type: "message", message: two },
    ]);
  });

  it("[C2] keeps a healthy socket while its timers come late, and gives up one that leaves two pings unanswered", async () => {
    // A hidden tab: timers come once a minute.
    const { network, online, clock, status } = rig(0.5, (wound) => ({
      now: () => wound.now(),
      after: (ms, task) => wound.after(ms < 1_000 ? ms : Math.ceil(ms / 60_000) * 60_000, task),
    }));
    await online();
    const [socket] = network.sockets;
    await clock.wind(3_600_000);
    expect(socket?.pings).toBe(60);
    expect(network.sockets.length).toBe(1);
    expect(status()).toBe("online");
    if (socket !== undefined) socket.pong = undefined;
    await clock.wind(240_000);
    expect(socket?.closedByClient).toBe(1000);
  });

  it("[C1] does not ask for pages over HTTP that are on their way, unless they stop", async () => {
    const { network, connection, clock, polls, state } = rig();
    connection.start();
    await settled();
    network.last.accept();
    network.last.pong = 100;
    state.version = 3;
    network.last.say([
      { ...hello, version: 100 },
      { ...caughtUp, version: 3, more: true },
    ]);
    for (let page = 0; page < 10; page++) {
      await clock.wind(6_000);
      network.last.say({ ...caughtUp, reset: false, version: ++state.version, more: true });
    }
    expect(polls.length).toBe(0);
    await clock.wind(25_000);
    expect(polls.length).toBe(1);
  });
});
