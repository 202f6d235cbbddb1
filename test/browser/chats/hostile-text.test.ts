import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";

/** Texts that have run as scripts in other apps, or have broken layouts and parsers. */
const hostile = [
  `<script>alert(1)</script>`,
  `<img src=x onerror=alert(1)>`,
  `<svg/onload=alert(1)>`,
  `"><script>alert(document.domain)</script>`,
  `'-alert(1)-'`,
  `<iframe src="javascript:alert(1)"></iframe>`,
  `<a href="javascript:alert(1)">x</a>`,
  `javascript:alert(1)`,
  `https://example.org/"onmouseover="alert(1)`,
  `https://example.org/<script>alert(1)</script>`,
  `<math><mi//xlink:href="data:x,<script>alert(1)</script>">`,
  `<style>*{display:none}</style>`,
  `<link rel=stylesheet href=//example.org/x.css>`,
  `<base href="//example.org/">`,
  `<meta http-equiv=refresh content="0;url=//example.org">`,
  `{{constructor.constructor('alert(1)')()}}`,
  "${alert(1)}",
  `&lt;script&gt;alert(1)&lt;/script&gt;`,
  `\u202Etxt.exe`,
  `Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤ ̖t̝͕̳̣̻̪͞h̼͓̲̦̳̘̲e͇̣̰̦̬͎ ̢̼̻̱̘h͚͎͙̜̣̲ͅi̦̲̣̰̤v̻͍e̺̭̳̪̰-m̢iͅn̖̺̞̲̯̰d̵̼̟͙̩̼̘̳`,
  `👩‍👩‍👧‍👦🏳️‍⚧️🇦🇶`,
  `﷽﷽﷽﷽`,
  `a${"\u0301".repeat(40)}`,
  `../../../../etc/passwd`,
  `__proto__`,
  `undefined`,
  `null`,
  `0`,
  `%s%n%p`,
  `W${"w".repeat(90)}`,
];

describe.skipIf(lacksChromium())("hostile texts", () => {
  const rig = browsing();

  test("[W4] as messages: every one is shown as it is, nothing runs, nothing is loaded", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    const foreign: string[] = [];
    for (const { page } of [ana, bo])
      page.on("request", (request) => {
        if (!request.url().startsWith(rig.url) && !request.url().startsWith("data:")) foreign.push(request.url());
      });
    await ana.startChat(bo.handle);
    for (const text of hostile) await ana.send(text);
    await bo.page.setViewportSize({ width: 1280, height: 3_000 });
    await bo.open("Ana");
    await expect.poll(() => bo.texts()).toEqual(hostile);
    for (const link of await bo.page.locator(".message-text a").all()) await link.hover();
    const hrefs = await bo.page
      .locator(".message-text a")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(hrefs.filter((href) => !href.startsWith("https://example.org/"))).toEqual([]);
    expect(await bo.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(foreign).toEqual([]);
  });

  test("[W8] a link shows where it leads, also one that is written to mislead", async () => {
    const ana = await rig.person("Ana");
    await ana.foundGroup("Links", []);
    await ana.send("see https://pаypal.com/\u202Egpj.exe");
    const link = ana.page.locator(".message-text a");
    await expect.poll(() => link.textContent()).toBe("https://xn--pypal-4ve.com/%E2%80%AEgpj.exe");
    expect(await link.getAttribute("href")).toBe("https://xn--pypal-4ve.com/%E2%80%AEgpj.exe");
  });

  test("[W4] as names and titles: shown as they are, in lists, notices, panels and the title of the page", async () => {
    const name = `<img src=x onerror=alert(1)>`;
    const [ana, bo] = await Promise.all([rig.person(name), rig.person("Bo")]);
    await bo.startChat(ana.handle);
    await bo.send("hi");
    await ana.row("Bo").waitFor();
    await bo.page.getByRole("button", { name: "Details" }).click();
    await bo.page.getByRole("complementary").getByRole("heading", { name }).waitFor();
    for (const title of [`<script>alert(1)</script>`, `"><svg onload=alert(1)>`, `\u202Eevil\u202C`]) {
      await bo.foundGroup(title, [ana.handle]);
      await bo.row(title).waitFor();
      await ana.row(title).waitFor();
    }
    await ana.open(`"><svg`);
    await ana.page.getByTestId("notice").filter({ hasText: "<svg onload" }).waitFor();
  });
});
