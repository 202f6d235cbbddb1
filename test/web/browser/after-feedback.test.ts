import { afterEach, beforeEach, expect, it, vi } from "vitest";

/** The page's events and frames. A frame comes when the test says so. */
const page = new EventTarget();
let frames: (() => void)[] = [];
const faults: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", (id: number) => (frames[id - 1] = () => undefined));
  vi.stubGlobal("reportError", (fault: unknown) => faults.push(fault));
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  vi.resetModules();
  frames = [];
  faults.length = 0;
});

function frame(): void {
  for (const each of frames.splice(0)) each();
  vi.advanceTimersByTime(1);
}

it("runs tasks in order after the next frame, also after one that throws; a task that one of them gives waits for a frame of its own", async () => {
  const { afterFeedback } = await import("../../../web/browser/after-frame.ts");
  const done: string[] = [];
  afterFeedback(() => {
    done.push("one");
    afterFeedback(() => done.push("of one"));
    throw new Error("not this one");
  });
  afterFeedback(() => done.push("two"));
  expect(done).toEqual([]);
  frame();
  expect(done).toEqual(["one", "two"]);
  expect(faults).toHaveLength(1);
  frame();
  expect(done).toEqual(["one", "two", "of one"]);
});

it.each(["pointerdown", "keydown", "input", "pagehide", "visibilitychange"])("runs them at %s, once", async (event) => {
  const { afterFeedback } = await import("../../../web/browser/after-frame.ts");
  let times = 0;
  afterFeedback(() => times++);
  page.dispatchEvent(new Event(event));
  expect(times).toBe(1);
  frame();
  vi.advanceTimersByTime(1_000);
  expect(times).toBe(1);
});
