/** Owns what the first load of the web app costs somebody who is signed in: bytes over the wire, and the time until the list of chats is there, on a slow line and processor. */
import { type Browser, type BrowserContext, type CDPSession, type Page } from "playwright-core";

/** A slow line and a slow processor: 1.6 Mbit/s, 150 ms, four times slower (Lighthouse's slow 4G). */
export const slowLine = {
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
  offline: false,
};
export const slowedProcessor = 4;

export interface LoadRow {
  /** What came over the wire until the list was there, compressed, with headers. */
  readonly bytesToList: number;
  readonly requestsToList: number;
  /** The same, with all that the page fetches once it is idle. */
  readonly bytes: number;
  readonly requests: number;
  readonly listMs: number;
}

const chats = 20;
const password = "correct horse battery";

/** Each run is a cold one: no HTTP cache, no service worker. What the SDK has stored is there, as it is for whoever comes back. */
export async function measureLoads(browser: Browser, url: string, runs: number): Promise<readonly LoadRow[]> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  await signUp(context, url);
  const rows: LoadRow[] = [];
  for (let run = 0; run < runs; run++) rows.push(await loadOnce(context, url));
  await context.close();
  return rows;
}

async function signUp(context: BrowserContext, url: string): Promise<void> {
  const handle = `load.${Date.now().toString(36)}`;
  const page = await context.newPage();
  const made = await context.request.post(`${url}/v1/accounts`, { data: { handle, password, name: "Load" } });
  const { accessToken }: { accessToken: string } = await made.json();
  for (let n = 0; n < chats; n++)
    await context.request.post(`${url}/v1/conversations`, {
      headers: { authorization: `Bearer ${accessToken}` },
      data: { title: `Group ${n}`, memberIds: [], clientId: `g${n}` },
    });
  await page.goto(url);
  await page.getByLabel("Handle").fill(handle);
  await page.locator("input[type=password]").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByTestId("conversation-row").nth(5).waitFor();
  // The rows are stored a moment after they are shown.
  await page.waitForTimeout(2_000);
  await page.close();
}

async function loadOnce(context: BrowserContext, url: string): Promise<LoadRow> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await forget(session, url);
  await session.send("Network.emulateNetworkConditions", slowLine);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowedProcessor });
  const seen = { bytes: 0, requests: 0 };
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    seen.bytes += encodedDataLength;
    seen.requests++;
  });
  await page.goto(url, { waitUntil: "commit" });
  const listMs = await listShown(page);
  const toList = { bytesToList: seen.bytes, requestsToList: seen.requests };
  await page.waitForLoadState("networkidle");
  const all = { ...seen };
  // A worker that was still fetching the app's files would leave some in the cache of the next load.
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.close();
  return { ...toList, ...all, listMs };
}

async function forget(session: CDPSession, url: string): Promise<void> {
  await session.send("Network.enable");
  await session.send("Network.clearBrowserCache");
  await session.send("Storage.clearDataForOrigin", {
    origin: new URL(url).origin,
    storageTypes: "service_workers,cache_storage",
  });
}

/** Milliseconds from the navigation to the frame that shows the list. */
async function listShown(page: Page): Promise<number> {
  return await page.evaluate(
    async () =>
      await new Promise<number>((resolve) => {
        const look = (at: number) => {
          if (document.querySelector('[data-testid="conversation-row"]') === null) requestAnimationFrame(look);
          else requestAnimationFrame((shownAt) => resolve(Math.max(at, shownAt)));
        };
        requestAnimationFrame(look);
      }),
  );
}
