import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { createParley } from "../../../client/index.ts";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { openIdOf } from "../../rig/browser/many-messages.ts";
import { password, type WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("writing", () => {
  const rig = browsing();
  const fieldOf = (page: Page) => page.getByRole("textbox", { name: "Message", exact: true });

  test("[P10] an unsent text is nowhere on the page: not in quotes, not in the bar of an answer, not read aloud", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("the secret words");
    await bo.open("Ana");
    await ana.send("and a second secret");
    const spoken = bo.page.getByTestId("spoken");
    await expect.poll(() => spoken.textContent()).toContain("and a second secret");
    await bo.choose("the secret words", "Reply");
    await bo.send("an answer to it");
    await ana.message("an answer to it").waitFor();
    await bo.choose("the secret words", "Reply");
    for (const text of ["the secret words", "and a second secret"]) {
      await ana.choose(text, "Unsend");
      await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    }
    for (const { page } of [ana, bo]) await expect.poll(() => page.content()).not.toContain("secret");
    const bar = bo.page.locator(".composer-context");
    expect(await bar.textContent()).toContain("Message unsent");
    for (const person of [ana, bo]) {
      const quote = person.message("an answer to it").getByRole("button", { name: /^Answer to/ });
      expect(await quote.textContent()).toContain("Message unsent");
    }
  });

  test("[W13] a draft of another device does not replace the text that is being written here; both are kept", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.program("bo")]);
    await ana.startChat(bo.handle);
    await ana.composer.fill("written here ");
    const other = await ana.context.newPage();
    await other.goto(ana.page.url());
    await expect.poll(() => fieldOf(other).inputValue()).toBe("written here ");
    await other.evaluate(() => (document.activeElement instanceof HTMLElement ? document.activeElement.blur() : null));
    // The other page is not focused and has no text of its own: it shows this draft.
    await ana.composer.fill("written on");
    await expect.poll(() => fieldOf(other).inputValue()).toBe("written on");
    await fieldOf(other).fill("written there");
    const offer = ana.page.getByRole("button", { name: "Use the other draft" });
    await offer.waitFor();
    expect(await ana.composer.inputValue()).toBe("written on");
    await ana.page.reload();
    await offer.waitFor();
    expect(await ana.composer.inputValue()).toBe("written on");
    await offer.click();
    await expect.poll(() => ana.composer.inputValue()).toBe("written there");
    await offer.click();
    await expect.poll(() => ana.composer.inputValue()).toBe("written on");
  });

  test("[W14] an Enter that ends a composition sends nothing, in the order of Safari and in that of Chrome", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.program("bo")]);
    await ana.startChat(bo.handle);
    await ana.composer.fill("にほん");
    const compose = (field: Locator, order: "safari" | "chrome") =>
      field.evaluate((element, browser) => {
        const key = (isComposing: boolean) =>
          element.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, isComposing, bubbles: true, cancelable: true }),
          );
        const part = (type: string) => element.dispatchEvent(new CompositionEvent(type, { bubbles: true }));
        part("compositionstart");
        if (browser === "safari") {
          part("compositionend");
          return key(false);
        }
        const isLeft = key(true);
        part("compositionend");
        return isLeft;
      }, order);
    for (const order of ["safari", "chrome"] as const) {
      // The key is left to the input method: its default is not prevented.
      expect(await compose(ana.composer, order)).toBe(true);
      expect(await ana.composer.inputValue()).toBe("にほん");
    }
    await ana.composer.press("Enter");
    await ana.message("にほん").waitFor();
    expect(await ana.texts()).toEqual(["にほん"]);
    // A field of a menu or search closes by Escape, but not while Escape belongs to the input method.
    const search = ana.page.getByRole("searchbox");
    await search.fill("に");
    await search.evaluate((element) =>
      element.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", keyCode: 229, bubbles: true })),
    );
    expect(await search.inputValue()).toBe("に");
  });

  test("[W49] what is sent and not drawn when the page ends arrives in order, once, and is in the field no more", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.program("bo")]);
    await ana.startChat(bo.handle);
    await ana.page.evaluate(async () => {
      /** React answers an event in the turns that follow it, before any frame. */
      const turns = async () => {
        for (let n = 0; n < 20; n++) await Promise.resolve();
      };
      window.requestAnimationFrame = () => 0;
      const field = document.querySelector<HTMLTextAreaElement>(".composer-field");
      for (const text of ["first", "second", "third"]) {
        // React takes a value that is set on the element itself for its own.
        Reflect.set(HTMLTextAreaElement.prototype, "value", text, field);
        field?.dispatchEvent(new Event("input", { bubbles: true }));
        await turns();
        field?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
        await turns();
        if (field?.value !== "") throw new Error("the field is not empty");
      }
      location.reload();
    });
    await ana.message("third").waitFor();
    expect(await ana.composer.inputValue()).toBe("");
    await expect.poll(() => ana.texts()).toEqual(["first", "second", "third"]);
  });

  test("[W15] an edit is kept until the server has answered, over a change of chats, a reload and no network", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("first words");
    await ana.send("doomed words");
    await bo.open("Ana");
    await bo.message("doomed words").waitFor();
    const editor = ana.page.getByRole("textbox", { name: "Edit message" });
    // An edit that is not saved.
    await ana.choose("first words", "Edit");
    await editor.fill("better words");
    await ana.foundGroup("Elsewhere", [bo.handle]);
    await ana.row("Bo").getByRole("link").click();
    expect(await editor.inputValue()).toBe("better words");
    await ana.page.reload();
    expect(await editor.inputValue()).toBe("better words");

    // Saved without network: shown, and kept over a reload.
    await ana.context.setOffline(true);
    await editor.press("Enter");
    await ana.message("better words").waitFor();
    await expect.poll(() => ana.markOf("better words")).toBe("sending");
    // Another device unsends the message meanwhile. So the edit fails, and its text stays.
    await ana.choose("doomed words", "Edit");
    await editor.fill("rescued words");
    await editor.press("Enter");
    await ana.message("rescued words").waitFor();
    await unsendElsewhere(rig.url, ana, "doomed words");
    await ana.context.setOffline(false);
    await bo.message("better words").getByText("edited").waitFor();
    await expect.poll(() => ana.markOf("better words")).toBe("read");
    const failed = ana.page.getByRole("alert").filter({ hasText: "rescued words" });
    await failed.waitFor();
    await ana.page.reload();
    await failed.getByRole("button", { name: "Send as a new message" }).click();
    await bo.message("rescued words").waitFor();
    await failed.waitFor({ state: "hidden" });
  });

  test("[W16] Enter and the end of the page at once lose nothing, though nothing was stored in time", async () => {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("before");
    await bo.open("Ana");
    await ana.context.setOffline(true);
    // The page ends before its database stores anything more.
    await ana.page.evaluate(() => {
      IDBDatabase.prototype.transaction = () => {
        throw new DOMException("the page is ending", "AbortError");
      };
    });
    await ana.send("the last words");
    await ana.context.setOffline(false);
    await ana.page.reload();
    await bo.message("the last words").waitFor();
    expect(await bo.message("the last words").count()).toBe(1);

    // A form that is half filled stays when somebody clicks beside it.
    await ana.page.getByRole("button", { name: "New conversation" }).click();
    await ana.page.getByRole("menuitem", { name: "New group" }).click();
    const dialog = ana.page.getByRole("dialog", { name: "New group" });
    await dialog.waitFor();
    await ana.page.mouse.click(5, 5);
    await dialog.waitFor({ state: "hidden" });
    await ana.page.getByRole("button", { name: "New conversation" }).click();
    await ana.page.getByRole("menuitem", { name: "New group" }).click();
    await dialog.getByLabel("Title").fill("Half a group");
    await ana.page.mouse.click(5, 5);
    expect(await dialog.getByLabel("Title").inputValue()).toBe("Half a group");
    await ana.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  });
});

/** From another device of the same person. */
async function unsendElsewhere(url: string, person: WebPerson, text: string): Promise<void> {
  const parley = createParley({ baseUrl: url });
  const account = await parley.signIn({ handle: person.handle, password });
  const conversation = account.conversation(openIdOf(person));
  await conversation.load();
  const entry = conversation.timeline
    .getSnapshot()
    .entries.find((each) => each.kind === "message" && each.message.text === text);
  if (entry?.kind !== "message") throw new Error(`There is no message ${text}`);
  await conversation.unsend(entry.message.seq);
  parley.close();
}
