import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { type WebPerson, withWorker } from "../../rig/browser/web-person.ts";
import { signUp } from "../../rig/server/http.ts";
import { conversationIdOf, leaveApp, PushedBrowser, userIdOf } from "./pushed-browser.ts";

describe.skipIf(lacksChromium())("notifications", () => {
  const rig = browsing(undefined, "whole");

  /** Ana, with a chat with Bo and a group, at the list of her chats. Bo has a page only where it is given. */
  async function pushedAna(page?: WebPerson) {
    const ana = await rig.person("Ana", withWorker);
    const bo = page ?? (await signUp(rig.url, "bo"));
    await ana.startChat(bo.handle);
    await ana.send("hello");
    await ana.message("hello").waitFor();
    const chat = conversationIdOf(ana.page);
    await ana.foundGroup("Hikers", [bo.handle]);
    await expect.poll(() => conversationIdOf(ana.page)).not.toBe(chat);
    const group = conversationIdOf(ana.page);
    const userId = userIdOf(ana.page);
    await ana.page.evaluate(() => (location.hash = "#/"));
    await ana.page.getByText("Choose a chat").waitFor();
    const pushed = await PushedBrowser.of(ana, rig.url);
    return { ana, pushed, userId, chat, group };
  }

  test("[W39] a message has one notification, however often its push comes, and none again once it was dismissed", async () => {
    const { pushed, userId, chat } = await pushedAna();
    const push = { userId, conversationId: chat, seq: 7, title: "Bo", body: "are you there?" };
    await pushed.deliver(push);
    const tag = `${userId}/${chat}/7`;
    await expect.poll(() => pushed.shown()).toMatchObject([{ title: "Bo", body: "are you there?", tag }]);
    await Promise.all([pushed.deliver(push), pushed.deliver(push)]);
    await pushed.deliver({ ...push, seq: 9 });
    await expect.poll(() => pushed.tags()).toEqual([tag, `${userId}/${chat}/9`]);
    await pushed.dismiss(tag);
    await pushed.deliver(push);
    // An earlier one that is late is shown, a repeat not.
    await pushed.deliver({ ...push, seq: 8 });
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${chat}/8`, `${userId}/${chat}/9`]);
  });

  test("[W39] what a push does not say is not shown: neither texts nor names, in the page's language, and nothing of what is no push", async () => {
    const { pushed, userId, chat } = await pushedAna();
    await pushed.deliverText("no push at all");
    await pushed.deliver({ userId, conversationId: chat, seq: 3, title: "Parley", body: "" });
    await expect
      .poll(() => pushed.shown())
      .toMatchObject([{ title: "Parley", body: "New message", actions: ["Reply", "Mark as read"] }]);
    await pushed.deliver({
      type: "summary",
      count: 6,
      userId,
      conversationId: chat,
      seq: 9,
      title: "Hikers",
      body: "6 new",
    });
    await pushed.deliver({
      type: "summary",
      count: 9,
      userId,
      conversationId: chat,
      seq: 12,
      title: "Hikers",
      body: "9 new",
    });
    await expect
      .poll(async () => (await pushed.shown()).map(({ body }) => body).toSorted())
      .toEqual(["9 new", "New message"]);
  });

  test("[W39] nothing is notified that a visible tab shows, for its account; one notification however many tabs are open", async () => {
    const { ana, pushed, userId, chat, group } = await pushedAna();
    const second = await ana.context.newPage();
    await second.goto(`${rig.url}/#/u/${userId}/c/${chat}`);
    await second.getByText("hello").first().waitFor();
    const third = await ana.context.newPage();
    await third.goto(rig.url);
    await third.getByRole("heading", { name: "Chats" }).waitFor();
    await pushed.deliver({ userId, conversationId: chat, seq: 20 });
    await pushed.deliver({ userId, conversationId: group, seq: 21 });
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${group}/21`]);
    await second.close();
    await expect.poll(() => pushed.windows()).toBe(2);
    await pushed.deliver({ userId, conversationId: chat, seq: 20 });
    await pushed.deliver({ userId, conversationId: chat, seq: 22 });
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${chat}/22`, `${userId}/${group}/21`].toSorted());
  });

  test("[W39] what was read on another device is closed by the next push, and by a page that learns of it", async () => {
    const bo = await rig.person("Bo");
    const { ana, pushed, userId, chat, group } = await pushedAna(bo);
    await bo.open("Ana");
    await bo.send("one for the phone");
    await ana.row("Bo").getByText("one for the phone").waitFor();
    await pushed.deliver({ userId, conversationId: chat, seq: 2, body: "one for the phone" });
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${chat}/2`]);
    // No page is open, and another device reads.
    await leaveApp(ana);
    const other = await ana.context.browser()?.newContext();
    const phone = await other?.newPage();
    if (phone === undefined) throw new Error("There is no second browser");
    await phone.goto(rig.url);
    await phone.getByLabel("Handle").fill(ana.handle);
    await phone.getByLabel("Password", { exact: true }).fill("correct horse battery");
    await phone.getByRole("button", { name: "Sign in", exact: true }).click();
    await phone.getByTestId("conversation-row").filter({ hasText: "Bo" }).getByRole("link").click();
    await expect.poll(() => bo.markOf("one for the phone")).toBe("read");
    await pushed.deliver({ userId, conversationId: group, seq: 5 });
    await expect.poll(() => pushed.tagsOfWorker()).toEqual([`${userId}/${group}/5`]);

    await bo.send("another one");
    await expect.poll(() => bo.markOf("another one")).toBe("read");
    await pushed.deliver({ userId, conversationId: chat, seq: 3 });
    await expect.poll(() => pushed.tagsOfWorker()).toEqual([`${userId}/${chat}/3`, `${userId}/${group}/5`]);
    // The worker has just looked, and does not look again so soon. A page does as soon as it is open.
    await ana.page.goto(rig.url);
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${group}/5`]);
    await other?.close();
  });

  test("[W43] [W45] two accounts share the worker; the one that signs out is notified of nothing more", async () => {
    const { ana, pushed, userId, chat } = await pushedAna();
    await ana.page.getByRole("button", { name: /^Account:/ }).click();
    await ana.page.getByRole("menuitem", { name: "Add an account" }).click();
    await ana.signUp(`two.${ana.handle}`, "Ana Two");
    await expect.poll(() => userIdOf(ana.page)).not.toBe(userId);
    const two = userIdOf(ana.page);
    const badges = await pushed.badges();
    await pushed.deliver({ userId, conversationId: chat, seq: 31, badge: 2 });
    await pushed.deliver({ userId: two, conversationId: chat, seq: 31, badge: 3 });
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${chat}/31`, `${two}/${chat}/31`].toSorted());
    await expect.poll(badges).toEqual([2, 5]);
    await ana.page.getByRole("button", { name: /^Account:/ }).click();
    await ana.page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${chat}/31`]);
    await pushed.deliver({ userId: two, conversationId: chat, seq: 32 });
    await pushed.deliver({ userId, conversationId: chat, seq: 32 });
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${chat}/31`, `${userId}/${chat}/32`].toSorted());
  });

  test("[W38] [W40] a click opens the chat of its account: in an open tab, else in a new one", async () => {
    const { ana, pushed, userId, chat, group } = await pushedAna();
    await ana.page.getByRole("button", { name: /^Account:/ }).click();
    await ana.page.getByRole("menuitem", { name: "Add an account" }).click();
    await ana.signUp(`two.${ana.handle}`, "Ana Two");
    await ana.page.getByRole("button", { name: "Account: Ana Two" }).waitFor();
    for (const seq of [41, 42]) await pushed.deliver({ userId, conversationId: chat, seq });
    await pushed.deliver({ userId, conversationId: group, seq: 4 });
    await expect.poll(() => pushed.tags()).toHaveLength(3);
    expect(await pushed.click(`${userId}/${chat}/41`)).toEqual([]);
    await ana.page.getByRole("button", { name: "Account: Ana", exact: true }).waitFor();
    await ana.message("hello").waitFor();
    expect(new URL(ana.page.url()).hash).toBe(`#/u/${userId}/c/${chat}`);
    // The chat's other notifications are closed, those of other chats not.
    await expect.poll(() => pushed.tags()).toEqual([`${userId}/${group}/4`]);
    // The address alone leads there, too, whichever account was on screen last; an old address and a foreign one do as well.
    await ana.page.getByRole("button", { name: "Ana Two", exact: true }).click();
    await ana.page.getByRole("button", { name: "Account: Ana Two" }).waitFor();
    for (const hash of [`#/u/${userId}/c/${chat}`, `#/c/${chat}`, `#/u/somebodyelse/c/${chat}`]) {
      await ana.page.goto(`${rig.url}/?anew${hash}`);
      await ana.page.reload();
      await ana.message("hello").waitFor();
      await expect.poll(() => new URL(ana.page.url()).hash).toBe(`#/u/${userId}/c/${chat}`);
    }
    await leaveApp(ana);
    expect(await pushed.click(`${userId}/${group}/4`)).toEqual([`/#/u/${userId}/c/${group}`]);
  });
});
