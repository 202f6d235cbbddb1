/** Owns what people do all the time, on a slow processor: how long it takes from each press and key to the next frame. */
import type { Browser, Locator, Page } from "playwright-core";
import { setTimeout as sleep } from "node:timers/promises";
import type { Crowd } from "../timeline/crowd.ts";
import { median } from "../report.ts";
import { enter } from "../timeline/page.ts";
import { slowedProcessor } from "./load.ts";
import { take, watched } from "./seen.ts";

export interface InteractionRow {
  readonly name: string;
  /** From the input to the next frame, as the browser's event timing tells it, with the processor slowed: of each interaction the slowest input, and of the pages the median. */
  readonly ms: number;
  /** From the input until what was asked for is on screen, of the pages the median. */
  readonly shownMs: number;
}

/** A button is held so long, as people do. */
const pressMs = 60;
const wheelPx = 400;
const screensBack = 60;

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
  /** `shown` is a selector of what the interaction brings, null where it brings nothing to wait for. */
  const measured = async (name: string, act: () => Promise<unknown>, shown: string | null) => {
    await sleep(800);
    const from = await page.evaluate(() => performance.now());
    await take(page);
    if (shown !== null) await page.evaluate(waitFor, shown);
    await act();
    await sleep(1_500);
    // Chromium tells some inputs seconds later: those of what was typed before, for example.
    const events = (await take(page)).events.filter(({ at }) => at >= from);
    const shownMs = shown === null ? 0 : await page.evaluate(() => (globalThis as unknown as Shown).shownMs);
    rows.push({ name, ms: Math.max(0, ...events.map(({ ms }) => ms)), shownMs });
  };
  await measured(
    "to the newest",
    () => press(page, page.getByRole("button", { name: /^To the newest/ })),
    `.timeline-place:not(:has(.to-end))`,
  );
  await measured(
    "typing a sentence",
    () => page.getByRole("textbox", { name: "Message" }).pressSequentially("so the harbour lights", { delay: 60 }),
    null,
  );
  // One that is in view, so that nothing is scrolled.
  const message = page.locator(".timeline [data-message]").last().locator(".bubble");
  await message.scrollIntoViewIfNeeded();
  const items = "[role=menu] [role=menuitem]";
  await measured("a message's menu", () => press(page, message, "right"), items);
  await measured("closing it", () => page.keyboard.press("Escape"), "body:not(:has([role=menu]))");
  await measured("the details", () => press(page, page.getByRole("button", { name: "Details" })), ".panel .members li");
  await measured("the account's menu", () => press(page, page.getByRole("button", { name: /^Account:/ })), items);
  await measured(
    "the settings",
    () => press(page, page.getByRole("menuitem", { name: "Settings" })),
    "dialog[open] .tab-body",
  );
  return rows;
}

/** With the pointer itself: Playwright's own click looks in the page whether it meets the element, which takes a slow processor 20 ms. */
async function press(page: Page, target: Locator, button: "left" | "right" = "left"): Promise<void> {
  const box = await target.boundingBox();
  if (box === null) throw new Error("What was to be pressed is not on screen");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await sleep(200);
  await page.mouse.down({ button });
  await sleep(pressMs);
  await page.mouse.up({ button });
}

interface Shown {
  shownMs: number;
}

/** Runs in the page. Looks in each frame whether what is waited for has come, from the next input on. */
function waitFor(selector: string): void {
  const seen = globalThis as unknown as Shown;
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
