/** What is written in one tab and handed to the SDK, or left by a page that ended before that, while other tabs open and end. */
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Storage } from "../../../client/index.ts";
import { browserStore } from "../../../web/browser/browser-store.ts";
import { sendingPrefix, sendLeftOver, sendMessage } from "../../../web/conversation/sending.ts";
import { BrowserOfTabs, type Tab } from "../../rig/client/tabs/browser-of-tabs.ts";
import type { FakeTab } from "../../rig/client/tabs/fake-ground.ts";

/** Lets so many turns of the event loop pass. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until everything that is under way has happened, slow writes too. */
async function rest(browser: BrowserOfTabs): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await turns(150);
    await browser.rest(10_000);
  }
}

/** Writes take a while, and what a tab has not written when it ends is lost. */
function browserWithSlowStorage(turnsPerWrite: number): BrowserOfTabs {
  const browser = new BrowserOfTabs();
  browser.storageOf = (tab: FakeTab): Storage => ({
    ...browser.storage,
    write: async (write) => {
      await turns(turnsPerWrite);
      if (tab.isDead) await new Promise(() => undefined);
      await browser.storage.write(write);
    },
  });
  return browser;
}

const write = (tab: Tab, text: string): void =>
  sendMessage(tab.account(), tab.conversation(), {
    ...{ tabs: tab.parley.tabs, text, replyTo: null, mentions: [], mentionHandles: ["chloe"] },
    onUnsendable: (error) => {
      throw error;
    },
  });

/** As a page begins. */
async function opened(browser: BrowserOfTabs): Promise<Tab> {
  const tab = await browser.open();
  void sendLeftOver(tab.account(), tab.parley.tabs);
  return tab;
}

const left = () => browserStore.keys(sendingPrefix("ana")).length;
const textsOf = (browser: BrowserOfTabs) => [...browser.server.model.messages.values()].map(({ text }) => text);

beforeEach(() => {
  // The browser lists its keys in no order.
  const keys = browserStore.keys.bind(browserStore);
  const listed = vi.spyOn(browserStore, "keys").mockImplementation((prefix) => keys(prefix).toReversed());
  return () => listed.mockRestore();
});

describe("a text that is being handed to the SDK", () => {
  it("[W49] is shown at once, and is left alone by a tab that opens meanwhile", async () => {
    const browser = browserWithSlowStorage(100);
    const [one] = await browser.signedIn(1);
    if (one === undefined) throw new Error("no tab");
    await one.conversation().load();
    write(one, "hello @chloe");
    const { entries } = one.conversation().timeline.getSnapshot();
    expect(entries.at(-1)).toMatchObject({ kind: "pending", pending: { text: "hello @chloe" } });
    expect(left()).toBe(1);
    const two = await browser.open();
    await sendLeftOver(two.account(), two.parley.tabs);
    expect(
      two
        .conversation()
        .timeline.getSnapshot()
        .entries.some(({ kind }) => kind === "pending"),
    ).toBe(false);
    await rest(browser);
    expect(left()).toBe(0);
    expect(textsOf(browser).filter((text) => text === "hello @chloe")).toHaveLength(1);
  });

  it("[W49] is sent once and in order by the tabs that are open, or by the next ones, when its page has ended", async () => {
    for (const isOtherOpen of [true, false]) {
      const browser = browserWithSlowStorage(100);
      const [one] = await browser.signedIn(1);
      if (one === undefined) throw new Error("no tab");
      const others = isOtherOpen ? [await opened(browser), await opened(browser)] : [];
      const written = Array.from({ length: 6 }, (_, n) => `left ${n}`);
      for (const text of written) write(one, text);
      for (const other of others) void sendLeftOver(other.account(), other.parley.tabs);
      one.tab.kill();
      if (!isOtherOpen) await Promise.all([opened(browser), opened(browser)]);
      await rest(browser);
      expect(left()).toBe(0);
      expect(textsOf(browser).filter((text) => text.startsWith("left"))).toEqual(written);
    }
  });
});

describe("whatever happens to the tabs in which somebody writes to people whom they do not know", () => {
  const at = fc.nat({ max: 5 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), at }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("kill" as const, "open" as const), at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("down" as const, "up" as const), at }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("turns" as const), at: fc.nat({ max: 12 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), at: fc.constantFrom(0, 50, 2_000) }) },
  );

  /** A tab dies while it is about to wait for the end of another one. */
  const diedBeforeItsLock = (["kill", "write", "open", "kill", "open", "kill", "down", "kill", "write"] as const).map(
    (what, index) => ({ do: what, at: index === 3 ? 3 : 0 }),
  );

  /** Two tabs see the end of a third at the same time. */
  const watchedByTwo = (["open", "write", "down", "open", "wait", "kill", "write", "write", "kill"] as const).map(
    (what, index) => ({ do: what, at: what === "kill" ? 1 : index === 1 ? 5 : 0 }),
  );

  it("[C27][W49] each text is stored once, and none is refused as another one", { timeout: 60_000 }, async () => {
    const run = async (steps: readonly { do: string; at: number }[]) => {
      const browser = browserWithSlowStorage(6);
      let questions = 0;
      // Whoever asks twice gets two answers: people join and leave.
      browser.server.membersNamed = () => [`chloe-${++questions}`];
      let tabs = await browser.signedIn(2);
      await browser.rest(100);
      const written: string[] = [];
      for (const { do: what, at: index } of steps) {
        const tab = tabs[index % tabs.length];
        if (tab === undefined) continue;
        if (what === "write") {
          const text = `mine ${written.length}`;
          written.push(text);
          write(tab, text);
        } else if (what === "kill" && tabs.length > 1) {
          tab.tab.kill();
          tabs = tabs.filter((each) => each !== tab);
        } else if (what === "open" && tabs.length < 5) tabs.push(await opened(browser));
        else if (what === "down") browser.server.state.isDown = true;
        else if (what === "up") browser.server.state.isDown = false;
        else if (what === "turns") await turns(index);
        else if (what === "wait") await browser.rest(index);
      }
      browser.server.state.isDown = false;
      tabs.push(await opened(browser));
      await browser.rest(120_000);
      expect(
        textsOf(browser)
          .filter((text) => written.includes(text))
          .toSorted(),
      ).toEqual(written.toSorted());
      expect(left()).toBe(0);
      for (const tab of tabs) expect(tab.account().unsent.getSnapshot()).toBe(0);
      for (const message of browser.server.model.messages.values())
        if (written.includes(message.text)) expect(message.mentions).toHaveLength(1);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), run), {
      numRuns: 60,
      examples: [[diedBeforeItsLock], [watchedByTwo]],
    });
  });
});
