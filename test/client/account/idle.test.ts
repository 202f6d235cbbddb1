import { describe, expect, it } from "vitest";
import type { Storage } from "../../../client/index.ts";
import { conversationOnScreen, modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";
import { plainStorage } from "../../rig/client/plain-storage.ts";
import { settled } from "../../rig/wound-clock.ts";

/** A storage that counts what is written to it. */
function countingStorage() {
  const inner = plainStorage();
  const counted = { writes: 0 };
  const storage: Storage = {
    ...inner,
    write: async (write) => {
      counted.writes++;
      await inner.write(write);
    },
  };
  return { storage, counted };
}

/** Counts how often each state of the account and of the conversation is told from now on. */
function notified({ account, conversation }: Awaited<ReturnType<typeof conversationOnScreen>>) {
  const states = {
    connection: account.connection,
    inbox: account.inbox,
    user: account.user,
    unsent: account.unsent,
    timeline: conversation.timeline,
    details: conversation.details,
    receipts: conversation.receipts,
    typing: conversation.typingUsers,
    summary: conversation.summary,
    live: conversation.live,
  };
  const told: string[] = [];
  const before = Object.entries(states).map(([name, state]) => ({ name, state, snapshot: state.getSnapshot() }));
  for (const { name, state } of before) state.subscribe(() => told.push(name));
  /** Those whose snapshot is another object than before. */
  const changed = () =>
    before.filter(({ state, snapshot }) => state.getSnapshot() !== snapshot).map(({ name }) => name);
  return { told, changed };
}

describe("an open conversation in which nothing happens", () => {
  it("[C6] writes nothing, reports nothing and asks nothing for ten minutes of pongs", async () => {
    const { storage, counted } = countingStorage();
    const rig = await conversationOnScreen({ model: modelWith(60), storage });
    await rig.online();
    rig.conversation.open();
    await settled();
    await rig.live();
    await rig.clock.wind(2_000);
    const { told, changed } = notified(rig);
    const [writes, asked] = [counted.writes, rig.server.asked.length];
    await rig.clock.wind(600_000);
    expect(rig.socketTo("/live").pings).toBeGreaterThan(100);
    expect({ told, changed: changed() }).toEqual({ told: [], changed: [] });
    expect(counted.writes - writes).toBe(0);
    expect(rig.server.asked.length - asked).toBe(0);
  });

  it("[C6] writes nothing and reports nothing while polling, however often it looks again", async () => {
    const { storage, counted } = countingStorage();
    const rig = await conversationOnScreen({ model: modelWith(60), storage });
    const row = rig.summary();
    rig.server.answer = ((answer) => (asked) => {
      if (asked.path !== "/v1/sync") return answer(asked);
      const body = { version: row.version, epoch: "e1", reset: !asked.query.has("since"), more: false };
      const rest = { status: 200, body: { ...body, conversations: asked.query.has("since") ? [] : [row] } };
      const waitMs = Number(asked.query.get("wait")) * 1_000;
      return new Promise((resolve) => rig.clock.after(waitMs, () => resolve(rest)));
    })(rig.server.answer);
    // Every socket is refused.
    const refuse = () => {
      for (const socket of rig.network.sockets) if (socket.readyState === 0) socket.end(1006);
    };
    for (let i = 0; i < 4; i++) {
      refuse();
      await rig.clock.wind(1_000);
    }
    expect(rig.account.connection.getSnapshot().status).toBe("polling");
    rig.conversation.open();
    for (let i = 0; i < 3; i++) {
      refuse();
      await rig.clock.wind(1_000);
    }
    const { told, changed } = notified(rig);
    const [writes, asked] = [counted.writes, rig.server.asked.length];
    for (let i = 0; i < 600; i++) {
      refuse();
      await rig.clock.wind(1_000);
    }
    expect({ told, changed: changed() }).toEqual({ told: [], changed: [] });
    expect(counted.writes - writes).toBe(0);
    expect(rig.server.asked.length - asked).toBeGreaterThan(50);
  });
});
