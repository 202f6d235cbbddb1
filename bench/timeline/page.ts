/** Owns what a busy conversation costs the web app in a real browser: its frames, and the time of its main thread for each message. */
import { setTimeout as sleep } from "node:timers/promises";
import { type CDPSession, chromium, type Page } from "playwright-core";
import { build, webFolder } from "../../scripts/build.ts";
import { lacksChromium, serveChromium } from "../../test/rig/browser/chromium.ts";
import { startCrowd } from "./crowd.ts";

export interface PageCase {
  readonly messages: number;
  readonly readers: number;
  /** How many pages the reader scrolls back before the measurement, so that as much is loaded as the SDK holds. */
  readonly pagesBack: number;
}

export interface PageRow extends PageCase {
  /** The rows of the list at the end. */
  readonly loaded: number;
  readonly framesPerSecond: number;
  /** The share of the frames that came more than one and a half times 16.7 ms after the frame before. */
  readonly lateShare: number;
  readonly worstMs: number;
  /** Processor time of the main thread for each message. */
  readonly busyMsPerMessage: number;
  readonly scriptMsPerMessage: number;
}

const messagesPerSecond = 20;
const receiptsPerSecond = 100;
const lateMs = 25;

const pageCases: readonly PageCase[] = [
  { messages: 100, readers: 10, pagesBack: 0 },
  { messages: 10_000, readers: 10, pagesBack: 25 },
  { messages: 10_000, readers: 1_000, pagesBack: 25 },
];

/** Undefined if there is no Chromium. */
export async function measurePages(seconds: number): Promise<readonly PageRow[] | undefined> {
  if (lacksChromium()) return undefined;
  await build();
  const server = await serveChromium();
  const rows: PageRow[] = [];
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    for (const each of pageCases) {
      const crowd = await startCrowd(webFolder, each);
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      page.on("pageerror", (error) => process.stderr.write(`${String(error)}\n`));
      await enter(page, crowd.url);
      for (let i = 0; i < each.pagesBack; i++) await scrollBack(page);
      await toEnd(page);
      rows.push(
        await measure(page, await context.newCDPSession(page), each, seconds, () =>
          crowd.stream({ messagesPerSecond, receiptsPerSecond }),
        ),
      );
      await context.close();
      await crowd.stop();
    }
    await browser.close();
  } finally {
    await server.close();
  }
  return rows;
}

/** Signs up in the stand-in and opens its conversation. */
export async function enter(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Me");
  await page.getByLabel("Handle").fill("somebody");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByTestId("conversation-row").filter({ hasText: "Crowd" }).getByRole("link").click();
  await page.getByTestId("message").first().waitFor();
}

async function scrollBack(page: Page): Promise<void> {
  await page.locator(".timeline").evaluate((element) => element.scrollTo({ top: 0 }));
  await sleep(120);
}

async function toEnd(page: Page): Promise<void> {
  await page.locator(".timeline").evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
  await sleep(1_000);
  await page.locator(".timeline").evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
  await sleep(1_000);
}

async function measure(
  page: Page,
  session: CDPSession,
  which: PageCase,
  seconds: number,
  stream: () => () => number,
): Promise<PageRow> {
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () =>
    new Map((await session.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  const end = stream();
  await sleep(1_000);
  const before = await spent();
  const framesOf = async () =>
    await page.evaluate(
      async (ms) =>
        await new Promise<number[]>((resolve) => {
          const frames: number[] = [];
          const startedAt = performance.now();
          let last: number | undefined;
          const note = (at: number) => {
            if (last !== undefined) frames.push(at - last);
            last = at;
            if (at - startedAt < ms) requestAnimationFrame(note);
            else resolve(frames);
          };
          requestAnimationFrame(note);
        }),
      seconds * 1_000,
    );
  const frames = await framesOf();
  const after = await spent();
  end();
  const messages = messagesPerSecond * seconds;
  const perMessage = (name: string) => (1_000 * ((after.get(name) ?? 0) - (before.get(name) ?? 0))) / messages;
  const loaded = Number(await page.locator(".timeline-row").last().getAttribute("data-index")) + 1;
  return {
    ...which,
    loaded,
    framesPerSecond: frames.length / (frames.reduce((sum, ms) => sum + ms, 0) / 1_000),
    lateShare: frames.filter((ms) => ms > lateMs).length / frames.length,
    worstMs: Math.max(...frames),
    busyMsPerMessage: perMessage("TaskDuration"),
    scriptMsPerMessage: perMessage("ScriptDuration"),
  };
}
