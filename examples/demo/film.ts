/** Films a page of Chromium: each frame that the browser shows is drawn on a canvas of a second page, which records it as WebM. No other program is needed. */
import type { BrowserContext, Page } from "playwright-core";

export interface Film {
  /** Ends the film and answers its bytes. */
  end(): Promise<Buffer>;
}

const framesPerSecond = 20;
const bitsPerSecond = 900_000;

export async function film(context: BrowserContext, page: Page): Promise<Film> {
  const size = page.viewportSize() ?? { width: 1280, height: 800 };
  const studio = await context.newPage();
  await studio.evaluate(
    ({ width, height, rate, bits }) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const brush = canvas.getContext("2d");
      const chunks: Blob[] = [];
      const recorder = new MediaRecorder(canvas.captureStream(rate), {
        mimeType: "video/webm;codecs=vp9",
        videoBitsPerSecond: bits,
      });
      recorder.addEventListener("dataavailable", ({ data }) => void chunks.push(data));
      const draw = async (jpeg: string) => {
        const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
        brush?.drawImage(picture, 0, 0, width, height);
      };
      const end = async () => {
        const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
        recorder.stop();
        await stopped;
        const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
        let text = "";
        for (const byte of bytes) text += String.fromCharCode(byte);
        return btoa(text);
      };
      Object.assign(globalThis, { studio: { draw, end } });
      recorder.start(500);
    },
    { ...size, rate: framesPerSecond, bits: bitsPerSecond },
  );
  await page.bringToFront();
  const session = await context.newCDPSession(page);
  let drawn: Promise<unknown> = Promise.resolve();
  session.on("Page.screencastFrame", ({ data, sessionId }) => {
    drawn = drawn
      .then(() => studio.evaluate((jpeg) => (globalThis as unknown as Studio).studio.draw(jpeg), data))
      .catch(() => undefined);
    void session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
  });
  await session.send("Page.startScreencast", {
    format: "jpeg",
    quality: 85,
    maxWidth: size.width,
    maxHeight: size.height,
  });
  return {
    end: async () => {
      await session.send("Page.stopScreencast");
      await drawn;
      const bytes = await studio.evaluate(() => (globalThis as unknown as Studio).studio.end());
      await studio.close();
      return Buffer.from(bytes, "base64");
    },
  };
}

type Studio = { studio: { draw: (jpeg: string) => Promise<void>; end: () => Promise<string> } };
