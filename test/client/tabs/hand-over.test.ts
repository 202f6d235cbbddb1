import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keys } from "../../../client/storage/keys.ts";
import { modelConversation } from "../../rig/client/conversation/conversation-model.ts";
import { BrowserOfTabs, type Tab } from "../../rig/client/tabs/browser-of-tabs.ts";

/** Tabs of an account that all show the conversation; the first leads. */
async function tabsOnScreen(count: number) {
  const browser = new BrowserOfTabs();
  const all = await browser.signedIn(count);
  for (const tab of all) {
    tab.conversation().open();
    await browser.rest(500);
  }
  for (const tab of all) tab.watchStatus();
  const [one, two, three = two] = all;
  if (one === undefined || two === undefined || three === undefined) throw new Error("too few tabs");
  return { browser, all, one, two, three };
}

/** Whether all of them hold what the server has, in its order. */
function expectSame(browser: BrowserOfTabs, tabs: readonly Tab[]): void {
  const texts = [...browser.server.model.messages.values()].map(({ text }) => text);
  for (const tab of tabs) expect(tab.texts()).toEqual(texts);
}

const ends: Record<string, (tab: Tab) => void> = {
  closes: (tab) => tab.parley.close(),
  crashes: (tab) => tab.tab.kill(),
  "is frozen": (tab) => tab.freeze(),
};

describe("when the tab that leads", () => {
  it.each(Object.keys(ends))(
    "[C19] %s, another leads within a second, and nothing is lost, doubled or shown otherwise",
    async (how) => {
      const { browser, one, two, three } = await tabsOnScreen(3);
      ends[how]?.(one);
      // While nobody is linked.
      browser.server.arrives("in between");
      await browser.rest(1_000);
      browser.server.arrives("afterwards");
      const sent = three.conversation().send("from the third");
      await browser.rest(1_000);
      await sent;
      expect(browser.server.linked("sync").filter(({ tab }) => tab !== one.tab)).toHaveLength(1);
      expect(browser.server.linked("live").filter(({ tab }) => tab !== one.tab)).toHaveLength(1);
      expectSame(browser, [two, three]);
      for (const tab of [two, three]) {
        expect(tab.statuses.filter((status) => status !== "online")).toEqual([]);
        expect(tab.status()).toBe("online");
        expect(tab.conversation().live.getSnapshot()).toBe("live");
        expect(tab.conversation().timeline.getSnapshot().isStale).toBe(false);
      }
      expect(browser.server.linked("sync").filter(({ tab }) => tab === one.tab)).toHaveLength(0);
    },
  );

  it("[C19] is frozen and woken, it follows the one that leads since", async () => {
    const { browser, all, one, two } = await tabsOnScreen(3);
    one.freeze();
    await browser.rest(2_000);
    browser.server.arrives("asleep");
    await browser.rest(60_000);
    one.thaw();
    await browser.rest(2_000);
    expectSame(browser, all);
    expect(all.map((tab) => tab.status())).toEqual(["online", "online", "online"]);
    expect(browser.server.linked("sync").map(({ tab }) => tab)).toEqual([two.tab]);
    expect(browser.ground.leaders()).toEqual([two.tab]);
  });

  it("[C19] falls silent without a word, one that is in view takes the lead by what it does next", async () => {
    const { browser, all, one, two, three } = await tabsOnScreen(3);
    two.hide();
    one.tab.freeze();
    const sent = three.conversation().send("to a frozen tab");
    await browser.rest(2_000);
    await sent;
    expect(browser.server.linked("sync").map(({ tab }) => tab)).toContain(three.tab);
    expect(browser.server.model.seq).toBe(4);
    browser.server.arrives("afterwards");
    await browser.rest(2_000);
    expectSame(browser, [two, three]);
    expect(browser.ground.leaders()).toEqual([three.tab]);
    // Two lead for a moment: the first has not been told yet.
    one.tab.thaw();
    await browser.rest(2_000);
    expectSame(browser, all);
    expect(browser.ground.leaders()).toEqual([three.tab]);
    expect(browser.server.linked("sync").map(({ tab }) => tab)).toEqual([three.tab]);
  });

  it("[C19] falls silent while nobody does anything: a tab in view notices it by its pings", async () => {
    const { browser, one, two } = await tabsOnScreen(2);
    one.tab.freeze();
    await browser.rest(8_000);
    browser.server.arrives("afterwards");
    await browser.rest(1_000);
    expectSame(browser, [two]);
    expect(two.statuses.filter((status) => status !== "online")).toEqual([]);
  });

  it("[C19] is out of view for minutes, the one in view leads", async () => {
    const { browser, all, one, two } = await tabsOnScreen(2);
    one.hide();
    await browser.rest(200_000);
    expect(browser.ground.leaders()).toEqual([one.tab]);
    await browser.rest(60_000);
    expect(browser.ground.leaders()).toEqual([two.tab]);
    expect(browser.server.linked("sync").map(({ tab }) => tab)).toEqual([two.tab]);
    expect(browser.server.opened("sync")).toBe(2);
    for (const tab of all) expect(tab.statuses.filter((status) => status !== "online")).toEqual([]);
    // And keeps it, though the first is looked at again.
    one.show();
    two.hide();
    await browser.rest(30_000);
    expect(browser.server.opened("sync")).toBe(2);
  });

  it("[C19] ends between storing a message and sending it, the next one sends it, once", async () => {
    const { browser, one, two } = await tabsOnScreen(2);
    browser.server.state.isSilent = true;
    void one.conversation().send("never answered");
    await browser.rest(100);
    one.tab.kill();
    browser.server.state.isSilent = false;
    await browser.rest(2_000);
    expectSame(browser, [two]);
    expect(two.texts().filter((text) => text === "never answered")).toHaveLength(1);
  });

  it("[C19] lives, and another ends with something unsent, it is sent at once", async () => {
    const { browser, one, two } = await tabsOnScreen(2);
    browser.server.state.isDown = true;
    void two.conversation().send("left behind");
    void two
      .account()
      .inbox.patch("c1", { draft: "left behind" })
      .catch(() => undefined);
    await browser.rest(100);
    two.tab.kill();
    browser.server.state.isDown = false;
    await browser.rest(2_000);
    expect(one.texts().filter((text) => text === "left behind")).toHaveLength(1);
  });

  it("[C19] signs out, all are signed out, and one that signs in again leads", async () => {
    const { browser, all, one, two } = await tabsOnScreen(3);
    const out = one.account().signOut();
    await browser.rest(5_000);
    await out;
    for (const tab of all) expect(tab.parley.accounts.getSnapshot()).toEqual([]);
    await two.signIn();
    await browser.rest(2_000);
    expect(all.map((tab) => tab.status())).toEqual(["online", "online", "online"]);
    expect(browser.server.linked("sync")).toHaveLength(1);
  });
});

