import { describe, expect, it } from "vitest";
import { createParley } from "../../../client/index.ts";
import { FakeServer, refused, type Answer, type Asked } from "../../rig/client/fake-fetch.ts";
import { FakeNetwork } from "../../rig/client/socket-pair.ts";
import { row } from "../../rig/client/summary-row.ts";
import { settled, WoundClock } from "../../rig/wound-clock.ts";

const hourMs = 3_600_000;
const accessTokenMs = 600_000;

/** A device whose clock is off, and a server that refuses access tokens which have expired by its own clock. */
async function skewed({ aheadMs, saysDate }: { aheadMs: number; saysDate: boolean }) {
  const clock = new WoundClock();
  const network = new FakeNetwork();
  const serverNow = () => clock.now() - aheadMs;
  const state = { generation: 0, expiresAt: 0, refused: 0, refreshes: 0, mutedUntil: null as number | null };
  const session = () => {
    state.generation++;
    state.expiresAt = serverNow() + accessTokenMs;
    return {
      user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
      device: { id: "d1", name: "", platform: "" },
      accessToken: `access${state.generation}`,
      accessTokenExpiresAt: state.expiresAt,
      refreshToken: `refresh${state.generation}`,
    };
  };
  const server = new FakeServer((asked: Asked): Answer | Promise<Answer> => {
    if (asked.path === "/v1/sessions") return { status: 201, body: session() };
    if (asked.path === "/v1/sessions/refresh") {
      state.refreshes++;
      return { status: 200, body: session() };
    }
    if (asked.token !== `access${state.generation}` || serverNow() >= state.expiresAt) {
      state.refused++;
      return refused("unauthenticated");
    }
    if (asked.path !== "/v1/sync") return refused("unavailable");
    const isFirst = !asked.query.has("since");
    const conversations = isFirst ? [row("c1", 2, { unread: 3, mutedUntil: state.mutedUntil })] : [];
    const body = { version: 2, epoch: "e1", reset: isFirst, more: false, conversations };
    const waitMs = Number(asked.query.get("wait")) * 1_000;
    return new Promise((resolve) => clock.after(waitMs, () => resolve({ status: 200, body })));
  });
  if (saysDate) server.now = serverNow;
  const parley = createParley({
    baseUrl: "http://server",
    fetch: server.fetch,
    WebSocket: network.WebSocket,
    clock,
    random: () => 0.5,
    wakeups: { isOffline: () => false, subscribe: () => () => undefined },
  });
  const enter = async () => {
    const account = await parley.signIn({ handle: "ana", password: "a long enough secret" });
    await settled();
    return account;
  };
  const refuseSockets = () => {
    for (const socket of network.sockets) if (socket.readyState === 0) socket.end(1006);
  };
  /** Time passes, and no socket gets through. */
  const windBlocked = async (ms: number) => {
    for (let done = 0; done < ms; done += 5_000) {
      refuseSockets();
      await clock.wind(5_000);
    }
  };
  return { clock, server, state, network, enter, serverNow, windBlocked, parley };
}

const offsets = [0, hourMs, -hourMs, 24 * hourMs, -24 * hourMs];

describe("a device whose clock is off by an hour or a day", () => {
  it("[C7] polls for hours with sockets blocked, and refreshes its session as seldom as any other", async () => {
    for (const aheadMs of offsets)
      for (const saysDate of [true, false]) {
        const { enter, state, windBlocked, serverNow } = await skewed({ aheadMs, saysDate });
        const account = await enter();
        await windBlocked(2 * hourMs);
        expect(account.connection.getSnapshot().status, `${aheadMs}`).toBe("polling");
        // One in nine minutes, and one or two to learn what time it is.
        expect(state.refreshes, `${aheadMs} ${saysDate}`).toBeLessThan(17);
        expect(state.refused, `${aheadMs} ${saysDate}`).toBeLessThan(3);
        expect(Math.abs(account.presence.now() - serverNow())).toBeLessThan(6_000);
      }
  });

  it("shows a mute for as long as the server means it, and counts the row when it ends", async () => {
    for (const aheadMs of offsets) {
      const { enter, state, windBlocked, serverNow, clock } = await skewed({ aheadMs, saysDate: true });
      state.mutedUntil = serverNow() + hourMs;
      const account = await enter();
      await windBlocked(60_000);
      expect(account.inbox.getSnapshot().badge).toBe(0);
      const told: number[] = [];
      account.inbox.subscribe(() => told.push(account.inbox.getSnapshot().badge));
      await clock.wind(hourMs);
      expect(told.at(-1)).toBe(3);
    }
  });

  it("does not take the time from a page that is not the server's", async () => {
    const { enter, server, serverNow, windBlocked } = await skewed({ aheadMs: 0, saysDate: true });
    const account = await enter();
    const { answer } = server;
    server.now = () => serverNow() + 24 * hourMs;
    server.answer = () => ({ status: 511, body: { welcome: "to our hotel" } });
    await windBlocked(60_000);
    expect(account.presence.now()).toBe(serverNow());
    server.answer = answer;
  });
});
