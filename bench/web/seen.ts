/** Owns what a page says of itself while it is measured: its long tasks, its frames, and how long it took from what a person did to the next frame. */
import type { Page } from "playwright-core";

/** To be called before the page is opened. */
export async function watched(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = { tasks: [] as number[], events: [] as { name: string; ms: number }[], frames: [] as number[] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: "longtask" });
    // What a person does. The pointer's way there is none, and its entries last as long as what it passes is busy.
    const inputs = new Set(["pointerdown", "pointerup", "click", "contextmenu", "keydown", "keyup", "input"]);
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries())
        if (inputs.has(name)) seen.events.push({ name, ms: duration });
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

type Seen = { seen: { tasks: number[]; events: { name: string; ms: number }[]; frames: number[] } };

/** What was seen since the last call. */
export async function take(page: Page): Promise<Seen["seen"]> {
  return await page.evaluate(() => {
    const { seen } = globalThis as unknown as Seen;
    const taken = structuredClone(seen);
    seen.tasks = [];
    seen.events = [];
    seen.frames = [];
    return taken;
  });
}