describe("tabs that do not understand each other", () => {
  it("[C21] of another version of the app, each have a socket of their own", async () => {
    const { browser, all, one } = await tabsOnScreen(2);
    const stranger = await browser.open({ speaks: "another version" });
    await browser.rest(2_000);
    expect(stranger.status()).toBe("online");
    expect(browser.server.linked("sync").map(({ tab }) => tab)).toEqual([one.tab, stranger.tab]);
    browser.server.arrives("to all");
    await browser.rest(2_000);
    for (const tab of [...all, stranger]) expect(tab.unread()).toBe(one.unread());
  });
});

describe("an SDK that is closed while its page goes on", () => {
  it("[C19] leaves what it has not sent to another tab, or to the next SDK in its page", async () => {
    for (const isOtherOpen of [true, false]) {
      const browser = new BrowserOfTabs();
      const [one, two] = await browser.signedIn(isOtherOpen ? 2 : 1);
      const closed = two ?? one;
      if (closed === undefined) throw new Error("no tab");
      browser.server.state.isDown = true;
      closed
        .conversation()
        .send("left")
        .catch(() => undefined);
      await browser.rest(1_000);
      closed.parley.close();
      browser.server.state.isDown = false;
      if (!isOtherOpen) await browser.open();
      await browser.rest(40_000);
      expect([...browser.server.model.messages.values()].at(-1)?.text).toBe("left");
    }
  });
});

describe("what a tab left that came and went before the tab that leads learned of it", () => {
  it("[C19] is sent when the next tab opens", async () => {
    const browser = new BrowserOfTabs();
    await browser.signedIn(1);
    // As that tab would have stored it.
    const left = { conversationId: modelConversation, clientId: "k", text: "left", replyTo: null, mentions: [] };
    const entry = { ...left, createdAt: 1, failure: null, owner: "a tab that is gone" };
    await browser.storage.write({ puts: [[keys.outboxEntry("ana", 1, "k"), entry]] });
    await browser.rest(90_000);
    expect(browser.server.model.messages.size).toBe(3);
    await browser.open();
    await browser.rest(1_000);
    expect([...browser.server.model.messages.values()].at(-1)?.text).toBe("left");
  });
});

