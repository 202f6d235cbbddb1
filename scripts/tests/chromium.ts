/** Owns finding a Chromium on this machine for the browser tests, and installing one where there is none. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

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

/** A Chromium without the parts around its pages, which takes two thirds of the processor time of a whole one. It has no notifications. Debian has it as a package of its own. */
export function findHeadlessShell(): string | undefined {
  const named = process.env["CHROMIUM_SHELL_PATH"];
  if (named !== undefined) return isExecutable(named) ? named : undefined;
  return ["/usr/lib/chromium/chromium-headless-shell", "/usr/bin/chromium-headless-shell"].find(isExecutable);
}

/** Installs Playwright's own build, on a machine that has no Chromium. It fails in silence if the download cannot be reached. */
export function installChromium(): void {
  process.stderr.write("No Chromium found; trying to install one …\n");
  const cli = join(import.meta.dirname, "../../node_modules/playwright-core/cli.js");
  spawnSync(process.execPath, [cli, "install", "chromium"], { stdio: "ignore", timeout: installMaxMs });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
