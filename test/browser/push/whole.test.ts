/** The whole way of a push: the app subscribes, the server encrypts and sends, the rig's push service decrypts, and Chromium's worker shows it. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Server } from "../../../scripts/server/server.ts";
import { spawnTestServer } from "../../rig/server/test-server.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { withWorker } from "../../rig/browser/web-person.ts";
import { PushService, type Subscription } from "../../rig/push/push-service.ts";
import {
  conversationIdOf,
  leaveApp,
  offerAgain,
  PushedBrowser,
  pushServiceStandIn,
  subscriptionAt,
  userIdOf,
} from "./pushed-browser.ts";

describe.skipIf(lacksChromium())("a push from end to end", () => {
  let service: PushService;
  let server: Server;
  let browser: Subscription;
  beforeAll(async () => {
    service = await PushService.start();
    server = await spawnTestServer({ env: { PUSH_HOSTS: service.host } });
    const discovery: { push: { vapidPublicKey: string } } = await (await fetch(`${server.url}/v1/discovery`)).json();
    browser = service.subscribe(discovery.push.vapidPublicKey);
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await service?.stop();
  });
  const rig = browsing(() => server.url, "whole");

  test("[W39] [W40] [W41] a message to somebody who closed the app is notified once, and answered from the notification", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana", withWorker), rig.person("Bo")]);
    await ana.context.addInitScript(pushServiceStandIn, subscriptionAt(browser.endpoint, browser.keys));
    const pushed = await PushedBrowser.of(ana, rig.url);
    await offerAgain(ana);
    await ana.page.reload();
    await ana.startChat(bo.handle);
    await ana.send("hello");
    const chat = conversationIdOf(ana.page);
    const userId = userIdOf(ana.page);
    const told = ana.page.waitForResponse((answer) => answer.url().endsWith("/v1/push/subscription"));
    await ana.page
      .getByRole("region", { name: "Notifications" })
      .getByRole("button", { name: "Turn on notifications" })
      .click();
    expect((await told).status()).toBe(204);
    // With the app open and in front nothing is pushed.
    await bo.open("Ana");
    await bo.send("while you look");
    await expect.poll(() => bo.markOf("while you look")).toBe("read");
    await leaveApp(ana);
    await bo.send("while you are away");
    await vi.waitFor(() => expect(service.requestsTo(browser).length).toBeGreaterThan(0), 30_000);
    const [request] = service.requestsTo(browser);
    await pushed.deliverText(JSON.stringify(request?.payload));
    expect(request?.payload).toMatchObject({ userId, conversationId: chat, title: "Bo", body: "while you are away" });
    await pushed.click(`${userId}/${chat}/3`, "reply", "on my way");
    await bo.message("on my way").waitFor();
    expect(await bo.texts()).toEqual(["hello", "while you look", "while you are away", "on my way"]);
    expect([service.faults, service.requestsTo(browser).length]).toEqual([[], 1]);
  });
});
