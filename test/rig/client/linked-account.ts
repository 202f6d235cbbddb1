/** An account of the SDK. The test controls its sockets, calls and timers; its server knows only presence. */
import { onTestFinished } from "vitest";
import { createParley, type Account, type UserPresence } from "../../../client/index.ts";
import { FakeServer, refused, type Answer, type Asked } from "./fake-fetch.ts";
import { FakeNetwork, type FakeSocket } from "./socket-pair.ts";
import { settled, WoundClock } from "../wound-clock.ts";

export const clock0 = 1_800_000_000_000;
/** The server's clock is ahead of this device's. */
export const aheadMs = 90_000;
const session = {
  user: { id: "ana", handle: "ana", name: "Ana", bio: "", avatarUrl: null },
  device: { id: "d1", name: "", platform: "" },
  accessToken: "access",
  accessTokenExpiresAt: clock0 + 86_400_000,
  refreshToken: "refresh",
};
const caughtUp = { type: "inbox", version: 7, reset: true, conversations: [], more: false };
const nothingNew = { version: 7, epoch: "e1", reset: false, conversations: [], more: false };
export const unknown: UserPresence = { status: "unknown", lastActiveAt: null };

export type Reported = { userId: string; status: "online" | "offline"; lastActiveAt: number | null };
export const isOnline = (userId: string): Reported => ({ userId, status: "online", lastActiveAt: clock0 });
export const isOffline = (userId: string): Reported => ({ userId, status: "offline", lastActiveAt: clock0 - 1 });

/** It is closed when the test is over. */
export async function linkedAccount() {
  const clock = new WoundClock(clock0);
  const network = new FakeNetwork();
  const pulls: string[][] = [];
  const state = { pull: (userIds: string[]): Answer => ({ status: 200, body: { presence: userIds.map(isOnline) } }) };
  const server = new FakeServer(({ path, query }: Asked): Answer | "silence" | Promise<Answer> => {
    if (path === "/v1/sessions") return { status: 201, body: session };
    if (path === "/v1/presence") {
      const userIds = (query.get("userIds") ?? "").split(",");
      pulls.push(userIds);
      return state.pull(userIds);
    }
    if (path !== "/v1/sync") return refused("unavailable");
    // A poll that waits is not answered, because nothing happens.
    return query.get("wait") === "0" ? { status: 200, body: nothingNew } : new Promise<Answer>(() => undefined);
  });
  const parley = createParley({
    baseUrl: "http://server",
    fetch: server.fetch,
    WebSocket: network.WebSocket,
    clock,
    random: () => 0.5,
    wakeups: { isOffline: () => false, subscribe: () => () => undefined },
  });
  onTestFinished(() => parley.close());
  const account = await parley.signIn({ handle: "ana", password: "a long enough secret" });
  await settled();
  const hello = async () => {
    network.last.accept();
    network.last.pong = 7;
    const heartbeat = { intervalMs: 5_000, timeoutMs: 30_000 };
    const serverTime = clock.now() + aheadMs;
    const greeting = { type: "hello", version: 7, epoch: "e1", userId: "ana", deviceId: "d1", serverTime, heartbeat };
    network.last.say([greeting, caughtUp]);
    await settled();
  };
  const polling = async () => {
    network.last.end(1006);
    await clock.wind(500);
    network.last.end(1006);
    await settled();
  };
  /** The users that the device asked for on the last socket, in order. */
  const asked = () => watchesOf(network.last).map(({ userIds }) => userIds);
  const answer = async (reports: readonly Reported[], ask = watchesOf(network.last).at(-1)) => {
    network.last.say({ type: "ok", ref: ask?.ref, presence: reports });
    await settled();
  };
  const report = async (...reports: Reported[]) => {
    network.last.say({ type: "presence", presence: reports });
    await settled();
  };
  return { clock, network, server, state, pulls, parley, account, hello, polling, asked, answer, report };
}

export function watchesOf(socket: FakeSocket): { ref: unknown; userIds: unknown }[] {
  return socket.sent
    .filter(({ type }) => type === "watch")
    .map((frame) => ({ ref: frame["ref"], userIds: frame["userIds"] }));
}

export function shown(account: Account, ...userIds: string[]): string[] {
  return userIds.map((id) => account.presence.of(id).getSnapshot().status);
}
