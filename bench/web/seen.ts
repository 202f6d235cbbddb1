/** Owns what a page says of itself while it is measured: its long tasks, its frames, and how long it took from a press to the next frame. */
import type { Page } from "playwright-core";

/** To be called before the page is opened. */
export async function watched(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = { tasks: [] as number[], presses: [] as { at: number; ms: number }[], frames: [] as number[] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: "longtask" });
    // The pointer's way there is none, and its entries last as long as what it passes is busy.
    const inputs = new Set(["pointerdown", "pointerup", "click", "contextmenu"]);
    new PerformanceObserver((list) => {
      for (const { name, startTime, duration } of list.getEntries())
        if (inputs.has(name)) seen.presses.push({ at: startTime, ms: duration });
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    let last = 0;
    const note = (at: number) => {
      if (last !== 0) seen.frames.push(at - last);
      last = at;
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
}

interface Seen {
  readonly tasks: readonly number[];
  /** When each press of the pointer came, on the clock of the page, and how long it took from there to the next frame. */
  readonly presses: readonly { readonly at: number; readonly ms: number }[];
  readonly frames: readonly number[];
}

/** What was seen since the last call. */
export async function take(page: Page): Promise<Seen> {
  return await page.evaluate(() => {
    const place = globalThis as unknown as {
      seen: { tasks: number[]; presses: Seen["presses"][number][]; frames: number[] };
    };
    const taken = structuredClone(place.seen);
    place.seen.tasks = [];
    place.seen.presses = [];
    place.seen.frames = [];
    return taken;
  });
}
