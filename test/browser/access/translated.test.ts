import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";

/** Does as the translators of browsers do: it replaces each text node, now and later, by a new one within two `<font>` elements. */
async function translate(page: Page): Promise<void> {
  await page.evaluate(() => {
    const translateUnder = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        if (node instanceof Text && node.data.trim() !== "" && node.parentElement?.closest("font, textarea") === null)
          texts.push(node);
      }
      for (const text of texts) {
        const outer = document.createElement("font");
        const inner = document.createElement("font");
        outer.append(inner);
        inner.append(`${text.data}`);
        text.replaceWith(outer);
      }
    };
    translateUnder(document.body);
    new MutationObserver(() => translateUnder(document.body)).observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  });
}

describe.skipIf(lacksChromium())("a page that the browser translates", () => {
  const rig = browsing();

  test("[W11] shows edits, unsends, reactions and who types", { timeout: 90_000 }, async () => {
    const [ana, bo, chloe] = await Promise.all([rig.person("Ana"), rig.person("Bo"), rig.person("Chloe")]);
    await ana.foundGroup("Harbour", [bo.handle, chloe.handle]);
    await Promise.all([bo.open("Harbour"), chloe.open("Harbour")]);
    const edits = [
      [`see https://e.org/a and @${bo.handle} there`, "nothing any more"],
      ["plain", "now https://e.org/b between"],
      ["https://e.org/c", `for @${bo.handle} only`],
      [`x ${"long ".repeat(500)}`, "short"],
    ] as const;
    for (const [before] of edits) await ana.send(before);
    await expect.poll(async () => (await bo.texts()).length).toBe(edits.length);
    await Promise.all([translate(ana.page), translate(bo.page)]);

    // Two people type, then one, then nobody.
    const typing = bo.page.getByTestId("typing");
    await ana.composer.fill("a");
    await expect.poll(() => typing.textContent()).toContain("is typing");
    await chloe.composer.fill("c");
    await expect.poll(() => typing.textContent()).toContain("are typing");
    await chloe.send("sent");
    // The row names who wrote last: a sentence with a name gives way to one without.
    await expect.poll(() => ana.row("Harbour").textContent()).toContain("Chloe:");
    const whileAnaTypes = async () => {
      await ana.composer.press("a");
      return await typing.textContent();
    };
    await expect.poll(whileAnaTypes).toContain("is typing");
    await ana.send("sent, too");
    await expect.poll(() => ana.row("Harbour").textContent()).toContain("You:");
    await expect.poll(() => typing.textContent()).toBe("");

    for (const [index, [before, after]] of edits.entries()) {
      await ana.choose(before.trim().slice(0, 20), "Edit");
      const field = ana.page.getByRole("textbox", { name: "Edit message" });
      await field.fill(after);
      await ana.page.getByRole("button", { name: "Save the edit" }).click();
      for (const person of [ana, bo]) await expect.poll(async () => (await person.texts())[index]).toBe(after);
    }
    await ana.choose("nothing any more", "Unsend");
    await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await expect.poll(() => bo.texts()).toContain("Message unsent");
    expect([...ana.faults, ...bo.faults]).toEqual([]);
  });

  test("[W12] copies where the page has no clipboard, as on plain http", async () => {
    const ana = await rig.person("Ana", { permissions: ["clipboard-read", "clipboard-write"] });
    await ana.foundGroup("Harbour", []);
    await ana.send("first ‹line›\nsecond 😀");
    const read = () => ana.page.evaluate(() => Reflect.get(window, "ownClipboard").readText());
    await ana.page.evaluate(() => {
      Reflect.set(window, "ownClipboard", navigator.clipboard);
      Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
    });
    await ana.choose("first", "Copy text");
    await ana.page.getByText("Copied").waitFor();
    expect(await read()).toBe("first ‹line›\nsecond 😀");

    await ana.page.getByRole("button", { name: "Details" }).click();
    await ana.page.getByRole("button", { name: "Make an invite link" }).click();
    const link = await ana.page.getByLabel("Invite link").inputValue();
    await ana.page.getByRole("button", { name: "Copy", exact: true }).click();
    await expect.poll(read).toBe(link);
    // The field from which the text was copied is gone.
    expect(await ana.page.locator("textarea").count()).toBe(1);
  });
});
