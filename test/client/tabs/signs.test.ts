import { describe, expect, it } from "vitest";
import { BrowserOfTabs, password } from "../../rig/client/tabs/browser-of-tabs.ts";
import { settled } from "../../rig/wound-clock.ts";

describe("signing in and out in one tab", () => {
  it("[C15] shows a new account in the others", async () => {
    const browser = new BrowserOfTabs();
    const [one, two] = [await browser.open(), await browser.open()];
    await one.signIn();
    await browser.rest();
    expect(two.parley.accounts.getSnapshot().map(({ userId }) => userId)).toEqual(["ana"]);
    expect(two.account().deviceId).toBe(one.account().deviceId);
    expect(two.status()).toBe("online");
  });

  it("[C15] the same account in both at once is one account in each", async () => {
    const browser = new BrowserOfTabs();
    const [one, two] = [await browser.open(), await browser.open()];
    await Promise.all([one.signIn(), two.signIn()]);
    await browser.rest();
    for (const tab of [one, two]) expect(tab.parley.accounts.getSnapshot()).toHaveLength(1);
    expect(two.account().deviceId).toBe(one.account().deviceId);
  });

  it("[C15] takes it away from the others, also when it had just come", async () => {
    const browser = new BrowserOfTabs();
    const [one, two] = [await browser.open(), await browser.open()];
    await one.signIn();
    const out = one.account().signOut();
    await browser.rest(5_000);
    await out;
    expect(two.parley.accounts.getSnapshot()).toEqual([]);
    expect((await browser.storage.list({ from: "p1/of/", to: "p1/og" })).length).toBe(0);
  });

  it("[C15] and again at once: a tab that learns late of the sign-out deletes nothing of the new sign-in", async () => {
    const browser = new BrowserOfTabs();
    const [one, two, three] = [await browser.open(), await browser.open(), await browser.open()];
    await one.signIn();
    await browser.rest();
    const before = one.account().deviceId;
    three.tab.freeze();
    const out = one.account().signOut();
    await browser.rest(5_000);
    await out;
    await two.signIn();
    await browser.rest();
    three.tab.thaw();
    await browser.rest(5_000);
    for (const tab of [one, two, three]) expect(tab.account().deviceId).not.toBe(before);
    const four = await browser.open();
    expect(four.account().deviceId).toBe(two.account().deviceId);
  });

  it("[C15] again, after the session ended, goes on in the others without their doing", async () => {
    const browser = new BrowserOfTabs();
    const one = await browser.open();
    await one.signIn();
    const two = await browser.open();
    await browser.rest();
    browser.server.state.isRevoked = true;
    for (const socket of browser.server.linked("sync")) socket.end(4401);
    await browser.rest(30_000);
    expect([one.status(), two.status()]).toEqual(["reauth", "reauth"]);
    browser.server.state.isRevoked = false;
    await one.account().reauthenticate(password);
    await settled();
    await browser.rest(1_000);
    expect([one.status(), two.status()]).toEqual(["online", "online"]);
    expect(two.account().deviceId).toBe(one.account().deviceId);
  });

  it("[C15] without channels it is seen by the next run", async () => {
    const browser = new BrowserOfTabs();
    const [one, two] = [await browser.open({ channels: true }), await browser.open({ channels: true })];
    await one.signIn();
    await browser.rest();
    expect(two.parley.accounts.getSnapshot()).toEqual([]);
    const three = await browser.open({ channels: true });
    expect(three.account().userId).toBe("ana");
  });
});
