/** Owns what scrolling through a list of very many chats costs: frames, and tasks that hold up the page, while a reader turns the wheel without a rest. */
import { type Browser } from "playwright-core";
import { setTimeout as sleep } from "node:timers/promises";
import { webFolder } from "../../scripts/build.ts";
import { startCrowd } from "../timeline/crowd.ts";
import { enter } from "../timeline/page.ts";
import { slowedProcessor } from "./load.ts";
import { take, watched } from "./seen.ts";

export interface ListRow {
  readonly chats: number;
  /** How many rows the reader passed. */
  readonly passed: number;
  readonly frameP95Ms: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
  /** The elements of rows in the page at the end. */
  readonly rowsInPage: number;
}

const chats = 10_000;
const wheelPx = 300;
const wheelEveryMs = 30;

/** With the processor as it is, and four times slower. */
export async function measureList(browser: Browser, seconds: number): Promise<readonly [ListRow, ListRow]> {
  const crowd = await startCrowd(webFolder, { messages: 20, readers: 3, otherChats: chats });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  try {
    await watched(page);
    await enter(page, crowd.url);
    await sleep(3_000);
    const session = await context.newCDPSession(page);
    const scrolled = async (): Promise<ListRow> => {
      const scroller = page.locator(".list-scroller");
      await scroller.evaluate((element) => element.scrollTo({ top: 0 }));
      const box = await scroller.boundingBox();
      await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 200);
      await sleep(1_000);
      await take(page);
      const until = Date.now() + seconds * 1_000;
      while (Date.now() < until) {
        await page.mouse.wheel(0, wheelPx);
        await sleep(wheelEveryMs);
      }
      const { tasks, frames } = await take(page);
      const sorted = frames.toSorted((a, b) => a - b);
      const top = await scroller.evaluate((element) => element.scrollTop);
      return {
        chats,
        passed: Math.round(top / 72),
        frameP95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
        longTasks: tasks.length,
        longestTaskMs: Math.max(0, ...tasks),
        rowsInPage: await page.getByTestId("conversation-row").count(),
      };
    };
    const plain = await scrolled();
    await session.send("Emulation.setCPUThrottlingRate", { rate: slowedProcessor });
    return [plain, await scrolled()];
  } finally {
    await context.close();
    await crowd.stop();
  }
}
