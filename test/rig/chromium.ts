/** Finds and launches a Chromium for the browser tests. Without one they are skipped, but never in CI. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { type BrowserServer, chromium } from "playwright-core";

const installMaxMs = 5 * 60_000;

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  if (named) return isExecutable(named) ? named : undefined;
  return [...places, chromium.executablePath()].find(isExecutable);
}

/** Playwright's own build, for machines that have none; fails in silence where its download cannot be reached. */
export function installChromium(): void {
  process.stderr.write("No Chromium found; trying to install one …\n");
  const cli = join(import.meta.dirname, "../../node_modules/playwright-core/cli.js");
  spawnSync(process.execPath, [cli, "install", "chromium"], { stdio: "ignore", timeout: installMaxMs });
}

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

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
