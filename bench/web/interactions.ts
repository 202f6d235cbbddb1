/** Owns how long what people do takes on a slow processor: from each press and key to the next frame. */
import type { Browser, Page } from "playwright-core";
import { setTimeout as sleep } from "node:timers/promises";
import type { Crowd } from "../timeline/crowd.ts";
import { median } from "../report.ts";
import { enter } from "../timeline/page.ts";
import { actsOf } from "./acts.ts";
import { slowedProcessor } from "./load.ts";
import { take, watched } from "./seen.ts";

export interface InteractionRow {
  readonly name: string;
  /** From the input to the next frame, with the processor slowed: of each interaction the slowest input, and of the pages the median. */
  readonly ms: number;
  /** From the first input until what was asked for is on screen, of the pages the median; 0 where nothing is waited for. */
  readonly shownMs: number;
}

const wheelPx = 400;
const screensBack = 60;
/** The page comes to rest before each. */
const restMs = 500;
const doneMs = 1_000;
/** Each page is a fresh one, on which everything is done for the first time. */
export async function measureInteractions(
  browser: Browser,
  crowd: Pick<Crowd, "url">,
  pages: number,
): Promise<readonly InteractionRow[]> {
  const rows: InteractionRow[][] = [];
  for (let n = 0; n < pages; n++) rows.push(await measureOnce(browser, crowd.url));
  return (rows[0] ?? []).map(({ name }, index) => ({
    name,
    ms: median(rows.map((each) => each[index]?.ms ?? NaN)),
    shownMs: median(rows.map((each) => each[index]?.shownMs ?? NaN)),
  }));
}

async function measureOnce(browser: Browser, url: string): Promise<InteractionRow[]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  try {
    await watched(page);
    await enter(page, url);
    await sleep(1_500);
    const box = await page.locator(".timeline").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 300);
    for (let n = 0; n < screensBack; n++) {
      await page.mouse.wheel(0, -wheelPx);
      await sleep(30);
    }
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slowedProcessor });
    return await interact(page);
  } finally {
    await context.close();
  }
}

async function interact(page: Page): Promise<InteractionRow[]> {
  const rows: InteractionRow[] = [];
  for (const { name, before, act, shown } of actsOf(page)) {
    await before?.();
    await sleep(restMs);
    await take(page);
    const from = await page.evaluate(watch, shown);
    await act().catch((error: unknown) => {
      throw new Error(`${name}: it could not be done`, { cause: error });
    });
    await sleep(doneMs);
    const { keyMs, shownMs } = await page.evaluate(() => (globalThis as unknown as Watching).end());
    const presses = (await take(page)).presses.filter(({ at }) => at >= from);
    rows.push({ name, ms: Math.max(keyMs, ...presses.map(({ ms }) => ms)), shownMs });
  }
  return rows;
}

interface Watching {
  end(): { readonly keyMs: number; readonly shownMs: number };
}

/**
 * Runs in the page. Notes for each key how long it took to the end of the next frame, and looks in each frame whether what is waited for has come. The browser's own
 * event timing tells of keys that write only seconds later, when something else is drawn.
 */
function watch(selector: string | null): number {
  const keys = ["keydown", "keyup"];
  const noted: number[] = [];
  let first = NaN;
  let shownMs = selector === null ? 0 : NaN;
  /** A message that is posted in a frame comes after it was painted. */
  const afterFrame = (task: () => void) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener("message", task);
      port1.start();
      port2.postMessage(null);
    });
  const look = () => {
    if (selector === null || !Number.isNaN(shownMs)) return;
    if (document.querySelector(selector) === null) requestAnimationFrame(look);
    else afterFrame(() => (shownMs = performance.now() - first));
  };
  const note = ({ timeStamp, type }: Event) => {
    if (keys.includes(type)) afterFrame(() => noted.push(performance.now() - timeStamp));
    if (!Number.isNaN(first)) return;
    first = timeStamp;
    requestAnimationFrame(look);
  };
  for (const input of [...keys, "pointerdown"]) addEventListener(input, note, true);
  (globalThis as unknown as Watching).end = () => {
    for (const input of [...keys, "pointerdown"]) removeEventListener(input, note, true);
    return { keyMs: Math.max(0, ...noted), shownMs };
  };
  return performance.now();
}
