/** When a turn ends: with the present event, or behind the events that are queued. The test controls time and timers. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Rounds } from "../../../objects/conversation/fan-out/pace/rounds.ts";
import { Awake } from "../../../objects/shared/meters/awake.ts";
import { Turn } from "../../../objects/shared/platform/turn.ts";

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

/** Many objects of the thread have a turn. */
async function crowd(): Promise<void> {
  for (let n = 0; n < 16; n++) new Turn(() => undefined, "frames").request();
  await endOfEvent();
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

test("[L15] a timer that came late makes turns wait for theirs; once the thread is idle a turn ends with the event again, however late it was before", async () => {
  turn.request();
  await endOfEvent();
  busy(90);
  vi.advanceTimersToNextTimer();
  await crowd();
  turn.request();
  await endOfEvent();
  expect(drained).toBe(1);
  // Nobody asks for a turn while the thread becomes idle.
  vi.runAllTimers();
  expect(drained).toBe(2);
  for (let n = 1; n <= 3; n++) {
    turn.request();
    await endOfEvent();
    expect(drained).toBe(2 + n);
  }
});

test("a timer that does not come at all makes them wait, too, so that a few busy sockets leave room for the others", async () => {
  turn.request();
  await endOfEvent();
  busy(20);
  await crowd();
  turn.request();
  await endOfEvent();
  expect(drained).toBe(1);
  vi.runAllTimers();
  expect(drained).toBe(2);
});

test("[L16] in a thread that is late and has hardly a turn, a turn ends with the event: nothing that waits could share; a burst of its own waits", async () => {
  for (let n = 1; n <= 5; n++) {
    turn.request();
    await endOfEvent();
    expect(drained).toBe(n);
    // Something else keeps the thread: a local server's R2.
    busy(40);
    vi.advanceTimersToNextTimer();
  }
  turn.request();
  turn.request();
  await endOfEvent();
  turn.request();
  await endOfEvent();
  expect(drained).toBe(6);
  vi.runAllTimers();
  expect(drained).toBe(7);
});

test("a turn that shares only frames waits for a timer only within a burst of its own", async () => {
  const frames = new Turn(() => drained++, "frames");
  frames.request();
  await endOfEvent();
  busy(20);
  frames.request();
  await endOfEvent();
  expect(drained).toBe(2);
  frames.request();
  frames.request();
  await endOfEvent();
  expect(drained).toBe(2);
  vi.runAllTimers();
  expect(drained).toBe(3);
});

test("a costly turn waits for a timer within a burst of its own, though timers fire in time; in calm it does not", async () => {
  turn.request(true);
  await endOfEvent();
  expect(drained).toBe(1);
  turn.request(true);
  turn.request(true);
  await endOfEvent();
  expect(drained).toBe(1);
  vi.runAllTimers();
  expect(drained).toBe(2);
  vi.setSystemTime(Date.now() + 50);
  turn.request(true);
  await endOfEvent();
  expect(drained).toBe(3);
  turn.request();
  await endOfEvent();
  expect(drained).toBe(4);
});

test("[L12] what comes while a heavy turn's frames go out waits until the thread is free, and a part of that time longer; then a turn is as quick as any", async () => {
  turn.request(true, true);
  await endOfEvent();
  expect(drained).toBe(1);
  turn.request(true, true);
  // The frames keep the thread busy for 80 ms: so late does the timer come.
  busy(80);
  vi.advanceTimersToNextTimer();
  await endOfEvent();
  expect(drained).toBe(1);
  turn.request(true, true);
  vi.advanceTimersByTime(9);
  expect(drained).toBe(1);
  vi.advanceTimersByTime(1);
  expect(drained).toBe(2);
  // However long it took, no more than so much is added.
  turn.request(true, true);
  busy(2_000);
  vi.advanceTimersToNextTimer();
  vi.advanceTimersByTime(19);
  await endOfEvent();
  expect(drained).toBe(2);
  vi.advanceTimersByTime(1);
  expect(drained).toBe(3);
  // Nothing stays behind: in calm a turn ends with the event.
  vi.runAllTimers();
  busy(200);
  turn.request();
  await endOfEvent();
  expect(drained).toBe(4);
});

test("[F8] a round of many calls keeps the next one back by its calls; few are called at once, and nothing is forgotten", async () => {
  const rounds: number[] = [];
  let calls = 100;
  const many = new Rounds(new Awake(), () => {
    rounds.push(Date.now() - begin);
    return calls;
  });
  many.request(100);
  await endOfEvent();
  expect(rounds).toEqual([0]);
  many.request(100);
  many.request(100);
  await endOfEvent();
  vi.advanceTimersByTime(24);
  expect(rounds).toEqual([0]);
  vi.advanceTimersByTime(1);
  expect(rounds).toEqual([0, 25]);
  many.request(2);
  expect(rounds.length).toBe(3);
  calls = 5;
  vi.advanceTimersByTime(100);
  many.request(100);
  await endOfEvent();
  vi.runAllTimers();
  many.request(100);
  await endOfEvent();
  vi.runAllTimers();
  expect(rounds.length).toBe(5);
});

test("[L14] behind a heavy turn whose frames go out in slices, the next one waits until the last is out", async () => {
  let slice: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
  const heavy = new Turn(
    () => drained++,
    "commits",
    () => slice?.promise,
  );
  heavy.request(true, true);
  await endOfEvent();
  heavy.request(true, true);
  for (const next of [Promise.withResolvers<void>(), undefined]) {
    vi.advanceTimersByTime(100);
    await endOfEvent();
    expect(drained).toBe(1);
    const out: PromiseWithResolvers<void> | undefined = slice;
    slice = next;
    out?.resolve();
    await endOfEvent();
    await endOfEvent();
  }
  vi.runAllTimers();
  expect(drained).toBe(2);
});
