import { describe, expect, it } from "vitest";
import {
  caughtUp,
  connectionRig as rig,
  hello,
  noNetwork,
  nothingNew,
  signedOut,
} from "../../rig/client/connection-rig.ts";
import { ParleyError } from "../../../client/index.ts";
import { settled } from "../../rig/wound-clock.ts";

/** A first socket did not get through; while the server is asked why, a second one does. */
async function overtaken() {
  const made = rig();
  const { connection, network, wake } = made;
  connection.start();
  await settled();
  network.last.end(1006);
  await settled();
  wake();
  await settled();
  network.last.accept();
  network.last.pong = 7;
  network.last.say([hello, caughtUp]);
  return made;
}

describe("the connection", () => {
  it("is online, and not stale, only when everything has arrived", async () => {
    const { connection, network, status, state } = rig();
    expect(connection.getSnapshot()).toMatchObject({ status: "connecting", isStale: true });
    connection.start();
    await settled();
    network.last.accept();
    expect(status()).toBe("connecting");
    network.last.say(hello);
    expect(connection.getSnapshot()).toMatchObject({ status: "catching-up", isStale: true });
    network.last.say({ ...caughtUp, more: true });
    expect(status()).toBe("catching-up");
    network.last.say(caughtUp);
    expect(connection.getSnapshot()).toMatchObject({ status: "online", isStale: false });
    expect(state.linked).toBe(1);
  });

  it("pings every 5 s, doubts after two without an answer, and gives a silent socket up after 30 s", async () => {
    const { connection, network, clock, online, status } = rig();
    await online();
    const [socket] = network.sockets;
    await clock.wind(20_000);
    expect(socket?.pings).toBe(4);
    if (socket !== undefined) socket.pong = undefined;
    await clock.wind(16_000);
    expect(connection.getSnapshot()).toMatchObject({ status: "online", isStale: true });
    await clock.wind(20_000);
    expect(socket?.closedByClient).toBe(1000);
    expect(status()).toBe("connecting");
    expect(network.sockets.length).toBe(2);
  });

  it("asks what it missed when a pong stays ahead, but gives frames on their way a moment", async () => {
    const { network, online, clock, polls, state } = rig();
    await online();
    network.last.say("pong:8");
    state.version = 8;
    await clock.wind(2_000);
    expect(polls).toEqual([]);
    network.last.say("pong:9");
    await clock.wind(2_000);
    expect(polls.map(({ wait }) => wait)).toEqual([0]);
  });

  it("[C2] is online when a socket got through while it asked why an earlier one had not", async () => {
    const { connection, network, answerPoll, status, clock } = await overtaken();
    expect(status()).toBe("online");
    await answerPoll(noNetwork());
    expect(connection.getSnapshot()).toMatchObject({ status: "online", isStale: false, retryAt: null });
    await clock.wind(60_000);
    expect(status()).toBe("online");
    expect(network.sockets.length).toBe(2);
  });

  it("[C2] does not count an upgrade as failed that was made up for before it was known why it had", async () => {
    const { network, answerPoll, status, clock } = await overtaken();
    await answerPoll(nothingNew);
    expect(status()).toBe("online");
    network.last.end(1006);
    await clock.wind(1_000);
    // The first failure since: one more would be needed to fall back to polling.
    network.last.end(1006);
    await settled();
    await answerPoll(nothingNew);
    expect(status()).toBe("connecting");
    await clock.wind(2_000);
    expect(network.sockets.length).toBe(4);
  });

  it("comes back with growing jitter, and at once when the network does", async () => {
    const { network, online, clock, wake, polls, answerPoll, connection } = rig();
    await online();
    network.last.end(1006);
    expect(connection.getSnapshot()).toMatchObject({ status: "connecting", isStale: true, retryAt: clock.now() + 500 });
    await clock.wind(499);
    expect(network.sockets.length).toBe(1);
    await clock.wind(1);
    expect(network.sockets.length).toBe(2);
    network.last.end(1006);
    await settled();
    // Why the upgrade failed is asked over HTTP; without an answer there either it is offline.
    expect(polls.length).toBe(1);
    await answerPoll(noNetwork());
    expect(connection.getSnapshot().status).toBe("offline");
    await clock.wind(1_000);
    expect(network.sockets.length).toBe(2);
    wake();
    await settled();
    expect(network.sockets.length).toBe(3);
  });

  it("[C12] opens a socket at once when anything else was answered, but not sooner than the server allows, nor again and again", async () => {
    const { connection, network, online, clock, answerPoll, status } = rig();
    await online();
    const goOffline = async (retryAfterMs?: number) => {
      network.last.end(1006);
      await settled();
      await answerPoll(
        new ParleyError({
          code: "unavailable",
          detail: "down",
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        }),
      );
      expect(status()).toBe("offline");
    };
    connection.answered();
    await settled();
    expect(network.sockets.length).toBe(1);
    network.last.end(1006);
    await clock.wind(500);
    expect(network.sockets.length).toBe(2);
    await goOffline();
    connection.answered();
    await settled();
    expect(network.sockets.length).toBe(3);
    // Calls are answered, sockets and polls are not: that must not become a loop.
    await goOffline();
    connection.answered();
    await settled();
    expect(network.sockets.length).toBe(3);
    connection.reconnect();
    await settled();
    await goOffline(30_000);
    await clock.wind(20_000);
    connection.answered();
    await settled();
    expect(network.sockets.length).toBe(4);
    await clock.wind(10_000);
    expect(network.sockets.length).toBe(5);
  });

  it("probes the socket when the page comes back, and replaces it if no frame comes", async () => {
    const { network, online, clock, wake } = rig();
    await online();
    const [socket] = network.sockets;
    wake();
    expect(socket?.pings).toBe(1);
    await clock.wind(5_000);
    expect(network.sockets.length).toBe(1);
    if (socket !== undefined) socket.pong = undefined;
    await clock.wind(1);
    wake();
    await clock.wind(5_000);
    await clock.wind(500);
    expect(network.sockets.length).toBe(2);
  });

  it("finds out within a second that there is no network, where the system says so, and believes the server more", async () => {
    const { network, online, clock, wake, wakeups, status, polls } = rig();
    await online();
    const [socket] = network.sockets;
    wakeups.isOffline = true;
    wake();
    await clock.wind(1_000);
    expect([status(), network.sockets.length]).toEqual(["online", 1]);
    if (socket !== undefined) socket.pong = undefined;
    await clock.wind(1);
    wake();
    await clock.wind(1_000);
    expect(status()).not.toBe("online");
    expect(polls.length).toBe(0);
  });

  it("reconnects at a random moment of a drain, and waits no longer after it", async () => {
    const { network, online, clock } = rig(0.25);
    await online();
    network.last.say({ type: "drain", afterMs: 8_000 });
    await clock.wind(1_999);
    expect(network.sockets.length).toBe(1);
    await clock.wind(1);
    expect(network.sockets[0]?.closedByClient).toBe(1000);
    expect(network.sockets.length).toBe(2);
  });

  it("stops at close codes that say never", async () => {
    for (const code of [4400, 4409]) {
      const { network, online, clock, status, connection } = rig();
      await online();
      network.last.end(code);
      await clock.wind(600_000);
      expect(network.sockets.length).toBe(1);
      expect(status()).toBe("stopped");
      connection.reconnect();
      await settled();
      expect(network.sockets.length).toBe(2);
    }
  });

  it("gets a new token at 4401 and goes on, or says that the user must sign in", async () => {
    const good = rig();
    await good.online();
    good.network.last.end(4401);
    await settled();
    expect(good.state.renewed).toBe(1);
    expect(good.network.sockets.length).toBe(2);

    const bad = rig();
    await bad.online();
    bad.state.tokenError = signedOut();
    bad.network.last.end(4401);
    await bad.clock.wind(600_000);
    expect(bad.status()).toBe("reauth");
    expect(bad.network.sockets.length).toBe(1);
  });

  it("falls back to long polling after two failed upgrades, goes on trying, and leaves it when a socket gets through", async () => {
    const { connection, network, clock, polls, answerPoll, status } = rig();
    connection.start();
    await settled();
    network.last.end(1006);
    await answerPoll(nothingNew);
    expect(status()).toBe("connecting");
    await clock.wind(500);
    network.last.end(1006);
    await answerPoll(nothingNew);
    await settled();
    expect(connection.getSnapshot()).toMatchObject({ status: "polling", isStale: false });
    expect(polls[0]?.wait).toBe(25);
    await answerPoll(nothingNew);
    await answerPoll(nothingNew);
    expect(status()).toBe("polling");
    expect(network.sockets.length).toBe(2);
    await clock.wind(30_000);
    expect(network.sockets.length).toBe(3);
    network.last.end(1006);
    await clock.wind(60_000);
    expect(network.sockets.length).toBe(4);
    expect(status()).toBe("polling");
    network.last.accept();
    network.last.say([hello, caughtUp]);
    expect(status()).toBe("online");
    expect(polls[0]?.signal.aborted).toBe(true);
  });

  it("notices a socket that fails in the moment of opening", async () => {
    const { connection, polls, state } = rig();
    state.failsAtOnce = true;
    connection.start();
    await settled();
    expect(polls.length).toBe(1);
  });

  it("takes a socket that opens but never says hello for a failed upgrade", async () => {
    const { connection, network, clock, polls } = rig();
    connection.start();
    await settled();
    network.last.accept();
    await clock.wind(10_000);
    expect(network.sockets[0]?.closedByClient).toBe(1000);
    expect(polls.length).toBe(1);
  });

  it("is offline while polling gets no answer, and says when it tries again", async () => {
    const { connection, network, answerPoll, clock } = rig();
    connection.start();
    await settled();
    network.last.end(1006);
    await answerPoll(nothingNew);
    await clock.wind(500);
    network.last.end(1006);
    await answerPoll(nothingNew);
    await answerPoll(noNetwork());
    const { status, isStale, retryAt } = connection.getSnapshot();
    expect({ status, isStale }).toEqual({ status: "offline", isStale: true });
    expect(retryAt).toBeGreaterThan(clock.now());
  });

  it("leaves no timer and no listener behind when it is closed", async () => {
    const { connection, network, online, clock, wakeups } = rig();
    await online();
    connection.close();
    expect(network.last.closedByClient).toBe(1000);
    expect(clock.pending).toBe(0);
    expect(wakeups.listeners.size).toBe(0);
  });
});
