/** Waits that share a timer: what runs when, and how many timers of the platform that takes. Time by hand. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Timers } from "../../../objects/shared/platform/timers.ts";

let timers: Timers;
let ran: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: Date.now() });
  timers = new Timers();
  ran = [];
});

afterEach(() => void vi.useRealTimers());

const noted = (ms: number, name: string) => timers.after(ms, () => ran.push(name));

test("each wait runs at its time, also one that is begun while others wait, and one that was ended never", () => {
  noted(500, "b");
  noted(100, "a");
  const ended = noted(300, "never");
  noted(1_000, "d");
  timers.end(ended);
  vi.advanceTimersByTime(99);
  expect(ran).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(ran).toEqual(["a"]);
  noted(600, "c");
  vi.advanceTimersByTime(400);
  expect(ran).toEqual(["a", "b"]);
  vi.advanceTimersByTime(200);
  expect(ran).toEqual(["a", "b", "c"]);
  vi.advanceTimersByTime(300);
  expect(ran).toEqual(["a", "b", "c", "d"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a wait that begins and ends beside an earlier one takes no timer; without waits there is none, which would keep the object awake", () => {
  const set = vi.spyOn(globalThis, "setTimeout");
  const commit = noted(1_000, "commit");
  for (let n = 0; n < 100; n++) timers.end(noted(5_000, "late"));
  expect(set).toHaveBeenCalledTimes(1);
  timers.end(commit);
  timers.end(commit);
  expect(vi.getTimerCount()).toBe(0);
  timers.end(noted(5_000, "late"));
  expect(vi.getTimerCount()).toBe(0);
});

test("the timer of an ended wait serves the next one; a wait that throws, begins another or ends another harms none", () => {
  const first = noted(100, "first");
  const last = noted(300, "last");
  timers.end(first);
  timers.after(200, () => {
    timers.end(last);
    noted(50, "again");
    throw new Error("on purpose");
  });
  noted(200, "beside");
  vi.advanceTimersByTime(200);
  expect(ran).toEqual(["beside"]);
  vi.advanceTimersByTime(500);
  expect(ran).toEqual(["beside", "again"]);
  expect(vi.getTimerCount()).toBe(0);
});
