/** A person with a browser, who finds others, reads and writes. */
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Session } from "../../../schema/http/account/accounts.ts";
import type { User } from "../../../schema/wire/user.ts";
import { ask, HttpPerson } from "../server/http.ts";

export const password = "correct horse battery";
/** Less than the time of a test, so that the error says what was waited for. */
const answerMs = 30_000;

/** The page has the app's service worker: for notifications, and to be there without network. */
export const withWorker = { serviceWorkers: "allow" } as const;

export interface Fault {
  readonly kind: "error" | "policy" | "dialog";
  readonly text: string;
}

export class WebPerson {
  readonly handle: string;
  readonly name: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** The person's account without the page, on the same device. */
  readonly program: HttpPerson;
  /** Uncaught errors, violations of the security policy, and alerts of scripts. None of them may ever happen. */
  readonly faults: Fault[] = [];

  private constructor(name: string, context: BrowserContext, page: Page, program: HttpPerson) {
    this.handle = program.handle;
    this.name = name;
    this.context = context;
    this.page = page;
    this.program = program;
  }

  /** A new account, which this browser is signed in to. Signing up by hand is what the tests of the entrance do. */
  static async arrive(
    browser: Browser,
    url: string,
    handle: string,
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<WebPerson> {
    const device = { name: "Chrome on Linux", platform: "web" };
    const [context, answer] = await Promise.all([
      newContext(browser, options),
      ask<Session>(url, "POST", "/v1/accounts", { body: { handle, name, password, device } }),
    ]);
    if (answer.status !== 201) throw new Error(`${handle} cannot sign up: ${answer.text}`);
    return await WebPerson.#begin(context, name, new HttpPerson(url, password, answer.body));
  }

  /** Somebody who has an account, in a new browser that is signed in to it. `prepare` is called before the page is loaded. */
  static async open(
    browser: Browser,
    program: HttpPerson,
    options: BrowserContextOptions,
    prepare: (page: Page) => Promise<void>,
  ): Promise<WebPerson> {
    return await WebPerson.#begin(await newContext(browser, options), program.session.user.name, program, prepare);
  }

  static async #begin(
    context: BrowserContext,
    name: string,
    program: HttpPerson,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<WebPerson> {
    const page = await context.newPage();
    const person = new WebPerson(name, context, page, program);
    await person.#watch();
    await page.addInitScript(storeSession, program.session);
    await page.addInitScript(putOffNotifications);
    await prepare?.(page);
    await page.goto(program.base);
    await page.locator(".sidebar-head h1").waitFor();
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

  async signIn(handle = this.handle, secret = password): Promise<void> {
    await this.page.getByLabel("Handle").fill(handle);
    await this.page.getByLabel("Password", { exact: true }).fill(secret);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await this.page.getByRole("heading", { name: "Chats" }).waitFor();
  }

  /** Opens the direct chat with somebody. The way there through the search is what tests of the search and of the keyboard try. */
  async startChat(handle: string): Promise<void> {
    const { id } = await this.program.must<User>(200, "GET", `/v1/users?handle=${handle}`);
    // 200: there is one already.
    const { status, body, text } = await this.program.ask<{ id: string }>("PUT", `/v1/dms/${id}`);
    if (status !== 201 && status !== 200) throw new Error(`the chat was not opened: ${status} ${text}`);
    await this.#show(body.id);
  }

  /** A new group, whose chat is opened. Making one by hand is what tests of groups and of the keyboard try. */
  async foundGroup(title: string, handles: readonly string[]): Promise<void> {
    const members = await Promise.all(
      handles.map((handle) => this.program.must<User>(200, "GET", `/v1/users?handle=${handle}`)),
    );
    const draft = { title, memberIds: members.map(({ id }) => id) };
    await this.#show((await this.program.must<{ id: string }>(201, "POST", "/v1/conversations", draft)).id);
  }

  /** By its address: the page shows the chat as soon as it has it. */
  async #show(conversationId: string): Promise<void> {
    await this.page.evaluate((hash) => {
      document.querySelector("main.pane")?.setAttribute("data-before", "");
      location.hash = hash;
    }, `#/u/${this.program.id}/c/${conversationId}`);
    await this.page
      .locator("main.pane:not([data-before])")
      .getByRole("textbox", { name: "Message", exact: true })
      .waitFor();
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

  /** Resolves once the list shows that so many messages of a chat are unread: all that were sent have come. */
  async hasUnread(title: string, count: number): Promise<void> {
    await this.row(title)
      .and(this.page.locator(`[data-unread="${count}"]`))
      .waitFor();
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

  /** Resolves once the history is rendered where it is scrolled to, and has neither scrolled nor changed its height for a while. */
  async standsStill(): Promise<void> {
    await this.page.getByRole("log").evaluate(async (log) => {
      const stillMs = 150;
      // A frame of a busy machine may take longer than that.
      const stillFrames = 5;
      const rendered = () => {
        const view = log.getBoundingClientRect();
        const rows = [...log.querySelectorAll(".timeline-row")].map((row) => row.getBoundingClientRect());
        const isAbove = log.scrollTop < 60 || rows.some(({ top }) => top <= view.top);
        const isBelow =
          log.scrollHeight - log.scrollTop - view.height < 60 || rows.some(({ bottom }) => bottom >= view.bottom);
        return rows.length > 0 && isAbove && isBelow;
      };
      let [last, since, frames] = ["", 0, 0];
      while (frames < stillFrames || performance.now() - since < stillMs) {
        const present = `${log.scrollTop} ${log.scrollHeight} ${log.clientHeight}`;
        if (present === last && rendered()) frames++;
        else [last, since, frames] = [present, performance.now(), 0];
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

/** The service worker fetches and stores all of the app in each new profile, which nearly doubles what a page costs: only tests of what it does have it. */
async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block", ...options });
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
