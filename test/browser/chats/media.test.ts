import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

describe.skipIf(lacksChromium())("pictures and voice messages", () => {
  const rig = browsing(undefined, "whole");

  async function twoPeople(): Promise<[WebPerson, WebPerson]> {
    const [ana, bo] = await Promise.all([
      rig.person("Ana", { permissions: ["microphone"] }),
      // This one does not allow it.
      rig.person("Bo"),
    ]);
    await ana.startChat(bo.handle);
    await ana.send("look at this");
    await bo.open("Ana");
    return [ana, bo];
  }

  async function png({ page }: WebPerson, colour: string, width = 640, height = 400): Promise<Buffer> {
    const base64 = await page.evaluate(
      async ([fill, w, h]) => {
        const canvas = new OffscreenCanvas(w, h);
        const context = canvas.getContext("2d");
        if (context === null) throw new Error("no canvas");
        context.fillStyle = fill;
        context.fillRect(0, 0, w, h);
        const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
      },
      [colour, width, height] as const,
    );
    return Buffer.from(base64, "base64");
  }

  async function sendPictures(person: WebPerson, text: string, ...colours: string[]): Promise<void> {
    const files = [];
    for (const colour of colours)
      files.push({ name: `${colour}.png`, mimeType: "image/png", buffer: await png(person, colour) });
    await person.page.getByTestId("attach-input").setInputFiles(files);
    await expect.poll(() => person.page.getByTestId("tray-file").count()).toBe(files.length);
    await person.composer.fill(text);
    await person.composer.press("Enter");
  }

  test("[W77] a voice message is recorded by a tap or by holding, played at one place at a time, and ends with its message", async () => {
    const [ana, bo] = await twoPeople();
    const button = ana.page.getByRole("button", { name: "Record a voice message" });
    await button.click();
    // A busy page may not show each second.
    const timer = ana.page.getByRole("timer");
    await timer.getByText(/0:0[1-9]/).waitFor();
    await ana.page.keyboard.press("Escape");
    await button.click();
    await timer.getByText(/0:0[2-9]/).waitFor();
    await ana.page.getByRole("button", { name: "Send the voice message" }).click();

    const notes = bo.page.getByRole("group", { name: /^Voice message, 0:0[2-9]$/ });
    await notes.first().waitFor();
    // The one that was discarded is not there.
    expect(await notes.count()).toBe(1);
    expect(await notes.locator("path").last().getAttribute("d")).toMatch(/^(?:M\d+ [\d.]+h2v[\d.]+h-2z){48}$/);

    // Held: it goes when the button is let go, and nowhere if that happens away from it.
    const box = await button.boundingBox();
    if (box === null) throw new Error("no button");
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    for (const away of [300, 0]) {
      await ana.page.mouse.move(x, y);
      await ana.page.mouse.down();
      await timer.getByText(/0:0[1-9]/).waitFor();
      await ana.page.mouse.move(x - away, y - away);
      await ana.page.mouse.up();
      await timer.waitFor({ state: "detached" });
    }
    const all = bo.page.getByRole("group", { name: /^Voice message, / });
    await expect.poll(() => all.count()).toBe(2);

    const bar = bo.page.getByRole("region", { name: "Voice message that is being played" });
    await all.first().getByRole("button", { name: "Play" }).click();
    await bar.getByText("Voice message: Ana").waitFor();
    await all.last().getByRole("button", { name: "Play" }).click();
    await expect.poll(() => all.first().getByRole("button", { name: "Play" }).count()).toBe(1);
    await bar.waitFor({ state: "detached" });

    await bo.page.getByRole("button", { name: "Record a voice message" }).click();
    await bo.page.getByText("The microphone is not allowed.").waitFor();

    // In the list of what was shared they are played, too, and named by who sent them.
    await bo.page.getByRole("button", { name: "Details" }).click();
    const shared = bo.page.locator(".shared-media");
    await shared.getByRole("button", { name: "Voice", exact: true }).click();
    await expect.poll(() => shared.locator(".sound-name").allTextContents()).toEqual(["Ana", "Ana"]);
    await shared.getByRole("button", { name: "Play" }).first().click();
    await bar.getByText("Voice message: Ana").waitFor();
    await bar.waitFor({ state: "detached" });
    await bo.page.locator(".panel").getByRole("button", { name: "Close" }).click();
    await shared.waitFor({ state: "detached" });

    await all.first().getByRole("slider", { name: "Position" }).fill("1000");
    await bar.getByRole("button", { name: "Pause" }).click();
    await bar.getByRole("button", { name: "Speed: 1 times" }).click();
    await bar.getByRole("button", { name: "Speed: 1.5 times" }).waitFor();
    const voices = ana.page.getByTestId("message").filter({ has: ana.page.getByRole("group", { name: /^Voice/ }) });
    await voices.first().click({ button: "right" });
    await ana.page.getByRole("menuitem", { name: "Unsend" }).click();
    await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await bar.waitFor({ state: "detached" });
  });

  test("[W78] a picture is opened, enlarged, left for the next one, and gone when it is unsent", async () => {
    const [ana, bo] = await twoPeople();
    await sendPictures(ana, "two of them", "red", "green");
    await sendPictures(ana, "and one", "blue");
    await expect.poll(() => bo.page.getByTestId("picture").count()).toBe(3);
    const first = bo.page.getByTestId("picture").first();
    await first.click();
    const view = bo.page.getByRole("dialog");
    await view.getByText("1 of 3").waitFor();
    const picture = view.getByRole("img", { name: "Picture from Ana: two of them" });
    const small = await picture.boundingBox();
    await bo.page.keyboard.press("+");
    await expect.poll(async () => (await picture.boundingBox())?.width).toBeGreaterThan((small?.width ?? 0) * 1.4);
    await bo.page.keyboard.press("0");
    await expect.poll(async () => (await picture.boundingBox())?.width).toBe(small?.width);
    await bo.page.keyboard.press("ArrowRight");
    await view.getByText("2 of 3").waitFor();
    await bo.page.keyboard.press("ArrowRight");
    await view.getByRole("img", { name: "Picture from Ana: and one" }).waitFor();
    await ana.choose("and one", "Unsend");
    await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await view.getByText("2 of 2").waitFor();
    await bo.page.keyboard.press("Escape");
    await view.waitFor({ state: "detached" });
    await expect
      .poll(() => bo.page.evaluate(() => document.activeElement?.closest("[data-message]") !== null))
      .toBe(true);
  });

  test("[W78] a quote of a picture shows it, until it is unsent", async () => {
    const [ana, bo] = await twoPeople();
    await sendPictures(ana, "two of them", "red", "green");
    await bo.page.getByTestId("picture").first().waitFor();
    await bo.choose("two of them", "Reply");
    const loaded = ".quote-picture .picture-image[data-loaded=true]";
    await bo.page.locator(`.composer-context ${loaded}`).waitFor();
    await bo.send("nice");
    const quote = bo.message("nice").locator(".quote");
    await bo.message("nice").locator(loaded).waitFor();
    expect((await quote.innerText()).replaceAll(/\s+/g, " ")).toBe("Answer to Ana Ana two of them");
    await ana.choose("two of them", "Unsend");
    await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await quote.getByText("Message unsent").waitFor();
    expect(await quote.locator(".quote-picture").count()).toBe(0);
  });

  test("[W79] what was shared is listed, leads to its message, and is forwarded", async () => {
    const [ana, bo] = await twoPeople();
    const cleo = await rig.writer("Cleo", ana);
    await cleo.writer.send(cleo.chat, "hello");
    await sendPictures(ana, "the harbour", "teal");
    await bo.page.getByTestId("picture").waitFor();
    await bo.page.getByRole("button", { name: "Details" }).click();
    const shared = bo.page.locator(".shared-media");
    // Tab leads there, which it does in the history only once a message has the focus.
    expect(await shared.getByTestId("picture").evaluate((picture) => picture.tabIndex)).toBe(0);
    await shared.getByTestId("picture").click();
    await bo.page.getByRole("dialog").getByRole("img", { name: "Picture from Ana: teal.png" }).waitFor();
    await bo.page.keyboard.press("Escape");
    await shared.getByRole("button", { name: "Files" }).click();
    await shared.getByText("No files yet.").waitFor();
    await shared.getByRole("button", { name: "Voice", exact: true }).click();
    await shared.getByText("No voice messages yet.").waitFor();

    // Links stand in texts, at any place and of either kind. A word that only begins like one is none.
    const long = `${"word ".repeat(2_000)}https://example.org/at-the-end`;
    const { body: chat } = await ana.program.ask<{ id: string }>("PUT", `/v1/dms/${bo.program.id}`);
    for (const text of ["see https://example.org/one and www.example.org/two", "http is no link", long])
      await ana.program.send(chat.id, text);
    await shared.getByRole("button", { name: "Links" }).click();
    const links = shared.locator(".shared-link a");
    const addresses = () => links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    await expect
      .poll(addresses)
      .toEqual(["https://example.org/at-the-end", "https://example.org/one", "https://www.example.org/two"]);
    await ana.choose("see https", "Unsend");
    await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await expect.poll(addresses).toEqual(["https://example.org/at-the-end"]);
    // What comes while a list is open is in it at once, and what is unsent leaves it.
    await ana.program.send(chat.id, "and https://example.org/three");
    await expect.poll(addresses).toEqual(["https://example.org/three", "https://example.org/at-the-end"]);
    await shared.getByRole("button", { name: "Media" }).click();
    await expect.poll(() => shared.getByTestId("picture").count()).toBe(1);
    await sendPictures(ana, "the quay", "plum");
    await expect.poll(() => shared.getByTestId("picture").count()).toBe(2);
    await ana.choose("the quay", "Unsend");
    await ana.page.getByRole("dialog").getByRole("button", { name: "Unsend" }).click();
    await expect.poll(() => shared.getByTestId("picture").count()).toBe(1);

    await ana.choose("the harbour", "Forward");
    const dialog = ana.page.getByRole("dialog");
    await dialog.getByRole("searchbox").fill("cle");
    await dialog.getByRole("checkbox", { name: "cleo" }).check();
    await dialog.getByRole("button", { name: "Send" }).click();
    await ana.open("Cleo");
    const copy = ana.message("the harbour");
    await copy.getByTestId("picture").locator(".picture-image[data-loaded=true]").waitFor();

    // Without words it is named by what it is, as in the list of what is starred.
    await sendPictures(ana, "", "navy");
    const bare = ana.page.locator('[data-testid=message]:not(:has(.message-text), [data-mark="sending"])');
    await bare.hover();
    await bare.getByRole("button", { name: "Message actions" }).click();
    await ana.page.getByRole("menuitem", { name: "Star" }).click();
    await ana.page.getByRole("button", { name: /^Account/ }).click();
    await ana.page.getByRole("menuitem", { name: "Starred messages" }).click();
    await expect
      .poll(() => ana.page.getByTestId("hit").locator(".hit-text").allTextContents())
      .toEqual(["You: Picture"]);
  });

  test("[W80] a person chooses the part of a picture that others see", async () => {
    const [ana, bo] = await twoPeople();
    await ana.page.getByRole("button", { name: /^Account/ }).click();
    await ana.page.getByRole("menuitem", { name: "Settings" }).click();
    const input = ana.page.getByTestId("avatar-input");
    await input.setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    const crop = ana.page.getByRole("dialog", { name: "Choose the part to show" });
    await crop.getByText("This picture cannot be read.").waitFor();
    await crop.getByRole("button", { name: "Close" }).click();
    await input.setInputFiles({ name: "me.png", mimeType: "image/png", buffer: await png(ana, "purple", 900, 300) });
    await crop.getByRole("slider", { name: "Enlarge" }).fill("2");
    await crop.getByRole("button", { name: "Save" }).click();
    await crop.waitFor({ state: "detached" });
    const url = await ana.page.locator(".avatar-field .avatar-picture").getAttribute("src");
    const size = await bo.page.evaluate(async (address) => {
      const bitmap = await createImageBitmap(await (await fetch(address)).blob());
      return [bitmap.width, bitmap.height];
    }, url ?? "");
    expect(size).toEqual([150, 150]);
    await bo.page.reload();
    await bo.row("Ana").locator(".avatar-picture").waitFor();
    await ana.page.getByRole("button", { name: "Remove the picture" }).click();
    await ana.page.locator(".avatar-field .avatar-picture").waitFor({ state: "detached" });
  });
});
