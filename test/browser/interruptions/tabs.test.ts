import type { Page, WebSocket } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { password, type WebPerson, withWorker } from "../../rig/browser/web-person.ts";

const tabsCount = 7;

/** The sockets that pages have open. */
class Sockets {
  #open: { readonly page: Page; readonly socket: WebSocket }[] = [];

  watch(page: Page): void {
    page.on("websocket", (socket) => this.#open.push({ page, socket }));
    page.on("crash", () => this.forget(page));
  }

  forget(page: Page): void {
    this.#open = this.#open.filter((each) => each.page !== page);
  }

  pagesWith(path: "/v1/sync" | "/live"): Page[] {
    const here = this.#open.filter(({ socket }) => !socket.isClosed() && new URL(socket.url()).pathname.endsWith(path));
    return here.map(({ page }) => page);
  }
}

const says = (page: Page, text: string) => page.getByTestId("message").filter({ hasText: text });

/**
 * Nothing runs in the page until the function that is answered is called. Pages under test are always in view, and those a browser does not freeze: what it
 * tells a page before that is told by hand, or not at all.
 */
async function frozen(page: Page, isTold: boolean): Promise<() => Promise<void>> {
  if (isTold) await page.evaluate(() => document.dispatchEvent(new Event("freeze")));
  const session = await page.context().newCDPSession(page);
  await session.send("Debugger.enable");
  await session.send("Debugger.pause");
  return async () => {
    await session.send("Debugger.resume").catch(() => undefined);
    await session.detach();
    if (isTold) await page.evaluate(() => document.dispatchEvent(new Event("resume")));
  };
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

async function shownIn(pages: readonly Page[], text: string): Promise<void> {
  await Promise.all(pages.map((page) => says(page, text).waitFor()));
}

describe.skipIf(lacksChromium())("many tabs of one browser", () => {
  const rig = browsing();

  async function opened(): Promise<{ ana: WebPerson; bo: WebPerson; pages: Page[]; sockets: Sockets }> {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("hello");
    await bo.open("Ana");
    const sockets = new Sockets();
    const others = await Promise.all(Array.from({ length: tabsCount - 1 }, () => ana.context.newPage()));
    const pages = [ana.page, ...others];
    for (const page of pages) sockets.watch(page);
    const address = ana.page.url();
    await Promise.all(pages.map((page) => (page === ana.page ? page.reload() : page.goto(address))));
    await shownIn(pages, "hello");
    return { ana, bo, pages, sockets };
  }

  test("[C15] [C18] [C19] share one link, pass it on when a tab is frozen or dies, and sign in and out together", async () => {
    const { ana, bo, pages, sockets } = await opened();
    const leading = () => {
      const [page] = sockets.pagesWith("/v1/sync");
      if (page === undefined) throw new Error("nobody leads");
      return page;
    };
    // Seven pages that load at once keep each other waiting, and take the lead from one that is silent for a second.
    const linked = () => [sockets.pagesWith("/v1/sync").length, sockets.pagesWith("/live").length];
    await expect.poll(linked, { timeout: 30_000 }).toEqual([1, 1]);
    await bo.send("to all of them");
    await shownIn(pages, "to all of them");
    const third = pages[2] ?? ana.page;
    await write(third, "from the third");
    await shownIn([...pages, bo.page], "from the third");

    for (const isTold of [true, false]) {
      const text = isTold ? "while one is frozen" : "while one is silent";
      const leader = leading();
      const thaw = await frozen(leader, isTold);
      sockets.forget(leader);
      const awake = pages.filter((page) => page !== leader);
      await write(awake[0] ?? leader, text);
      await shownIn([...awake, bo.page], text);
      await expect.poll(() => sockets.pagesWith("/v1/sync").length).toBe(1);
      await thaw();
      await shownIn([leader], text);
    }

    const killed = leading();
    const alive = pages.filter((page) => page !== killed);
    const crashed = killed.waitForEvent("crash");
    const session = await ana.context.newCDPSession(killed);
    session.send("Page.crash").catch(() => undefined);
    await crashed;
    await bo.send("after one died");
    await shownIn(alive, "after one died");
    await expect.poll(() => sockets.pagesWith("/v1/sync").length).toBe(1);
    for (const page of alive) await page.getByTestId("connection-banner").waitFor({ state: "detached" });

    const [first, second] = alive;
    if (first === undefined || second === undefined) throw new Error("no tab is left");
    await first.getByRole("button", { name: /^Account/ }).click();
    await first.getByRole("menuitem", { name: "Sign out" }).click();
    await Promise.all(alive.map((page) => page.getByRole("button", { name: "Create an account" }).waitFor()));
    await expect.poll(() => sockets.pagesWith("/v1/sync").length).toBe(0);
    await second.getByLabel("Handle").fill(ana.handle);
    await second.getByLabel("Password", { exact: true }).fill(password);
    await second.getByRole("button", { name: "Sign in", exact: true }).click();
    await Promise.all(alive.map((page) => page.getByRole("heading", { name: "Chats" }).waitFor()));
    await expect.poll(() => sockets.pagesWith("/v1/sync").length).toBe(1);
  });
});
