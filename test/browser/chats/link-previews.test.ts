/** Previews of links, with a site of its own: what readers see of it, and that their browsers never ask it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";

/** A whole PNG of one point. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

describe.skipIf(lacksChromium())("previews of links", () => {
  const rig = browsing();
  const asked: { path: string; agent: string }[] = [];
  let site: Server;
  let base = "";

  beforeAll(async () => {
    site = createServer((request, response) => {
      const path = request.url ?? "";
      asked.push({ path, agent: request.headers["user-agent"] ?? "" });
      if (path === "/picture.png") return void response.setHeader("content-type", "image/png").end(png);
      response.setHeader("content-type", "text/html").end(`<title>Plain</title>
        <meta property="og:title" content="&lt;img src=x onerror=alert(1)&gt; ‏مرحبا">
        <meta property="og:description" content="What it is about">
        <meta property="og:image" content="/picture.png">`);
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  });
  afterAll(() => site.close());

  test("[K5] both see the page's own words and picture, from our server alone; who turns previews off sees none", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const foreign: string[] = [];
    const askedByBo: string[] = [];
    bo.page.on("request", (request) => {
      if (request.url().includes("/v1/link-previews")) askedByBo.push(request.url());
    });
    for (const { page } of [ana, bo])
      page.on("request", (request) => {
        if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(rig.url)) foreign.push(request.url());
      });
    await ana.startChat(bo.handle);
    await ana.send(`look: ${base}/page and ${base}/second`);
    await bo.open("Ana");
    for (const { page } of [ana, bo]) {
      const card = page.locator(".link-card");
      await card.getByText("<img src=x onerror=alert(1)> مرحبا").waitFor();
      await card.getByText("What it is about").waitFor();
      expect(await card.getAttribute("href")).toBe(`${base}/page`);
      await expect
        .poll(() => card.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth))
        .toBeGreaterThan(0);
      expect(await card.count()).toBe(1);
    }
    expect(foreign).toEqual([]);
    expect([...new Set(asked.map(({ path }) => path))].toSorted()).toEqual(["/page", "/picture.png"]);
    expect(asked.every(({ agent }) => agent.includes("ParleyLinkPreview"))).toBe(true);

    await bo.page.getByRole("button", { name: /^Account:/ }).click();
    await bo.page.getByRole("menuitem", { name: "Settings" }).click();
    await bo.page.getByRole("tab", { name: "Privacy" }).click();
    const choice = bo.page.getByRole("switch", { name: /^Previews of links/ });
    await choice.click();
    await expect.poll(() => choice.isChecked()).toBe(false);
    await bo.page.keyboard.press("Escape");
    await expect.poll(() => bo.page.locator(".link-card").count()).toBe(0);
    expect(askedByBo.splice(0)).toHaveLength(1);
    await bo.page.reload();
    await bo.open("Ana");
    await ana.send(`and ${base}/third`);
    await expect.poll(() => ana.page.locator(".link-card").count()).toBe(2);
    await expect.poll(() => bo.texts()).toContain(`and ${base}/third`);
    await bo.standsStill();
    expect(askedByBo).toEqual([]);
    expect(await bo.page.locator(".link-card").count()).toBe(0);
  });
});
