/** Owns what scrolling through a long conversation costs: tasks that hold up the page, and frames, while a reader turns the wheel without a rest. */
import { type Browser, type Page } from "playwright-core";
import { setTimeout as sleep } from "node:timers/promises";
import { webFolder } from "../../scripts/build.ts";
import { startCrowd } from "../timeline/crowd.ts";
import { enter } from "../timeline/page.ts";
import { type InteractionRow, measureInteractions } from "./interactions.ts";
import { take, watched } from "./seen.ts";

export interface ScrollRow {
  readonly messages: number;
  /** How many messages the reader passed. */
  readonly passed: number;
  readonly frameP95Ms: number;
  /** Tasks of more than 50 ms, and the longest of all (0: none was over 50 ms). */
  readonly longTasks: number;
  readonly longestTaskMs: number;
}

const messages = 100_000;
const readers = 100;
const otherChats = 40;
const wheelPx = 400;
const wheelEveryMs = 30;

export interface LongRows {
  readonly scroll: ScrollRow;
  readonly interactions: readonly InteractionRow[];
}

export async function measureLong(browser: Browser, seconds: number, pages: number): Promise<LongRows> {
  const crowd = await startCrowd(webFolder, { messages, readers, otherChats });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  try {
    await watched(page);
    await enter(page, crowd.url);
    await sleep(2_000);
    const scroll = await scrollBack(page, seconds);
    await context.close();
    return { scroll, interactions: await measureInteractions(browser, crowd, pages) };
  } finally {
    await context.close();
    await crowd.stop();
  }
}

async function firstSeq(page: Page): Promise<number> {
  const seqs = await page
    .getByTestId("message")
    .evaluateAll((all) => all.map((each) => Number(each.getAttribute("data-seq"))));
  return Math.min(...seqs.filter((seq) => seq > 0));
}

async function scrollBack(page: Page, seconds: number): Promise<ScrollRow> {
  const box = await page.locator(".timeline").boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 300);
  const from = await firstSeq(page);
  await take(page);
  const until = Date.now() + seconds * 1_000;
  while (Date.now() < until) {
    await page.mouse.wheel(0, -wheelPx);
    await sleep(wheelEveryMs);
  }
  const { tasks, frames } = await take(page);
  const sorted = frames.toSorted((a, b) => a - b);
  return {
    messages,
    passed: from - (await firstSeq(page)),
    frameP95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    longTasks: tasks.length,
    longestTaskMs: Math.max(0, ...tasks),
  };
}
