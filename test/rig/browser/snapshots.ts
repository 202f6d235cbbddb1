/** Owns pictures of screens that are kept beside the tests: how a screen is made the same at each run, and how two pictures are compared. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** A channel of a pixel that differs by less is the same: edges of letters differ by a little. */
const channelMax = 48;
/** So much of a picture may differ. */
const shareMax = 0.004;

/** What differs at each run and says nothing of the look: times, and the hues that come from random ids. */
const sameForAll = `
  [class*="hue-"] { --hue: 255 !important; }
  time { display: inline-block !important; inline-size: 3rem !important; visibility: hidden !important; }
  *, *::before, *::after { caret-color: transparent !important; }
`;

/**
 * Compares the screen with its picture in a folder; null where they are the same, else what differs. The new picture lies in a temporary folder then.
 * With `isKept` the new picture takes the place of the old one.
 */
export async function compare(page: Page, folder: string, name: string, isKept: boolean): Promise<string | null> {
  await page.evaluate(async (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
    await document.fonts.ready;
  }, sameForAll);
  await page.mouse.move(0, 0);
  const now = await page.screenshot({ animations: "disabled", scale: "css" });
  const path = join(folder, `${name}.png`);
  if (isKept) {
    writeFileSync(path, now);
    return null;
  }
  if (!existsSync(path)) return `${name}: there is no picture of it yet`;
  const share = await differing(page, readFileSync(path), now);
  if (share <= shareMax) return null;
  const shown = join(tmpdir(), "parley-snapshots");
  mkdirSync(shown, { recursive: true });
  writeFileSync(join(shown, `${name}.png`), now);
  return `${name}: ${(share * 100).toFixed(1)} % differ, see ${join(shown, `${name}.png`)}`;
}

/** The share of pixels that differ; 1 where the sizes do. Worked out in the browser, which reads such pictures anyway. */
async function differing(page: Page, before: Buffer, now: Buffer): Promise<number> {
  return await page.evaluate(
    async ({ pictures, most }) => {
      const [one, other] = await Promise.all(
        pictures.map(async (text) => {
          const picture = new Image();
          picture.src = `data:image/png;base64,${text}`;
          await picture.decode();
          const canvas = new OffscreenCanvas(picture.width, picture.height);
          const context = canvas.getContext("2d");
          context?.drawImage(picture, 0, 0);
          return context?.getImageData(0, 0, picture.width, picture.height);
        }),
      );
      if (one === undefined || other === undefined || one.width !== other.width || one.height !== other.height)
        return 1;
      let count = 0;
      for (let at = 0; at < one.data.length; at += 4) {
        for (const channel of [0, 1, 2]) {
          if (Math.abs((one.data[at + channel] ?? 0) - (other.data[at + channel] ?? 0)) <= most) continue;
          count++;
          break;
        }
      }
      return count / (one.data.length / 4);
    },
    { pictures: [before.toString("base64"), now.toString("base64")], most: channelMax },
  );
}
