/** Launches a Chromium for the browser tests. Without one they are skipped, but never in CI. */
import { type Browser, type BrowserServer, chromium, type LaunchOptions } from "playwright-core";
import { findChromium, findHeadlessShell } from "../../../scripts/tests/chromium.ts";

/** For `describe.skipIf(lacksChromium())`. In CI a missing browser is an error, not a reason to skip. */
export function lacksChromium(): boolean {
  const isMissing = findChromium() === undefined;
  if (isMissing && process.env["CI"]) throw new Error("No Chromium: install one or set CHROMIUM_PATH.");
  return isMissing;
}

/**
 * What is turned off in the browser. Of two lists the last one counts, so the first lines repeat those of Playwright that matter here. The others are parts
 * of the window around the page: each context has a window, and loading them took half of the time of a new person.
 */
const featuresOff = [
  ...["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "PaintHolding"],
  ...["HttpsFirstBalancedModeAutoEnable", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"],
  ...[
    "LensOverlay",
    "MediaRouter",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
  ],
  ...["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "PreloadTopChromeWebUI", "WebUIToolbar"],
  ...["WebUIReloadButton", "InitialWebUI"],
];

function launchOptions(isShell: boolean): LaunchOptions {
  const executablePath = (isShell ? findHeadlessShell() : undefined) ?? findChromium();
  if (executablePath === undefined) throw new Error("No Chromium: install one or set CHROMIUM_PATH.");
  return {
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
      // A camera and a microphone that are not there: they beep, and show the time. Each context still says whether it allows them.
      "--use-fake-device-for-media-stream",
      `--disable-features=${featuresOff.join(",")}`,
    ],
  };
}

/** A Chromium to which any process can connect. Each context in it has a new, empty profile. `isShell`: where there is one, it is the headless shell. */
export async function serveChromium(isShell = false): Promise<BrowserServer> {
  return await chromium.launchServer(launchOptions(isShell));
}

const ofThisProcess = new Map<boolean, Promise<Browser>>();

/**
 * The Chromium of this process, which begins when it is asked for first and ends with the process. Between a page and a test that connects to a browser elsewhere,
 * every word is packed and read twice more, which took a tenth of the processor time of the browser tests.
 */
export async function ownChromium(isShell: boolean): Promise<Browser> {
  const there = ofThisProcess.get(isShell) ?? chromium.launch(launchOptions(isShell));
  ofThisProcess.set(isShell, there);
  return await there;
}
