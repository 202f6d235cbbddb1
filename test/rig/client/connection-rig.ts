/** A connection of an account. The test controls its sockets, polls and timers. */
import type { InboundFrame } from "../../../client/link/frames.ts";
import { Connection } from "../../../client/link/connection.ts";
import { ParleyError, type Clock } from "../../../client/index.ts";
import { epoch } from "../../../schema/ids.ts";
import type { SyncAnswer } from "../../../schema/wire/inbox.ts";
import { FakeNetwork } from "./socket-pair.ts";
import { settled, WoundClock } from "../wound-clock.ts";

export const hello = {
  type: "hello",
  version: 7,
  epoch: "e1",
  userId: "u1",
  deviceId: "d1",
  serverTime: 0,
  heartbeat: { intervalMs: 5_000, timeoutMs: 30_000 },
};
export const caughtUp = { type: "inbox", version: 7, reset: true, conversations: [], more: false };
export const nothingNew: SyncAnswer = {
  version: 7,
  epoch: epoch.parse("e1"),
  reset: false,
  conversations: [],
  more: false,
};
export const noNetwork = () =>
  new ParleyError({ code: "unavailable", detail: "no network", retry: "later", status: 0 });
export const signedOut = () => new ParleyError({ code: "unauthenticated", detail: "signed out" });

export function connectionRig(random = 0.5, clockOf: (clock: WoundClock) => Clock = (clock) => clock) {
  const clock = new WoundClock();
  const network = new FakeNetwork();
  const frames: InboundFrame[] = [];
  const polls: {
    wait: number;
    answer: (answer: SyncAnswer) => void;
    fail: (error: ParleyError) => void;
    signal: AbortSignal;
  }[] = [];
  const wakeups = { listeners: new Set<() => void>(), isOffline: false };
  const state = {
    version: 7,
    tokenError: undefined as ParleyError | undefined,
    renewed: 0,
    linked: 0,
    failsAtOnce: false,
    stored: Promise.resolve(),
  };
  const connection = new Connection({
    clock: clockOf(clock),
    random: () => random,
    wakeups: {
      isOffline: () => wakeups.isOffline,
      subscribe: (listener) => {
        wakeups.listeners.add(listener);
        return () => wakeups.listeners.delete(listener);
      },
    },
    open: async (listen) => {
      await Promise.resolve();
      if (state.tokenError !== undefined) throw state.tokenError;
      listen(new network.WebSocket("ws://x/v1/sync", ["parley.v1"]));
      if (state.failsAtOnce) network.last.end(1006);
    },
    poll: (wait, signal) =>
      new Promise((answer, fail) => {
        polls.push({ wait, answer, fail, signal });
      }),
    renew: () => {
      state.renewed++;
      return state.tokenError === undefined ? Promise.resolve() : Promise.reject(state.tokenError);
    },
    version: () => state.version,
    onFrames: (heard) => {
      frames.push(...heard);
      for (const frame of heard) if (frame.type === "inbox" && frame.more === false) connection.caughtUp();
    },
    stored: () => state.stored,
    onPolled: () => undefined,
    onLinked: () => {
      state.linked++;
    },
  });
  const status = () => connection.getSnapshot().status;
  const wake = () => {
    for (const listener of wakeups.listeners) listener();
  };
  const online = async () => {
    connection.start();
    await settled();
    network.last.accept();
    network.last.pong = state.version;
    network.last.say([hello, caughtUp]);
  };
  const answerPoll = async (answer: SyncAnswer | ParleyError) => {
    const poll = polls.shift();
    if (poll === undefined) throw new Error("nobody polls");
    if (answer instanceof ParleyError) poll.fail(answer);
    else poll.answer(answer);
    await settled();
  };
  return { clock, network, frames, polls, wakeups, state, connection, status, wake, online, answerPoll };
}
