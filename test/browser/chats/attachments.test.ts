import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import type { WebPerson } from "../../rig/browser/web-person.ts";

const place = "N 52 31 12 E 13 24 18";

describe.skipIf(lacksChromium())("pictures and files", () => {
  const rig = browsing();

  async function twoPeople(): Promise<[WebPerson, WebPerson]> {
    const [ana, bo] = await Promise.all([rig.person("Ana"), rig.person("Bo")]);
    await ana.startChat(bo.handle);
    await ana.send("look at this");
    await bo.open("Ana");
    return [ana, bo];
  }

  /** A photo as a camera makes it: what it shows, and in a segment of its own where it was taken. */
  async function photo({ page }: WebPerson, width: number, height: number): Promise<Buffer> {
    const base64 = await page.evaluate(
      async ([w, h]) => {
        const canvas = new OffscreenCanvas(w, h);
        const context = canvas.getContext("2d");
        if (context === null) throw new Error("no canvas");
        const gradient = context.createLinearGradient(0, 0, w, h);
        gradient.addColorStop(0, "#f80");
        gradient.addColorStop(1, "#06f");
        context.fillStyle = gradient;
        context.fillRect(0, 0, w, h);
        const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg" })).arrayBuffer());
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
      },
      [width, height] as const,
    );
    const jpeg = Buffer.from(base64, "base64");
    const exif = Buffer.from(`Exif\0\0${place}`, "latin1");
    const head = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
    return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
  }

  async function attach({ page }: WebPerson, ...files: { name: string; mimeType: string; buffer: Buffer }[]) {
    await page.getByTestId("attach-input").setInputFiles(files);
    await expect.poll(() => page.getByTestId("tray-file").count()).toBe(files.length);
  }

  const jpeg = (name: string, buffer: Buffer) => ({ name, mimeType: "image/jpeg", buffer });
  const sendButton = ({ page }: WebPerson) => page.getByRole("button", { name: "Send", exact: true });

  /** The bytes behind the picture that is shown last, whole. */
  async function received({ page }: WebPerson, button: ReturnType<WebPerson["page"]["locator"]>): Promise<Buffer> {
    const [saved] = await Promise.all([page.waitForEvent("download"), button.click()]);
    const stream = await saved.createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }

  /** The picture is opened, and saved from there. */
  async function opened(person: WebPerson, picture: ReturnType<WebPerson["page"]["locator"]>): Promise<Buffer> {
    await picture.click();
    const dialog = person.page.getByRole("dialog");
    const bytes = await received(person, dialog.getByRole("button", { name: "Download" }));
    await person.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    return bytes;
  }

  test("[W75] a photo is sent with its text, in its shape from the first moment, and without the place where it was taken", async () => {
    const [ana, bo] = await twoPeople();
    await attach(ana, jpeg("holiday.jpg", await photo(ana, 1_600, 900)));
    await ana.page.getByRole("textbox", { name: "Message", exact: true }).fill("At the sea");
    await sendButton(ana).click();
    const picture = bo.message("At the sea").getByTestId("picture");
    await picture.waitFor();
    const box = await picture.boundingBox();
    expect([box?.width, box?.height]).toEqual([320, 180]);
    await picture.locator(".picture-image[data-loaded=true]").waitFor();
    expect(await picture.boundingBox()).toMatchObject({ width: 320, height: 180 });
    expect(await picture.getAttribute("aria-label")).toBe("Picture: At the sea");
    await expect.poll(() => ana.message("At the sea").getByTestId("picture").count()).toBe(1);
    await ana.page.getByTestId("tray-file").waitFor({ state: "detached" });
    const bytes = await opened(bo, picture);
    expect([...bytes.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect(bytes.includes(place)).toBe(false);
  });

  test("[W75] who sends a photo unchanged is told what goes with it; several files are an album and cards", async () => {
    const [ana, bo] = await twoPeople();
    const one = await photo(ana, 900, 1_600);
    await attach(ana, jpeg("one.jpg", one), jpeg("two.jpg", await photo(ana, 400, 400)), {
      name: "notes.html",
      mimeType: "text/html",
      buffer: Buffer.from("<script>alert(1)</script>"),
    });
    const tray = ana.page.getByTestId("tray-file");
    await tray.filter({ hasText: "one.jpg" }).getByRole("button", { name: "Send unchanged" }).click();
    await tray.getByText("Sent unchanged, with its place and other data").waitFor();
    await tray.filter({ hasText: "two.jpg" }).getByRole("button", { name: "Remove two.jpg" }).click();
    await ana.page.getByTestId("attach-input").setInputFiles([jpeg("three.jpg", await photo(ana, 640, 480))]);
    await expect.poll(() => tray.count()).toBe(3);
    await sendButton(ana).click();
    const card = bo.page.getByTestId("file-card").filter({ hasText: "notes.html" });
    await card.waitFor();
    expect(await card.innerText()).toContain("25 byte");
    const pictures = bo.page.getByTestId("album").last().getByTestId("picture");
    expect(await pictures.count()).toBe(2);
    expect(await pictures.first().boundingBox()).toMatchObject({ width: 150, height: 150 });
    expect((await opened(bo, pictures.first())).includes(place)).toBe(true);
    const html = await received(bo, card.getByRole("button", { name: "Download notes.html" }));
    expect(html.toString()).toBe("<script>alert(1)</script>");
    await expect.poll(() => ana.row("Bo").innerText()).toContain("3 files");
  });

  test("[W76] an upload goes on after a reload with the parts that are missing", async () => {
    const [ana, bo] = await twoPeople();
    const film = Buffer.alloc(9 * 1_024 * 1_024, 7);
    const parts: string[] = [];
    ana.page.on("request", (request) => {
      const part = /\/parts\/(\d+)$/.exec(request.url())?.[1];
      if (part !== undefined) parts.push(part);
    });
    let isHeld = true;
    await ana.page.route("**/parts/2", async (route) => {
      if (!isHeld) await route.continue();
    });
    await attach(ana, { name: "film.bin", mimeType: "application/octet-stream", buffer: film });
    await sendButton(ana).click();
    const pending = ana.page.getByTestId("file-card").filter({ hasText: "film.bin" });
    await expect.poll(() => pending.getByTestId("progress").innerText(), { timeout: 30_000 }).toBe("89%");
    await ana.send("meanwhile");
    await bo.message("meanwhile").waitFor();
    isHeld = false;
    const before = parts.length;
    await ana.page.reload();
    await bo.page.getByTestId("file-card").filter({ hasText: "film.bin" }).waitFor({ timeout: 30_000 });
    expect(parts.slice(before)).toEqual(["2"]);
    const order = await bo.page.getByTestId("message").allInnerTexts();
    expect(order.findIndex((text) => text.includes("film.bin"))).toBeGreaterThan(
      order.findIndex((text) => text.includes("meanwhile")),
    );
  });

  test("[W76] what is dropped and pasted without network is shown, survives, can be paused, and goes when there is one", async () => {
    const [ana, bo] = await twoPeople();
    await ana.context.setOffline(true);
    await ana.page.evaluate(() => dispatchEvent(new Event("offline")));
    await ana.page.evaluate(async () => {
      const files = async (name: string) => {
        const canvas = new OffscreenCanvas(300, 200);
        canvas.getContext("2d")?.fillRect(0, 0, 150, 200);
        const transfer = new DataTransfer();
        transfer.items.add(new File([await canvas.convertToBlob()], name, { type: "image/png" }));
        return transfer;
      };
      const pane = document.querySelector(".pane");
      const dataTransfer = await files("dropped.png");
      pane?.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
      const clipboardData = await files("pasted.png");
      const field = document.querySelector(".composer-field");
      field?.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await expect.poll(() => ana.page.getByTestId("tray-file").count()).toBe(2);
    await sendButton(ana).click();
    await expect.poll(() => ana.page.getByTestId("pending-picture").locator(".picture-image").count()).toBe(2);
    await ana.page.getByRole("button", { name: "Pause the upload" }).click();
    await expect.poll(() => ana.page.getByText("Paused", { exact: true }).count()).toBe(2);
    await ana.context.setOffline(false);
    await ana.page.evaluate(() => dispatchEvent(new Event("online")));
    await ana.send("online again");
    await bo.message("online again").waitFor();
    expect(await bo.page.getByTestId("album").count()).toBe(0);
    await ana.page.getByRole("button", { name: "Go on with the upload" }).click();
    await expect.poll(() => bo.page.getByTestId("picture").count(), { timeout: 20_000 }).toBe(2);
    await expect.poll(() => ana.page.getByTestId("pending-picture").count()).toBe(0);
  });
});
