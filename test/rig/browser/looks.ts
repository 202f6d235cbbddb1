/**
 * Owns pictures of screens that are committed: how a screen is made the same at each run, and how it is compared with its picture.
 *
 * Pictures are compared by blocks of 8 × 8 pixels, because a browser of another version smooths letters and rounded corners differently, which changes single pixels and
 * leaves the mean colour of a block nearly as it was. What moved by a pixel, or has another colour, changes the means of many blocks.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { root } from "../sources.ts";

/**
 * The mean of a block with letters or edges may differ by so much in a channel, of 255. A stem that is smoothed as if it lay a quarter of a pixel further changes it by 8, one that
 * lies a whole pixel further by 32. Chromium and its headless shell, with hinting and without, differ by less than 1.
 */
const edgeMax = 14;
/** The same of a block of a single colour, in which there is nothing to be smoothed. */
const plainMax = 2;
/** So many blocks of a screen may differ by more: a caret's width or a corner. An icon of 16 pixels covers four to nine. */
const blocksMax = 3;

/** Ignored by git. */
const shownFolder = "dist/looks";

/** What the page does not decide: emoji, of which each system has its own or none, the blinking caret, and how the system wants letters laid on pixels. */
const sameForAll = `
  .reaction { inline-size: 3rem; color: transparent !important; }
  .menu-emoji { color: transparent !important; }
  * { text-rendering: geometricPrecision !important; }
  *, *::before, *::after { caret-color: transparent !important; }
`;

interface Difference {
  readonly blocks: number;
  /** A picture in which they are red, on the paled new one. Empty where the sizes differ. */
  readonly picture: string;
}

/** What a screen shows a moment later, as an answer of the server, may be awaited so long. */
const settlesMs = 10_000;

/**
 * Compares the screen with its committed picture; null where they are the same, at once or soon, else what differs and where the new picture and the difference lie.
 * With `isKept` the new picture takes the place of the committed one.
 */
export async function compare(page: Page, folder: string, name: string, isKept: boolean): Promise<string | null> {
  const path = join(folder, `${name}.png`);
  const before = existsSync(path) ? readFileSync(path) : undefined;
  const look = async (): Promise<Difference & { now: Buffer }> => {
    const now = await picture(page);
    return { now, ...(before === undefined ? { blocks: Infinity, picture: "" } : await difference(page, before, now)) };
  };
  let found = await look();
  const until = Date.now() + (before === undefined ? 0 : settlesMs);
  while (found.blocks > blocksMax && Date.now() < until) {
    await page.waitForTimeout(250);
    found = await look();
  }
  const { now } = found;
  if (isKept && found.blocks > 0) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, now);
  }
  if (isKept || found.blocks <= blocksMax) return null;
  const shown = join(root, shownFolder);
  mkdirSync(shown, { recursive: true });
  writeFileSync(join(shown, `${name}.png`), now);
  if (before === undefined) return `${name}: there is no picture of it yet. It would be ${shownFolder}/${name}.png`;
  if (found.picture === "") return `${name}: another size, see ${shownFolder}/${name}.png`;
  writeFileSync(join(shown, `${name}-difference.png`), Buffer.from(found.picture, "base64"));
  return `${name}: ${found.blocks} blocks differ, see ${shownFolder}/${name}.png and ${shownFolder}/${name}-difference.png`;
}

/** Whether a screen would fail beside its committed picture. */
export async function isDifferent(page: Page, folder: string, name: string): Promise<boolean> {
  const { blocks } = await difference(page, readFileSync(join(folder, `${name}.png`)), await picture(page));
  return blocks > blocksMax;
}

async function picture(page: Page): Promise<Buffer> {
  await steady(page);
  return await page.screenshot({ animations: "disabled", scale: "css" });
}

/** Fonts and pictures are there, nothing moves, and what comes from random ids is the same at each run. */
async function steady(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(async (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    // The hue of a person comes from an id, which is random: here from the letters of the avatar or the name.
    for (const element of document.querySelectorAll<HTMLElement>('[class*="hue-"]')) {
      const letter = (element.textContent ?? "").trim().codePointAt(0) ?? 0;
      element.style.setProperty("--hue", String((letter * 47) % 360));
    }
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  }, sameForAll);
}

/** Worked out in the page, which reads and writes such pictures anyway. */
async function difference(page: Page, before: Buffer, now: Buffer): Promise<Difference> {
  return await page.evaluate(
    async ({ pictures, edgeMost, plainMost }) => {
      const side = 8;
      const [one, other] = await Promise.all(
        pictures.map(async (text) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.codePointAt(0) ?? 0);
          const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
          const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
          context?.drawImage(picture, 0, 0);
          return context ?? undefined;
        }),
      );
      if (one === undefined || other === undefined) throw new Error("The pictures cannot be drawn");
      const { width, height } = other.canvas;
      if (one.canvas.width !== width || one.canvas.height !== height) return { blocks: Infinity, picture: "" };
      const pixels = [one, other].map((context) => context.getImageData(0, 0, width, height).data);
      /** Of each channel: the mean in both pictures, and whether it is one value in both. */
      const isOther = (left: number, top: number) => {
        const [right, bottom] = [Math.min(left + side, width), Math.min(top + side, height)];
        return [0, 1, 2].some((channel) => {
          let isPlain = true;
          const means = pixels.map((data) => {
            let [sum, least, most] = [0, 255, 0];
            for (let y = top; y < bottom; y++)
              for (let x = left; x < right; x++) {
                const value = data[(y * width + x) * 4 + channel] ?? 0;
                sum += value;
                least = Math.min(least, value);
                most = Math.max(most, value);
              }
            isPlain &&= most - least <= 1;
            return sum / ((right - left) * (bottom - top));
          });
          return Math.abs((means[0] ?? 0) - (means[1] ?? 0)) > (isPlain ? plainMost : edgeMost);
        });
      };
      const places: [number, number][] = [];
      for (let top = 0; top < height; top += side)
        for (let left = 0; left < width; left += side) if (isOther(left, top)) places.push([left, top]);
      other.fillStyle = "rgb(255 255 255 / 60%)";
      other.fillRect(0, 0, width, height);
      other.fillStyle = "rgb(255 0 0 / 60%)";
      for (const [left, top] of places) other.fillRect(left, top, side, side);
      const drawn = new Uint8Array(await (await other.canvas.convertToBlob()).arrayBuffer());
      return { blocks: places.length, picture: btoa(Array.from(drawn, (byte) => String.fromCodePoint(byte)).join("")) };
    },
    {
      pictures: [before.toString("base64"), now.toString("base64")],
      edgeMost: edgeMax,
      plainMost: plainMax,
    },
  );
}
