/** Sending to many sockets in slices. The test controls the timers. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveSockets } from "../../../objects/shared/sockets/live-sockets.ts";
import { Slices } from "../../../objects/shared/sockets/slices.ts";
import type { DeviceId, UserId } from "../../../schema/ids.ts";

let sent: string[];
let ends: number;
let slices: Slices;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  sent = [];
  ends = 0;
  slices = new Slices(() => ends++);
});

afterEach(() => void vi.useRealTimers());

function* frames(name: string, count: number): Generator<void> {
  for (let n = 0; n < count; n++) {
    sent.push(`${name}${n}`);
    yield;
  }
}

/** How many frames are out after each timer. */
function counts(): number[] {
  const all = [sent.length];
  while (vi.getTimerCount() > 0) {
    vi.advanceTimersToNextTimer();
    all.push(sent.length);
  }
  return all;
}

test("[L14] few frames go out at once, without a timer", () => {
  slices.begin(frames("a", 250 - 1));
  expect([sent.length, ends, slices.sent]).toEqual([249, 1, undefined]);
  expect(vi.getTimerCount()).toBe(0);
});

test("[L14] of many frames a slice goes out at a time; whoever waits for the last one learns of it once", async () => {
  slices.begin(frames("a", 600));
  let isOut = false;
  const out = slices.sent?.then(() => (isOut = true));
  expect(ends).toBe(0);
  await Promise.resolve();
  expect(isOut).toBe(false);
  expect(counts()).toEqual([250, 500, 600]);
  expect(ends).toBe(1);
  await out;
  expect(slices.sent).toBeUndefined();
});

test("[L14] what follows comes behind what is left, and is sliced itself", async () => {
  slices.begin(frames("a", 600));
  const first = slices.sent;
  slices.begin(frames("b", 300));
  expect(sent.slice(0, 600)).toEqual(Array.from({ length: 600 }, (_, n) => `a${n}`));
  expect(sent.length).toBe(850);
  await first;
  expect(ends).toBe(1);
  expect(counts().at(-1)).toBe(900);
  expect([ends, sent.at(-1)]).toEqual([2, "b299"]);
  slices.begin(frames("c", 600));
  slices.flush();
  expect([sent.length, ends, slices.sent]).toEqual([1_500, 3, undefined]);
  expect(new Set(counts())).toEqual(new Set([1_500]));
});

test("[L14] a socket that is closed meanwhile has what came before; the answer to pings follows the last frame", () => {
  const pongs: string[] = [];
  const ctx = {
    getWebSockets: () => [],
    acceptWebSocket: () => {},
    getWebSocketAutoResponseTimestamp: () => null,
    setWebSocketAutoResponse: ({ response }: WebSocketRequestResponsePair) => pongs.push(response),
  } as unknown as DurableObjectState;
  const live = new LiveSockets(ctx, { left: () => {}, spoke: () => {} });
  const frames = Array.from({ length: 600 }, () => [] as string[]);
  const sockets = frames.map((received, n) => {
    const socket = {
      send: (text: string) => received.push(text),
      close: (code: number) => received.push(`closed ${code}`),
      serializeAttachment: () => {},
    } as unknown as WebSocket;
    const [userId, deviceId] = [`u${n}` as UserId, `d${n}` as DeviceId];
    live.accept(socket, { v: 1, userId, deviceId, openedAt: 0, badFrames: 0 });
    return socket;
  });
  live.broadcast([{ text: "one" }], new Map());
  live.setPong(1);
  const has = (text: string) => frames.filter((received) => received.includes(text)).length;
  expect([has("one"), pongs]).toEqual([250, []]);
  vi.advanceTimersToNextTimer();
  expect([has("one"), pongs]).toEqual([500, []]);
  live.closeWhere("credentials", ({ userId }) => userId === "u599");
  expect(frames[599]).toEqual(["one", "closed 4401"]);
  expect([has("one"), pongs]).toEqual([600, ["pong:1"]]);
  live.broadcast([{ text: "two" }], new Map());
  const late = frames.findIndex((received) => received.length === 1);
  live.close(sockets[late] as WebSocket, "tooManySockets");
  expect(frames[late]).toEqual(["one", "two", "closed 4409"]);
  // What differs between readers is worked out at once.
  live.broadcast([], new Map(), ({ userId }) => [{ text: `for ${userId}` }]);
  expect(has("two")).toBe(599);
  expect(frames.filter((received, n) => received.at(-1) === `for u${n}`).length).toBe(598);
  // Answers alone take no slice of those who get nothing.
  live.broadcast([], new Map([[sockets[late - 1] as WebSocket, ["ok"]]]));
  expect([frames[late - 1]?.at(-1), live.sent]).toEqual(["ok", undefined]);
});
