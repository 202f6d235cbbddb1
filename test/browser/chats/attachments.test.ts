import type { BrowserContextOptions, Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browsing } from "../../rig/browser/browsing.ts";
import { lacksChromium } from "../../rig/browser/chromium.ts";
import { hasShell, hasStored } from "../../rig/browser/kept.ts";
import { type WebPerson, withWorker } from "../../rig/browser/web-person.ts";

const place = "N 52 31 12 E 13 24 18";

describe.skipIf(lacksChromium())("pictures and files", () => {
  const rig = browsing(undefined, "whole");

  async function twoPeople(
    options: BrowserContextOptions = {},
    othersOptions: BrowserContextOptions = {},
  ): Promise<[WebPerson, WebPerson]> {
    const [ana, bo] = await Promise.all([rig.person("Ana", options), rig.person("Bo", othersOptions)]);
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
  /** To be polled for, because a new bubble grows to its size. */
  const sizeOf = async (shown: Locator) => {
    const { width = 0, height = 0 } = (await shown.boundingBox()) ?? {};
    return [Math.round(width), Math.round(height)];
  };
  const sendButton = ({ page }: WebPerson) => page.getByRole("button", { name: "Send", exact: true });

  /** The bytes behind the picture that is shown last, whole. */
  async function received({ page }: WebPerson, button: Locator): Promise<Buffer> {
    const [saved] = await Promise.all([page.waitForEvent("download"), button.click()]);
    const stream = await saved.createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }

  /** The picture is opened, and saved from there. */
  async function opened(person: WebPerson, picture: Locator): Promise<Buffer> {
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
    await expect.poll(() => sizeOf(picture)).toEqual([320, 180]);
    await picture.locator(".picture-image[data-loaded=true]").waitFor();
    expect(await sizeOf(picture)).toEqual([320, 180]);
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
    await expect.poll(() => pictures.count()).toBe(2);
    await expect.poll(() => sizeOf(pictures.first())).toEqual([150, 150]);
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
    await expect.poll(() => bo.page.getByTestId("picture").count()).toBe(2);
    await expect.poll(() => ana.page.getByTestId("pending-picture").count()).toBe(0);
  });

  test("[W103] [W104] what a picture shows is said of it, and it is there without network until its account signs out", async () => {
    const [ana, bo] = await twoPeople({}, withWorker);
    await attach(ana, jpeg("boat.jpg", await photo(ana, 1_800, 1_200)));
    const tray = ana.page.getByTestId("tray-file");
    await tray.getByRole("textbox", { name: "Description of boat.jpg" }).fill("A red boat at low tide");
    await ana.composer.fill("From the harbour");
    await sendButton(ana).click();
    const picture = bo.message("From the harbour").getByTestId("picture");
    await picture.locator(".picture-image[data-loaded=true]").waitFor();
    expect(await picture.getAttribute("aria-label")).toBe("Picture: A red boat at low tide");
    const keptNames = (): Promise<number> =>
      bo.page.evaluate(async () => {
        const names = (await caches.keys()).filter((name) => name.startsWith("parley-pictures-"));
        const lists = await Promise.all(names.map(async (name) => await (await caches.open(name)).keys()));
        return lists.flat().length;
      });
    await expect.poll(keptNames).toBe(1);
    await expect.poll(() => hasStored(bo, "From the harbour")).toBe(true);
    await hasShell(bo);
    const devtools = await bo.context.newCDPSession(bo.page);
    await devtools.send("Network.clearBrowserCache");
    await bo.context.setOffline(true);
    await bo.page.reload();
    const image = picture.locator(".picture-image[data-loaded=true]");
    await image.waitFor();
    expect(await image.getAttribute("src")).toMatch(/^blob:/);
    await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(1_280);
    await picture.click();
    const large = bo.page.getByRole("dialog").getByRole("img", { name: "Picture from Ana: A red boat at low tide" });
    await expect.poll(() => large.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(1_280);
    await bo.page.keyboard.press("Escape");
    await bo.context.setOffline(false);
    await bo.page.evaluate(() => dispatchEvent(new Event("online")));
    await ana.send("are you back");
    await bo.message("are you back").waitFor();
    await bo.page.getByRole("button", { name: /^Account/ }).click();
    await bo.page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect.poll(keptNames).toBe(0);
  });

  test("[W75] [W76] twenty pictures at once over a slow link: all arrive in their order, and a text does not wait for them", async () => {
    const [ana, bo] = await twoPeople();
    const files = [];
    for (let n = 1; n <= 20; n++) files.push(jpeg(`${n}.jpg`, await photo(ana, 320 + n, 240)));
    await attach(ana, ...files);
    const devtools = await ana.context.newCDPSession(ana.page);
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 150,
      uploadThroughput: 60_000,
      downloadThroughput: 200_000,
    });
    await ana.composer.fill("all of them");
    await sendButton(ana).click();
    await expect.poll(() => ana.page.getByTestId("pending-picture").count()).toBe(20);
    await ana.send("meanwhile");
    await bo.message("meanwhile").waitFor();
    expect(await bo.page.getByTestId("picture").count()).toBe(0);
    const pictures = bo.message("all of them").getByTestId("picture");
    await expect.poll(() => pictures.count(), { timeout: 60_000 }).toBe(20);
    await bo.page.getByTestId("picture").last().click();
    await bo.page.getByRole("dialog").getByText("20 of 20").waitFor();
    const wide = bo.page.getByRole("dialog").locator(".lightbox-picture");
    await expect.poll(() => wide.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(340);
    // By the mouse to the last one and back: the focus stays in the view.
    await bo.page.getByRole("dialog").getByRole("button", { name: "Previous" }).click();
    await bo.page.getByRole("dialog").getByRole("button", { name: "Next" }).click();
    await bo.page.getByRole("dialog").getByText("20 of 20").waitFor();
    expect(await bo.page.evaluate(() => document.activeElement?.closest("dialog") !== null)).toBe(true);
    await bo.page.keyboard.press("ArrowLeft");
    await bo.page.getByRole("dialog").getByText("19 of 20").waitFor();
    await bo.page.keyboard.press("Escape");
  });

  test("[W75] [W78] a video has a poster and is sought in; a HEIC picture is told honestly; a photo is taken with the camera", async () => {
    const [ana, bo] = await twoPeople({ permissions: ["camera"] });
    const film = await ana.page.evaluate(async () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [320, 180];
      const context = canvas.getContext("2d");
      const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
      const chunks: Blob[] = [];
      recorder.ondataavailable = ({ data }) => chunks.push(data);
      const ended = new Promise((resolve) => (recorder.onstop = resolve));
      recorder.start(100);
      for (let n = 0; n < 50; n++) {
        if (context === null) break;
        context.fillStyle = `hsl(${n * 7} 80% 50%)`;
        context.fillRect(0, 0, 320, 180);
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      recorder.stop();
      await ended;
      const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    });
    const heic = Buffer.concat([
      Buffer.from([0, 0, 0, 24]),
      Buffer.from("ftypheic\0\0\0\0mif1heic"),
      Buffer.alloc(200),
    ]);
    await attach(
      ana,
      { name: "film.webm", mimeType: "video/webm", buffer: Buffer.from(film, "base64") },
      { name: "phone.heic", mimeType: "image/heic", buffer: heic },
    );
    const tray = ana.page.getByTestId("tray-file").filter({ hasText: "phone.heic" });
    await tray.getByText("This browser cannot show HEIC pictures").waitFor();
    await ana.composer.fill("a film and a photo");
    await sendButton(ana).click();
    const message = bo.message("a film and a photo");
    const poster = message.getByTestId("picture").locator(".picture-image[data-loaded=true]");
    await poster.waitFor();
    await message.getByTestId("file-card").filter({ hasText: "phone.heic" }).waitFor();
    await message.getByTestId("picture").click();
    const video = bo.page.getByRole("dialog").locator("video");
    await video.waitFor();
    expect(await video.getAttribute("poster")).toMatch(/^(?:https?|data|blob):/);
    await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.readyState)).toBeGreaterThan(1);
    const at = await video.evaluate(async (element: HTMLVideoElement) => {
      const sought = new Promise((resolve) => element.addEventListener("seeked", resolve, { once: true }));
      element.currentTime = 1;
      await sought;
      return element.currentTime;
    });
    expect(at).toBeGreaterThan(0.5);
    await bo.page.keyboard.press("Escape");

    await ana.page.getByRole("button", { name: "Attach", exact: true }).click();
    await ana.page.getByRole("menuitem", { name: "Take a photo" }).click();
    const camera = ana.page.getByRole("dialog");
    await camera.getByRole("button", { name: "Take the photo" }).click();
    await camera.waitFor({ state: "detached" });
    await ana.page
      .getByTestId("tray-file")
      .filter({ hasText: /^photo / })
      .waitFor();
    await ana.composer.fill("as it looks here");
    await sendButton(ana).click();
    await bo.message("as it looks here").getByTestId("picture").locator(".picture-image[data-loaded=true]").waitFor();
  });
});
