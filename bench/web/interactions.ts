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
  /** From the input to the next frame, as the browser's event timing tells it, with the processor slowed: of each interaction the slowest input, and of the pages the median. */
  readonly ms: number;
  /** From the input until what was asked for is on screen, of the pages the median. */
  readonly shownMs: number;
}

const wheelPx = 400;
const screensBack = 60;
/** The page comes to rest before each. */
const restMs = 500;
const doneMs = 1_000;
/** Chromium tells some inputs so late. */
const lateMs = 3_000;

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
  const done: { readonly name: string; readonly at: number; readonly shownMs: number }[] = [];
  await take(page);
  for (const { name, before, act, shown } of actsOf(page)) {
    await before?.();
    await sleep(restMs);
    const at = await page.evaluate(() => performance.now());
    await page.evaluate(waitFor, shown);
    await act().catch(async (error: unknown) => {await page.screenshot({path:"/tmp/par/swift/fail.png"});
      throw new Error(`${name}: it could not be done`, { cause: error });
    });
    await sleep(doneMs);
    done.push({ name, at, shownMs: await page.evaluate(() => (globalThis as unknown as Shown).shownMs) });
  }
  await sleep(lateMs);
  const { events } = await take(page);
  return done.map(({ name, at, shownMs }, index) => {
    const until = done[index + 1]?.at ?? Infinity;
    const mine = events.filter((event) => event.at >= at && event.at < until);
    return { name, shownMs, ms: Math.max(0, ...mine.map(({ ms }) => ms)) };
  });
}

interface Shown {
  shownMs: number;
}

/** Runs in the page. Looks in each frame whether what is waited for has come, from the next input on; null where nothing is waited for. */
function waitFor(selector: string | null): void {
  const seen = globalThis as unknown as Shown;
  seen.shownMs = 0;
  if (selector === null) return;
  seen.shownMs = NaN;
  const begin = ({ timeStamp }: Event) => {
    removeEventListener("pointerdown", begin, true);
    removeEventListener("keydown", begin, true);
    const look = () => {
      if (document.querySelector(selector) === null) requestAnimationFrame(look);
      // The frame in which it is painted ends with the next one's begin.
      else requestAnimationFrame((at) => (seen.shownMs = at - timeStamp));
    };
    requestAnimationFrame(look);
  };
  addEventListener("pointerdown", begin, true);
  addEventListener("keydown", begin, true);
}
