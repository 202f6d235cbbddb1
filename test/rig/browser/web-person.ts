/** A person with a browser, who finds others, reads and writes. */
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Session } from "../../../schema/http/accounts.ts";
import { ask } from "../server/http.ts";

/** Matches what ends so: other people's handles may begin with this one. */
const endingIn = (text: string) => new RegExp(`${text.replaceAll(".", "\\.")}$`);

export const password = "correct horse battery";
const answerMs = 15_000;

export interface Fault {
  readonly kind: "error" | "policy" | "dialog";
  readonly text: string;
}

export class WebPerson {
  readonly handle: string;
  readonly name: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Uncaught errors, violations of the security policy, and alerts of scripts. None of them may ever happen. */
  readonly faults: Fault[] = [];

  private constructor(handle: string, name: string, context: BrowserContext, page: Page) {
    this.handle = handle;
    this.name = name;
    this.context = context;
    this.page = page;
  }

  /** A new account, which this browser is signed in to. Signing up by hand is what the tests of the entrance do. */
  static async arrive(
    browser: Browser,
    url: string,
    handle: string,
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<WebPerson> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const person = new WebPerson(handle, name, context, page);
    await person.#watch();
    const device = { name: "Chrome on Linux", platform: "web" };
    const answer = await ask<Session>(url, "POST", "/v1/accounts", { body: { handle, name, password, device } });
    if (answer.status !== 201) throw new Error(`${handle} cannot sign up: ${answer.text}`);
    await page.addInitScript(storeSession, answer.body);
    await page.addInitScript(putOffNotifications);
    await page.goto(url);
    await page.getByRole("heading", { name: "Chats" }).waitFor();
    return person;
  }

  async #watch(): Promise<void> {
    this.page.setDefaultTimeout(answerMs);
    this.page.on("pageerror", (error) => this.faults.push({ kind: "error", text: String(error) }));
    this.page.on("dialog", (dialog) => {
      this.faults.push({ kind: "dialog", text: dialog.message() });
      void dialog.dismiss();
    });
    await this.page.exposeFunction("reportViolation", (text: string) => {
      this.faults.push({ kind: "policy", text });
    });
    await this.page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const report: unknown = Reflect.get(window, "reportViolation");
        if (typeof report === "function") report(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
      });
    });
  }

  async signUp(handle = this.handle, name = this.name): Promise<void> {
    await this.page.getByRole("button", { name: "Create an account" }).click();
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByLabel("Handle").fill(handle);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.page.getByRole("heading", { name: "Chats" }).waitFor();
  }

  async signIn(handle = this.handle): Promise<void> {
    await this.page.getByLabel("Handle").fill(handle);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await this.page.getByRole("heading", { name: "Chats" }).waitFor();
  }

  /** Finds somebody by handle and opens the direct chat. */
  async startChat(handle: string): Promise<void> {
    await this.page.getByRole("searchbox").fill(handle);
    await this.page
      .getByRole("list", { name: "People found" })
      .getByRole("button", { name: endingIn(`@${handle}`) })
      .click();
    await this.composer.waitFor();
  }

  async foundGroup(title: string, handles: readonly string[]): Promise<void> {
    await this.page.getByRole("button", { name: "New conversation" }).click();
    await this.page.getByRole("menuitem", { name: "New group" }).click();
    const dialog = this.page.getByRole("dialog", { name: "New group" });
    await dialog.getByLabel("Title").fill(title);
    for (const handle of handles) {
      await dialog.getByLabel("People", { exact: true }).fill(handle);
      await dialog
        .getByRole("list", { name: "People to choose from" })
        .getByRole("button", { name: endingIn(`@${handle}`) })
        .click();
    }
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.waitFor({ state: "hidden" });
    await this.composer.waitFor();
  }

  async open(title: string): Promise<void> {
    await this.row(title).getByRole("link").click();
    await this.composer.waitFor();
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    // By the button: Enter begins a new line on a phone, and completes an unfinished mention.
    await this.page.getByRole("button", { name: "Send", exact: true }).click();
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  get banner(): Locator {
    return this.page.getByTestId("connection-banner");
  }

  row(title: string): Locator {
    return this.page.getByTestId("conversation-row").filter({ hasText: title });
  }

  message(text: string): Locator {
    // The message is found by its own text, and not by a text that it quotes.
    return this.page.getByTestId("message").filter({ has: this.page.locator(".message-text", { hasText: text }) });
  }

  async markOf(text: string): Promise<string | null> {
    return await this.message(text).getAttribute("data-mark");
  }

  async texts(): Promise<string[]> {
    return await this.page.locator("[data-testid=message] .message-text").allTextContents();
  }

  /** Chooses from the menu of a message, once the message is sent. */
  async choose(text: string, action: string): Promise<void> {
    const message = this.message(text).and(this.page.locator(':not([data-mark="sending"])'));
    await message.hover();
    await message.getByRole("button", { name: "Message actions" }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** Resolves once the history has neither scrolled nor changed its height for a while. */
  async standsStill(): Promise<void> {
    await this.page.getByRole("log").evaluate(async (log) => {
      const stillMs = 150;
      let [last, since] = ["", 0];
      while (performance.now() - since < stillMs) {
        const present = `${log.scrollTop} ${log.scrollHeight} ${log.clientHeight}`;
        if (present !== last) [last, since] = [present, performance.now()];
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

/** The offer of notifications stands above the page, and would come in the middle of tests of other things. Runs in the page before the app, at each load. */
function putOffNotifications(): void {
  const key = "parley.notifications-later";
  try {
    if (sessionStorage.getItem("test.offered") === null) localStorage.setItem(key, '{"until":9e15,"times":1}');
  } catch {
    // Some tests have a browser that keeps nothing.
  }
}

/** Stores a session as the app does. Runs in the page before the app, at each load; only the first one finds no database. */
function storeSession(session: Session): void {
  const opening = indexedDB.open("parley", 1);
  opening.addEventListener("upgradeneeded", () => {
    const entries = opening.result.createObjectStore("entries");
    entries.put({ ...session, addedAt: Date.now() }, `p1/session/${session.user.id}`);
  });
  opening.addEventListener("success", () => opening.result.close());
}
