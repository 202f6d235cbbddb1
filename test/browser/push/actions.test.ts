import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { type WebPerson, withWorker } from "../../rig/browser/web-person.ts";
import {
  conversationIdOf,
  leaveApp,
  PushedBrowser,
  pushServiceStandIn,
  subscriptionAt,
  userIdOf,
} from "./pushed-browser.ts";

describe.skipIf(lacksChromium())("what is done from a notification", () => {
  const rig = browsing(undefined, "whole");

  async function pushedAna() {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo")]);
    await bo.startChat(ana.handle);
    await bo.send("are you there?");
    await ana.row("Bo").waitFor();
    const pushed = await PushedBrowser.of(ana, rig.url);
    const place = { userId: userIdOf(ana.page), conversationId: conversationIdOf(bo.page), seq: 1 };
    const tag = `${place.userId}/${place.conversationId}/1`;
    await pushed.deliver(place);
    await expect.poll(() => pushed.tags()).toEqual([tag]);
    return { ana, bo, pushed, place, tag };
  }

  /** As after ten minutes in which no tab was open. */
  async function expireToken({ page }: WebPerson): Promise<void> {
    await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open("parley");
        opening.addEventListener("success", () => resolve(opening.result));
      });
      const store = database.transaction("entries", "readwrite").objectStore("entries");
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve) => request.addEventListener("success", () => resolve(request.result)));
      for (const key of await done(store.getAllKeys()))
        if (typeof key === "string" && key.startsWith("p1/session/"))
          await done(store.put({ ...(await done(store.get(key))), accessTokenExpiresAt: 1 }, key));
      database.close();
    });
  }

  test("[W41] a reply is sent once, by a session that the worker refreshes, and the tab beside it goes on", async () => {
    const { ana, bo, pushed, tag } = await pushedAna();
    await expireToken(ana);
    await pushed.click(tag, "reply", "yes, here");
    await bo.message("yes, here").waitFor();
    expect(await pushed.tags()).toEqual([]);
    await ana.open("Bo");
    await ana.message("yes, here").waitFor();
    await ana.send("and from the page");
    await bo.message("and from the page").waitFor();
    expect(await bo.texts()).toEqual(["are you there?", "yes, here", "and from the page"]);
    // What the worker refreshed is what a new page begins with.
    await ana.page.reload();
    await ana.message("and from the page").waitFor();
    await expect.poll(() => ana.banner.count()).toBe(0);
  });

  test("[W41] mark as read is done without a page, and an answer without a text opens the chat", async () => {
    const { ana, bo, pushed, tag, place } = await pushedAna();
    await leaveApp(ana);
    await pushed.click(tag, "read");
    await expect.poll(() => bo.markOf("are you there?")).toBe("read");
    await bo.send("and now?");
    await bo.message("and now?").waitFor();
    await pushed.deliver({ ...place, seq: 2 });
    const opened = await pushed.click(`${place.userId}/${place.conversationId}/2`, "reply");
    expect(opened).toEqual([`/#/u/${place.userId}/c/${place.conversationId}`]);
  });

  test("[W41] without network a reply and a reading are kept, and done once when the browser has a network again", async () => {
    const { ana, bo, pushed, tag, place } = await pushedAna();
    await leaveApp(ana);
    await pushed.setOffline(true);
    await pushed.click(tag, "reply", "from the tunnel");
    await pushed.deliver({ ...place, seq: 2 });
    await pushed.setOffline(false);
    await pushed.wake("sync");
    await bo.message("from the tunnel").waitFor();
    await pushed.wake("sync");
    await ana.page.goto(rig.url);
    await ana.open("Bo");
    await ana.message("from the tunnel").waitFor();
    await ana.send("out again");
    await bo.message("out again").waitFor();
    expect(await bo.texts()).toEqual(["are you there?", "from the tunnel", "out again"]);
  });

  test("[C24] a reaction that is made without network is sent without a page, once; while there is one, it is left to that", async () => {
    const { ana, bo, pushed } = await pushedAna();
    const { page } = ana;
    await ana.open("Bo");
    await ana.message("are you there?").waitFor();
    // The browser's own network is there, so it would send the event at once.
    await page.evaluate(() => {
      const { prototype } = Reflect.get(globalThis, "SyncManager");
      prototype.register = async (tag: string) => sessionStorage.setItem("test.sync", tag);
    });
    await ana.context.setOffline(true);
    await ana.banner.waitFor();
    await ana.message("are you there?").hover();
    await ana.message("are you there?").getByRole("button", { name: "React", exact: true }).click();
    await page.getByRole("dialog", { name: "Reactions" }).getByRole("button", { name: "React 👍" }).click();
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem("test.sync"))).toBe("parley-unsent");
    const reacted = bo.message("are you there?").getByRole("button", { name: /^👍 1: Ana/ });
    await pushed.wake("sync");
    expect(await reacted.count()).toBe(0);
    await page.goto("about:blank");
    // There the script of the rig, which runs at each load, finds no database.
    ana.faults.splice(0);
    await ana.context.setOffline(false);
    // A page that was left counts as open for a moment longer.
    await expect
      .poll(async () => {
        await pushed.wake("sync");
        return await reacted.count();
      })
      .toBe(1);
    await page.goto(rig.url);
    await ana.open("Bo");
    await ana.message("are you there?").getByRole("button", { name: /^👍 1/ }).waitFor();
  });

  test("[W41] a reply that is refused is shown as refused, and stands in the chat", async () => {
    const { ana, bo, pushed, tag } = await pushedAna();
    await bo.page.getByRole("button", { name: "Details" }).click();
    await bo.page.getByRole("button", { name: "Block", exact: true }).click();
    await bo.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await bo.page.getByText("You have blocked Ana").waitFor();
    await pushed.click(tag, "reply", "too late");
    await expect
      .poll(() => pushed.shown())
      .toMatchObject([{ title: "Your reply was not sent", body: "too late", tag: `${tag}/unsent` }]);
    await leaveApp(ana);
    // The worker has what it could not send until it ends; then a page shows it.
    const session = await ana.context.newCDPSession(ana.page);
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
    await ana.page.goto(rig.url);
    await ana.open("Bo");
    await ana.message("too late").waitFor();
    expect(await ana.markOf("too late")).toBe("failed");
  });

  test("[W43] a subscription that the browser replaces is registered at the server for each account that wants pushes", async () => {
    const { ana, pushed, place } = await pushedAna();
    await ana.page.evaluate(async (userId) => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open("parley");
        opening.addEventListener("success", () => resolve(opening.result));
      });
      const store = database.transaction("entries", "readwrite").objectStore("entries");
      await new Promise((resolve) => {
        store.put({ choice: "on" }, `app/push/choice/${userId}`).addEventListener("success", resolve);
      });
      database.close();
    }, place.userId);
    const worker = await pushed.worker();
    await worker.evaluate(pushServiceStandIn, subscriptionAt("https://fcm.googleapis.com/fcm/send/renewed"));
    await worker.evaluate(() => {
      const scope = globalThis as unknown as { fetch: typeof fetch; told: string[] };
      const before = scope.fetch;
      scope.told = [];
      scope.fetch = async (input, init) => {
        const url = typeof input === "string" ? input : "";
        if (url.endsWith("/v1/discovery"))
          return new Response(JSON.stringify({ push: { vapidPublicKey: "BAUG" } }), { status: 200 });
        if (url.endsWith("/v1/push/subscription")) {
          scope.told.push(`${init?.method} ${typeof init?.body === "string" ? init.body : ""}`);
          return new Response(null, { status: 204 });
        }
        return await before(input, init);
      };
    });
    await pushed.wake("pushsubscriptionchange");
    const calls = await worker.evaluate(() => Reflect.get(globalThis, "told"));
    expect(calls).toEqual([
      `PUT ${JSON.stringify({
        endpoint: "https://fcm.googleapis.com/fcm/send/renewed",
        keys: { p256dh: "BPublic", auth: "secret" },
        vapidPublicKey: "BAUG",
      })}`,
    ]);
  });
});
