/** When a turn ends: with the present event, or behind the events that are queued. Time and timers by hand. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Turn } from "../../objects/shared/platform/turn.ts";

let drained = 0;
let turn: Turn;
/** When the next test begins: long after the one before, for what was measured then is known to all turns of the thread. */
let begin = Date.now();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: (begin += 60_000) });
  drained = 0;
  turn = new Turn(() => drained++);
});

afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

/** Time goes by and no timer comes, as in a thread that is never idle. */
function busy(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

async function endOfEvent(): Promise<void> {
  await Promise.resolve();
}

test("in a calm thread a turn ends with the event, however often it was asked for", async () => {
  turn.request();
  turn.request();
  expect(drained).toBe(0);
  await endOfEvent();
  expect(drained).toBe(1);
  vi.runAllTimers();
  turn.request();
  await endOfEvent();
  expect(drained).toBe(2);
});

test("a timer that came late makes turns wait for theirs, until they come in time again", async () => {
  turn.request();
  await endOfEvent();
  busy(20);
  vi.runAllTimers();
  turn.request();
  await endOfEvent();
  expect(drained).toBe(1);
  vi.runAllTimers();
  expect(drained).toBe(2);
  for (let n = 0; n < 10; n++) {
    turn.request();
    await endOfEvent();
    vi.runAllTimers();
  }
  turn.request();
  await endOfEvent();
  expect(drained).toBe(13);
});

test("a timer that does not come at all makes them wait, too, so that a few busy sockets leave room for the others", async () => {
  turn.request();
  await endOfEvent();
  busy(20);
  turn.request();
  await endOfEvent();
  expect(drained).toBe(1);
  vi.runAllTimers();
  expect(drained).toBe(2);
});
