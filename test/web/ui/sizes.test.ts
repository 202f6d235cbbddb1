import { expect, test } from "vitest";
import { webSources } from "../../rig/syntax.ts";

/** Lines have the same breadth at each size of texts, and shadows are no part of the layout. */
const thin = /^(?:border|outline|box-shadow|text-)/;
/** Meant in pixels: below 16 of them phones zoom into a field, and crop-dialog.tsx reckons with the size of its stage. */
const meant = /max\(1rem, 16px\)|^280px$/;
const pixels = /(?<![\w.])(?:[3-9]|\d{2,})(?:\.\d+)?px\b/;

function inPixels(css: string): string[] {
  const bare = css.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/@(?:media|container)[^{]*\{/g, "");
  return [...bare.matchAll(/(?<=[{;]\s*)([\w-]+)\s*:\s*([^;{}]+)(?=[;}])/g)]
    .filter(([, name = "", value = ""]) => !thin.test(name) && !meant.test(value.trim()) && pixels.test(value))
    .map(([declaration]) => declaration);
}

test("lengths in pixels are found, also in a sum; lines, shadows and the bounds of media are none", () => {
  expect(inPixels("a { gap: 8px; padding: calc(1rem + 12px) }")).toHaveLength(2);
  expect(inPixels("a { border: 3px solid; margin: 2px } @media (width < 720px) { b { gap: 1rem } }")).toEqual([]);
});

test("what styles lay out grows with the size of texts", () => {
  const sources = webSources(/\.css$/).filter(({ file }) => !file.endsWith("tokens.css"));
  expect(sources.length).toBeGreaterThan(20);
  expect(sources.flatMap(({ file, text }) => inPixels(text).map((found) => `${file}: ${found}`))).toEqual([]);
});
