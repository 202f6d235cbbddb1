import { describe, expect, it } from "vitest";
import { BrowserOfTabs, type Tab } from "../../rig/client/tabs/browser-of-tabs.ts";

async function tabs<const N extends number>(
  count: N,
): Promise<{ browser: BrowserOfTabs; all: Tab[]; one: Tab; two: Tab; three: Tab }> {
  const browser = new BrowserOfTabs();
  const all = await browser.signedIn(count);
  const [one, two, three = two] = all;
  if (one === undefined || two === undefined || three === undefined) throw new Error("too few tabs");
  return { browser, all, one, two, three };
}

describe("the tabs of a browser", () => {
  it("[C18] have one sync socket, and each receives all that comes on it", async () => {
    const { browser, all } = await tabs(7);
    expect(browser.server.opened("sync")).toBe(1);
    expect(all.map((tab) => tab.status())).toEqual(all.map(() => "online"));
    for (const tab of all) await tab.conversation().load();
    const asked = browser.server.http.asked.length;
    browser.server.arrives("to all of them");
    await browser.rest(2_000);
    for (const tab of all) {
      expect(tab.texts().at(-1)).toBe("to all of them");
      expect(tab.unread()).toBe(all[0]?.unread());
    }
    expect(browser.server.http.asked.length).toBe(asked);
  });

  it("[C18] show what was sent in one of them, once, by the socket of the one that leads", async () => {
    const { browser, all, three } = await tabs(3);
    for (const tab of all) await tab.conversation().load();
    const sent = three.conversation().send("from the third");
    await browser.rest(1_000);
    expect((await sent).duplicate).toBe(false);
    for (const tab of all) expect(tab.texts().filter((text) => text === "from the third")).toHaveLength(1);
    expect(browser.server.said("send")).toHaveLength(1);
    expect(browser.server.asked("POST", "/messages")).toBe(0);
    expect(three.account().unsent.getSnapshot()).toBe(0);
  });

  it("[C18] have one live socket for a conversation that several of them show, and the others' typing and receipts are in each", async () => {
    const { browser, all, two, three } = await tabs(3);
    const close = two.conversation().open();
    await browser.rest(500);
    const closeToo = three.conversation().open();
    await browser.rest(500);
    expect(browser.server.opened("live")).toBe(1);
    for (const tab of [two, three]) expect(tab.conversation().live.getSnapshot()).toBe("live");
    browser.server.typing("bo");
    browser.server.receipt("bo", 3);
    await browser.rest(100);
    for (const tab of [two, three]) {
      expect(tab.conversation().typingUsers.getSnapshot()).toEqual(["bo"]);
      expect(tab.conversation().receipts.getSnapshot().byUser.get("bo")?.read).toBe(3);
    }
    browser.server.arrives("live");
    await browser.rest(1_000);
    for (const tab of all) expect(tab.texts().filter((text) => text === "live")).toHaveLength(1);
    close();
    await browser.rest(5_000);
    expect(browser.server.linked("live")).toHaveLength(1);
    closeToo();
    await browser.rest(5_000);
    expect(browser.server.linked("live")).toHaveLength(0);
  });

  it("[C18] say what is read and typed by the socket of the one that leads, and unread is the same in each", async () => {
    const { browser, all, two } = await tabs(3);
    two.conversation().open();
    await browser.rest(500);
    const message = browser.server.arrives("unread");
    await browser.rest(500);
    for (const tab of all) expect(tab.unread()).toBe(all[0]?.unread());
    two.conversation().markRead(message.seq);
    two.conversation().notifyTyping();
    await browser.rest(1_000);
    for (const tab of all) expect(tab.unread()).toBe(0);
    expect(browser.server.said("receipt").filter((frame) => frame["read"] === message.seq)).toHaveLength(1);
    expect(browser.server.said("typing")).toHaveLength(1);
    expect(browser.server.asked("POST", "/receipts") + browser.server.asked("POST", "/typing")).toBe(0);
  });

  it("[C18] are in front while one of them is, and watch whom any of them watches", async () => {
    const { browser, one, two, three } = await tabs(3);
    const attended = () => browser.server.said("attend").at(-1)?.["on"];
    two.account().setForeground(true);
    await browser.rest(100);
    expect(attended()).toBe(true);
    one.account().setForeground(true);
    two.account().setForeground(false);
    await browser.rest(100);
    expect(attended()).toBe(true);
    one.account().setForeground(false);
    await browser.rest(100);
    expect(attended()).toBe(false);

    one.account().presence.watch(["bo"]);
    const watch = three.account().presence.watch(["cy"]);
    await browser.rest(3_000);
    expect(browser.server.said("watch").at(-1)?.["userIds"]).toEqual(expect.arrayContaining(["bo", "cy"]));
    expect(three.account().presence.of("cy").getSnapshot().status).toBe("online");
    browser.server.presence("cy", "offline");
    await browser.rest(100);
    expect(three.account().presence.of("cy").getSnapshot().status).toBe("offline");
    watch.end();
    await browser.rest(30_000);
    expect(browser.server.said("watch").at(-1)?.["userIds"]).toEqual(["bo"]);
  });

  it("[C18] post nothing where there is but one", async () => {
    const browser = new BrowserOfTabs();
    await browser.signedIn(1);
    const posts = browser.ground.posts;
    browser.server.arrives("alone");
    await browser.rest(20_000);
    // What it told of signing in.
    expect(posts).toBe(1);
    expect(browser.ground.posts).toBe(1);
  });

  it("[C18] keep the socket alive while one is in view, though the one that leads is not and its timers sleep", async () => {
    const { browser, one } = await tabs(2);
    const [socket] = browser.server.linked("sync");
    one.tab.stopTimers();
    const pings = socket?.pings ?? 0;
    await browser.rest(30_000);
    expect((socket?.pings ?? 0) - pings).toBeGreaterThanOrEqual(5);
    expect(browser.server.opened("sync")).toBe(1);
  });

  it("[C18] show the state of the leader's link, and come back with it", async () => {
    const { browser, all } = await tabs(3);
    browser.server.state.isDown = true;
    for (const socket of browser.server.linked("sync")) socket.end(1006);
    await browser.rest(20_000);
    expect(all.map((tab) => tab.status())).toEqual(["offline", "offline", "offline"]);
    browser.server.arrives("missed");
    browser.server.state.isDown = false;
    await browser.rest(31_000);
    expect(all.map((tab) => tab.status())).toEqual(["online", "online", "online"]);
    expect(all.map((tab) => tab.unread())).toEqual(all.map(() => all[0]?.unread()));
    expect(browser.server.linked("sync")).toHaveLength(1);
  });

  it("[C18] poll each for itself where sockets are blocked, and share one again when they are not", async () => {
    const { browser, all } = await tabs(2);
    browser.server.state.areSocketsBlocked = true;
    for (const socket of browser.server.linked("sync")) socket.end(1006);
    await browser.rest(20_000);
    expect(all.map((tab) => tab.status())).toEqual(["polling", "polling"]);
    browser.server.state.areSocketsBlocked = false;
    await browser.rest(120_000);
    expect(all.map((tab) => tab.status())).toEqual(["online", "online"]);
    expect(browser.server.linked("sync")).toHaveLength(1);
  });
});

describe("a tab that cannot share", () => {
  it.each([{ locks: true }, { channels: true }])("[C21] without %o has a socket of its own", async (without) => {
    const browser = new BrowserOfTabs();
    const one = await browser.open(without);
    await one.signIn();
    const two = await browser.open(without);
    await browser.rest(1_000);
    expect([one.status(), two.status()]).toEqual(["online", "online"]);
    expect(browser.server.linked("sync")).toHaveLength(2);
    browser.server.arrives("to both");
    await browser.rest(1_000);
    expect(two.unread()).toBe(one.unread());
  });
});
