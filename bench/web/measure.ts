/** Owns the scenario `web`: whether the web app is light and quick, in Chromium, by the first load, by scrolling a long conversation, and by what people do all the time. */
import { chromium } from "playwright-core";
import { spawnServer } from "../../scripts/server/server.ts";
import { lacksChromium, serveChromium } from "../../test/rig/browser/chromium.ts";
import { median } from "../report.ts";
import { type ListRow, measureList } from "./list.ts";
import { type LoadRow, measureLoads } from "./load.ts";
import type { InteractionRow } from "./interactions.ts";
import { measureLong, type ScrollRow } from "./scroll.ts";

export const webBench = { name: "web" } as const;

/** What is wanted, in the units of the rows. */
const wanted = { kilobytes: 200, listMs: 2_000, taskMs: 50, frameMs: 20, interactionMs: 100 } as const;

export interface WebRows {
  readonly loads: readonly LoadRow[];
  readonly scroll: ScrollRow;
  /** The processor as it is, and slowed. */
  readonly list: readonly [ListRow, ListRow];
  readonly interactions: readonly InteractionRow[];
}

/** Undefined if there is no Chromium. */
export async function measureWeb(isQuick: boolean): Promise<WebRows | undefined> {
  if (lacksChromium()) return undefined;
  const server = await spawnServer();
  const chromiumServer = await serveChromium();
  try {
    const browser = await chromium.connect(chromiumServer.wsEndpoint());
    const loads = await measureLoads(browser, server.url, isQuick ? 1 : 5);
    const long = await measureLong(browser, isQuick ? 3 : 20, isQuick ? 1 : 5);
    const list = await measureList(browser, isQuick ? 3 : 10);
    await browser.close();
    return { loads, ...long, list };
  } finally {
    await chromiumServer.close();
    await server.stop();
  }
}

export function webTableOf(rows: WebRows | undefined): string {
  if (rows === undefined) return "web: not measured: there is no Chromium";
  const { loads, scroll, interactions, list } = rows;
  const kilobytes = median(loads.map(({ bytesToList }) => bytesToList)) / 1_000;
  const laterKilobytes = median(loads.map(({ bytes }) => bytes)) / 1_000;
  const listMs = median(loads.map((row) => row.listMs));
  return [
    "web: the app in Chromium (wanted in brackets)",
    `  first load, cold: ${kilobytes.toFixed(0)} KB (${wanted.kilobytes}) in ${median(loads.map(({ requestsToList }) => requestsToList))} requests until the list is there, ${laterKilobytes.toFixed(0)} KB with what comes when the page is idle; the list is there after ${listMs.toFixed(0)} ms (${wanted.listMs}) at 1.6 Mbit/s, 150 ms and a four times slower processor`,
    `  scrolling back in ${scroll.messages} messages, ${scroll.passed} passed: frames p95 ${scroll.frameP95Ms.toFixed(1)} ms (${wanted.frameMs}), ${scroll.longTasks} tasks over ${wanted.taskMs} ms (0), the longest ${scroll.longestTaskMs.toFixed(0)} ms`,
    ...list.map(
      (row, index) =>
        `  a list of ${row.chats} chats${index === 0 ? "" : ", processor four times slower"}, ${row.passed} passed: frames p95 ${row.frameP95Ms.toFixed(1)} ms (${wanted.frameMs}), ${row.longTasks} tasks over ${wanted.taskMs} ms (0), the longest ${row.longestTaskMs.toFixed(0)} ms, ${row.rowsInPage} rows in the page`,
    ),
    ...interactions.map(
      ({ name, ms, shownMs }) =>
        `  ${name}, processor four times slower: ${ms.toFixed(0)} ms (${wanted.interactionMs})${shownMs > 0 ? `, what it brings is there after ${shownMs.toFixed(0)} ms` : ""}`,
    ),
  ].join("\n");
}
