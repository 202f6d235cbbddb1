/** Owns what scrolling through a long conversation costs: tasks that hold up the page, and frames, while a reader turns the wheel without a rest. */
import { type Browser, type Page } from "playwright-core";
import { setTimeout as sleep } from "node:timers/promises";
import { webFolder } from "../../scripts/build.ts";
import { startCrowd } from "../timeline/crowd.ts";
import { enter } from "../timeline/page.ts";
import { slowedProcessor } from "./load.ts";
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

export interface InteractionRow {
  readonly name: string;
  /** From the input to the next frame, as the browser's event timing tells it, with the processor slowed. */
  readonly ms: number;
}

const messages = 100_000;
const readers = 100;
const wheelPx = 400;
const wheelEveryMs = 30;

export interface LongRows {
  readonly scroll: ScrollRow;
  readonly interactions: readonly InteractionRow[];
}

export async function measureLong(browser: Browser, seconds: number): Promise<LongRows> {
  const crowd = await startCrowd(webFolder, { messages, readers });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  try {
    await watched(page);
    await enter(page, crowd.url);
    await sleep(2_000);
    const scroll = await scrollBack(page, seconds);
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slowedProcessor });
    return { scroll, interactions: await interact(page) };
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

/** What people do all the time; of each the slowest input counts. */
async function interact(page: Page): Promise<readonly InteractionRow[]> {
  const rows: InteractionRow[] = [];
  const measured = async (name: string, act: () => Promise<unknown>) => {
    await sleep(800);
    await take(page);
    await act();
    await sleep(800);
    const { events } = await take(page);
    rows.push({ name, ms: Math.max(0, ...events.map(({ ms }) => ms)) });
  };
  await measured("to the newest", () => page.getByRole("button", { name: /^To the newest/ }).click());
  await measured("typing a sentence", () =>
    page.getByRole("textbox", { name: "Message" }).pressSequentially("so the harbour lights", { delay: 60 }),
  );
  // One that is in view, so that nothing is scrolled, and with the pointer on it already.
  const message = page.locator(".timeline [data-message]").last().locator(".bubble");
  await message.scrollIntoViewIfNeeded();
  await message.hover();
  await measured("a message's menu", () => message.click({ button: "right" }));
  await measured("closing it", () => page.keyboard.press("Escape"));
  await measured("the details", () => page.getByRole("button", { name: "Details" }).click());
  await measured("the account's menu", () => page.getByRole("button", { name: /^Account:/ }).click());
  await measured("the settings", () => page.getByRole("menuitem", { name: "Settings" }).click());
  return rows;
}