describe("whatever happens to the tabs", () => {
  const at = fc.nat({ max: 5 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("send" as const, "arrives" as const), at }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom("freeze" as const, "fallSilent" as const, "thaw" as const), at }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom("kill" as const, "open" as const, "hide" as const, "show" as const),
        at,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("drop" as const, "down" as const, "up" as const), at }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("wait" as const), at: fc.constantFrom(0, 10, 300, 1_100, 6_000) }),
    },
  );

  /** What a tab took in while another wrote must be stored when it writes itself. */
  const storedByTheHeir = [
    { do: "freeze" as const, at: 0 },
    { do: "fallSilent" as const, at: 4 },
    { do: "send" as const, at: 5 },
    { do: "wait" as const, at: 6_000 },
  ];

  /** The page is frozen while its socket waits for an access token. */
  const frozenInOpening = (
    ["kill", "fallSilent", "wait", "thaw", "send", "freeze", "show", "freeze", "send"] as const
  ).map((step) => ({ do: step, at: 0 }));

  it(
    "[C19] all that was written is stored once, in the order of each tab, and every tab that lives shows it",
    { timeout: 60_000 },
    async () => {
      const run = async (steps: readonly { do: string; at: number }[]) => {
        const browser = new BrowserOfTabs();
        let tabs = await browser.signedIn(3);
        for (const tab of tabs) tab.conversation().open();
        await browser.rest(500);
        const written: string[] = [];
        for (const { do: what, at: index } of steps) {
          const tab = tabs[index % tabs.length];
          if (tab === undefined) continue;
          const name = tab.tab.name;
          if (what === "send" && tab.tab.isRunning) {
            const text = `${name}: ${written.length}`;
            written.push(text);
            void tab.conversation().send(text, { onKept: () => undefined });
          } else if (what === "arrives") browser.server.arrives(`arrived ${index}`);
          else if (what === "freeze" && tab.tab.isRunning) tab.freeze();
          else if (what === "fallSilent") tab.tab.freeze();
          else if (what === "thaw" && !tab.tab.isRunning) tab.thaw();
          else if (what === "kill" && tabs.length > 1) {
            // What it has written is in storage.
            await browser.rest(0);
            tab.tab.kill();
            tabs = tabs.filter((each) => each !== tab);
          } else if (what === "open" && tabs.length < 7) {
            const opened = await browser.open();
            if (opened.parley.accounts.getSnapshot().length > 0) opened.conversation().open();
            tabs.push(opened);
          } else if (what === "hide") tab.hide();
          else if (what === "show") tab.show();
          else if (what === "drop") for (const socket of browser.server.linked("sync")) socket.end(1006);
          else if (what === "down") browser.server.state.isDown = true;
          else if (what === "up") browser.server.state.isDown = false;
          else if (what === "wait") await browser.rest(index);
        }
        browser.server.state.isDown = false;
        for (const tab of tabs) {
          if (!tab.tab.isRunning) tab.thaw();
          tab.show();
        }
        await browser.rest(70_000);
        expect(tabs.map((tab) => tab.status())).toEqual(tabs.map(() => "online"));
        const texts = [...browser.server.model.messages.values()].map(({ text }) => text);
        for (const tab of tabs) expect(tab.texts()).toEqual(texts);
        expect(texts.filter((text) => text.includes(": ")).toSorted()).toEqual(written.toSorted());
        const writers = new Set(written.map((text) => text.split(":")[0]));
        for (const name of writers) {
          const mine = (text: string) => text.startsWith(`${name}:`);
          expect(texts.filter(mine)).toEqual(written.filter(mine));
        }
        expect(browser.server.linked("sync")).toHaveLength(1);
        expect(browser.server.linked("live").length).toBeLessThanOrEqual(1);
        expect(new Set(tabs.map((tab) => tab.unread())).size).toBe(1);
        // And so does a tab that is opened without a network.
        await browser.rest(1_000);
        for (const tab of tabs) tab.tab.kill();
        browser.server.state.isDown = true;
        const later = await browser.open();
        await later
          .conversation()
          .load()
          .catch(() => undefined);
        await browser.rest(100);
        const held = later.texts();
        expect(texts.slice(-held.length)).toEqual(held);
        expect(held.length).toBeGreaterThan(0);
      };
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), run), {
        numRuns: 50,
        examples: [[storedByTheHeir], [frozenInOpening]],
      });
    },
  );
});
