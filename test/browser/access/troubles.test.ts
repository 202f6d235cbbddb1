import type { Page, WebSocketRoute } from "playwright-core";
import { describe, expect, test } from "vitest";
import { closeCodes, errorFrameOf, problemOf, type Refusal } from "../../../schema/errors.ts";
import { auditOf } from "../../rig/browser/axe.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { signUp } from "../../rig/server/http.ts";
import { Keys } from "../../rig/browser/keys.ts";
import { programOf } from "../../rig/browser/many-messages.ts";

/** Faults that a server has rarely, made for one page. */
class Troubles {
  /** The answer to each message that the page sends; null to pass them on to the server. */
  sends: Refusal | null = null;
  /** The same for edits. */
  edits: Refusal | null = null;
  #sync: WebSocketRoute | undefined;
  #isCut = false;

  /** From the page's next load on. */
  async watch(page: Page): Promise<void> {
    await page.routeWebSocket(/\/v1\//, (socket) => {
      if (this.#isCut) return void socket.close();
      if (socket.url().includes("/v1/sync")) this.#sync = socket;
      const server = socket.connectToServer();
      socket.onMessage((data) => {
        const ref = /"type":"send".*"ref":"(\w+)"/.exec(String(data))?.[1];
        if (this.sends === null || ref === undefined) server.send(data);
        else socket.send(JSON.stringify(errorFrameOf(this.sends, ref)));
      });
    });
    await page.route(/\/messages(\/\d+)?$/, async (route) => {
      const refusal = { POST: this.sends, PATCH: this.edits }[route.request().method()] ?? null;
      if (refusal === null) return await route.fallback();
      const problem = problemOf(refusal);
      return await route.fulfill({ status: problem.status, json: problem });
    });
  }

  /** Nothing reaches the server until the function that is answered is called, though the device has a network. */
  async cut(page: Page): Promise<() => void> {
    this.#isCut = true;
    await page.route("**/v1/**", async (route) => await (this.#isCut ? route.abort() : route.fallback()));
    await this.#sync?.close({ code: closeCodes.restart.code });
    return () => {
      this.#isCut = false;
    };
  }

  /** The server does not want this tab's link any more. */
  async stop(): Promise<void> {
    await this.#sync?.close({ code: closeCodes.tooManySockets.code });
  }

  /** Lets the page find another version at the server, until it loads anew. */
  async deploy(page: Page): Promise<void> {
    await page.evaluate(() => {
      const fetched = window.fetch.bind(window);
      window.fetch = async (asked, how) =>
        asked === "/" ? new Response('<script type="module" src="/assets/other.js">') : await fetched(asked, how);
      dispatchEvent(new Event("vite:preloadError"));
    });
  }
}

describe.skipIf(lacksChromium())("what waits, was refused, or is offered", () => {
  const rig = browsing();

  test("[W26] [W27] axe finds nothing there, keys alone answer it, and the focus stays near", async () => {
    const person = await rig.person("Ana");
    const { page } = person;
    const troubles = new Troubles();
    await troubles.watch(page);
    const [ana, bo] = await Promise.all([programOf(rig.url, person), signUp(rig.url, "bo")]);
    const id = await bo.dm(ana);
    await bo.send(id, "hello");
    await page.reload();
    await person.open("bo");
    await person.message("hello").waitFor();
    const { faults, see } = auditOf(page);
    const keys = new Keys(page);

    troubles.sends = { code: "rate_limited", detail: "you have written enough for today", retryAfterMs: 3_600_000 };
    await keys.at("Message");
    await keys.type("held up");
    await keys.hit("Enter");
    await page
      .getByText(/^Not sent yet: You have written enough for today\. It will be sent automatically at /)
      .waitFor();
    await see("held up", "main.pane");
    await keys.to(/^You: held up/, "Shift+Tab");
    await keys.hit("Enter");
    await keys.pick("Discard");
    await person.message("held up").waitFor({ state: "hidden" });
    await keys.at("Message");

    troubles.sends = { code: "forbidden", detail: "no" };
    for (const text of ["refused for good", "refused at first"]) {
      await keys.type(text);
      await keys.hit("Enter");
      const failed = person.message(text).getByRole("alert");
      await failed.waitFor();
      if (text === "refused at first") break;
      await keys.press("Discard", "Shift+Tab");
      await failed.waitFor({ state: "hidden" });
      await keys.at("Message");
    }
    troubles.sends = null;
    await keys.press("Send again", "Shift+Tab");
    await expect.poll(() => person.markOf("refused at first")).toMatch(/sent|delivered/);
    await keys.at(/^You: refused at first/);

    troubles.edits = { code: "conflict", detail: "no" };
    const failed = page.getByRole("alert").filter({ hasText: "The edit was not saved" });
    for (const isGivenUp of [true, false]) {
      await keys.to(/^You: refused at first/, "Shift+Tab");
      await keys.hit("Enter");
      await keys.pick("Edit");
      await keys.at("Edit message");
      await keys.type(", edited");
      await keys.hit("Enter");
      await failed.waitFor();
      if (isGivenUp) {
        await see("failed edit", "main.pane");
        await keys.press("Try again", "Shift+Tab");
        await page.getByText("That is not possible any more.", { exact: true }).waitFor();
        await failed.waitFor();
      }
      if (isGivenUp) await keys.press("Discard");
      else await keys.press("Send as a new message", "Shift+Tab");
      await failed.waitFor({ state: "hidden" });
      await keys.at(/^You: refused at first/);
    }
    await person.message("refused at first, edited").waitFor();

    await keys.to("Message");
    await keys.type("written here");
    await ana.must(200, "PATCH", `/v1/conversations/${id}/me`, { draft: "written there" });
    await page.getByText("Written on another device", { exact: true }).waitFor();
    await expect.poll(() => page.getByTestId("spoken").textContent()).toMatch(/another device.*: written there$/);
    await see("other draft", "form.composer");
    await keys.press("Use the other draft", "Shift+Tab");
    await keys.at("Message");
    expect(await person.composer.inputValue()).toBe("written there");
    await keys.press("Forget the other draft", "Shift+Tab");
    await page.getByText("Written on another device", { exact: true }).waitFor({ state: "hidden" });
    await keys.at("Message");

    const mend = await troubles.cut(page);
    await page.getByText(/^The server cannot be reached\./).waitFor();
    await keys.to("Try now", "Shift+Tab");
    mend();
    await keys.hit("Enter");
    await person.banner.waitFor({ state: "hidden" });
    await keys.at("Message");

    await troubles.stop();
    await troubles.deploy(page);
    await page.getByTestId("version-banner").waitFor();
    await expect.poll(() => person.banner.getAttribute("data-status")).toBe("stopped");
    await see("stopped, and a new version");
    await keys.press("Connect here", "Shift+Tab");
    await person.banner.waitFor({ state: "hidden" });
    await keys.at("Message");
    await keys.to("Load it", "Shift+Tab");
    await Promise.all([page.waitForEvent("load"), keys.hit("Enter")]);
    await person.message("refused at first, edited").waitFor();
    await keys.at("Message");
    expect(faults).toEqual([]);
  });
});
