/** Launches a Chromium for the browser tests. Without one they are skipped, but never in CI. */
import { type BrowserServer, chromium } from "playwright-core";
import { findChromium } from "../../../scripts/tests/chromium.ts";

/** For `describe.skipIf(lacksChromium())`. In CI a missing browser is an error, not a reason to skip. */
export function lacksChromium(): boolean {
  const isMissing = findChromium() === undefined;
  if (isMissing && process.env["CI"]) throw new Error("No Chromium: install one or set CHROMIUM_PATH.");
  return isMissing;
}

/** A Chromium to which any process can connect. Each context in it has a new, empty profile. */
export async function serveChromium(): Promise<BrowserServer> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("No Chromium: install one or set CHROMIUM_PATH.");
  return await chromium.launchServer({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-dev-shm-usage",
      // Without these it calls home at every start, which a closed network refuses many times over.
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
