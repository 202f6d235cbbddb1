import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sometime } from "../../../web/browser/sometime.ts";

let page: EventTarget;

beforeEach(() => {
  vi.useFakeTimers();
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what does not come is tried again after a while, and at once with the next network", async () => {
  const load = vi.fn<() => Promise<string>>().mockRejectedValue(new TypeError("no answer"));
  const coming = sometime(load);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(load).toHaveBeenCalledTimes(1);
  // The server did not answer; the network was there all the time.
  await vi.advanceTimersByTimeAsync(200);
  expect(load).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(load).toHaveBeenCalledTimes(2);
  load.mockResolvedValue("here");
  page.dispatchEvent(new Event("online"));
  expect(await coming).toBe("here");
  expect(load).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
});
