/**
 * `npm run pictures`, while `npm run demo` runs on port 8787 (or PARLEY_URL): makes the pictures of the README and a short film of the app, into docs/images/.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { lacksChromium, serveChromium } from "../../test/rig/browser/chromium.ts";
import { film } from "./film.ts";
import { newcomer, password } from "./story.ts";

const url = process.env["PARLEY_URL"] ?? "http://localhost:8787";
const folder = join(import.meta.dirname, "../../docs/images");
const pauseMs = 1_200;

if (lacksChromium()) throw new Error("There is no Chromium on this machine.");
const server = await serveChromium();
try {
  const browser = await chromium.connect(server.wsEndpoint());
  await desktop(browser);
  await phone(browser);
  await moving(browser);
} finally {
  await server.close();
}

async function signIn(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: "en", ...options });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("Handle").fill(newcomer.handle);
  await page.locator("input[type=password]").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await chat(page, "Sunday dinner").waitFor();
  const later = page.getByRole("button", { name: "Not now" });
  if (await later.isVisible().catch(() => false)) await later.click();
  await page.waitForTimeout(pauseMs);
  return page;
}

function chat(page: Page, title: string) {
  return page.getByTestId("conversation-row").filter({ hasText: title }).first();
}

async function desktop(browser: Browser): Promise<void> {
  const page = await signIn(browser, { viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  await chat(page, "Sunday dinner").click();
  await page.waitForTimeout(2 * pauseMs);
  await page.screenshot({ path: join(folder, "conversation.png") });
  await page.context().close();
}

async function phone(browser: Browser): Promise<void> {
  const page = await signIn(browser, {
    viewport: { width: 390, height: 844 },
    colorScheme: "dark",
    hasTouch: true,
    isMobile: true,
    deviceScaleFactor: 2,
  });
  await chat(page, "Ana Lima").click();
  await page.waitForTimeout(2 * pauseMs);
  await page.screenshot({ path: join(folder, "conversation-phone.png") });
  await page.context().close();
}

/** A chat is opened, a message written and answered, and an old one found. */
async function moving(browser: Browser): Promise<void> {
  const page = await signIn(browser, { viewport: { width: 1024, height: 640 }, colorScheme: "light" });
  const film_ = await film(page.context(), page);
  await page.waitForTimeout(pauseMs);
  await chat(page, "Sunday dinner").click();
  await page.waitForTimeout(2 * pauseMs);
  await chat(page, "Ana Lima").click();
  await page.waitForTimeout(pauseMs);
  const field = page.getByRole("textbox", { name: "Message" });
  await field.pressSequentially("Dumplings sound *perfect*. What shall I bring?", { delay: 45 });
  await field.press("Enter");
  // Ana reads it, writes, and answers.
  await page.waitForTimeout(8_000);
  await page.getByPlaceholder("Search people and messages").fill("lighthouse");
  await page.waitForTimeout(2 * pauseMs);
  writeFileSync(join(folder, "parley.webm"), await film_.end());
  await page.context().close();
}
