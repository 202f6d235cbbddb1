import { expect, test } from "vitest";
import { placeOf, webSources } from "../../rig/syntax.ts";

/** Physical sides that are intended, because they are the same in every writing direction. */
const meant: readonly (readonly [name: RegExp, value: RegExp])[] = [
  // The cutouts of a phone are where they are.
  [/^padding$/, /env\(safe-area-inset-/],
];

const physicalNames =
  /^(?:(?:left|right)|(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)(?:-.+)?|border-(?:top|bottom)-(?:left|right)-radius)$/;

/** Whether a declaration names left or right, where start and end would be right in every language. */
function isPhysical(name: string, value: string): boolean {
  if (meant.some(([names, values]) => names.test(name) && values.test(value))) return false;
  if (physicalNames.test(name)) return true;
  if (/^(?:text-align|float|clear|caption-side)$/.test(name)) return /\b(?:left|right)\b/.test(value);
  if (/^(?:transform-origin|background-position|object-position|perspective-origin)$/.test(name))
    return /\b(?:left|right)\b/.test(value);
  if (name === "translate") return !/^(?:none|0(?:px)?\b|-50%)/.test(value);
  if (name === "transform") return /translate(?:X|3d)?\((?!0|-50%)/.test(value.replaceAll("translateY", ""));
  if (/\bgradient\(\s*to (?:left|right)\b/.test(value)) return true;
  const sides = partsOf(value);
  // Of four values the second is the right side and the fourth the left one; of corners they run round the box.
  if (/^(?:margin|padding|inset|border-(?:width|style|color)|scroll-(?:margin|padding))$/.test(name))
    return sides.length === 4 && sides[1] !== sides[3];
  if (name !== "border-radius" || value.includes("/")) return false;
  const [topLeft, topRight = topLeft, bottomRight = topLeft, bottomLeft = topRight] = sides;
  return topLeft !== topRight || bottomRight !== bottomLeft;
}

function partsOf(value: string): string[] {
  return value.trim().match(/(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];
}

function* declarations(css: string): Generator<{ name: string; value: string; at: number }> {
  const bare = css.replaceAll(/\/\*[^]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "));
  for (const { 1: name = "", 2: value = "", index } of bare.matchAll(/(?<=[{;]\s*)([a-z-]+)\s*:\s*([^;{}]+)(?=[;}])/g))
    yield { name, value: value.trim(), at: index };
}

test.each([
  ["margin-left: 4px", true],
  ["right: 0", true],
  ["border-left: 1px solid", true],
  ["border-top-left-radius: 2px", true],
  ["padding: 1px 2px 3px 4px", true],
  ["padding: 1px 2px 3px 2px", false],
  ["inset: 0 0 auto", false],
  ["border-radius: 4px 0", true],
  ["border-radius: 4px 4px 0 0", false],
  ["text-align: left", true],
  ["text-align: start", false],
  ["translate: 16px 0", true],
  ["translate: 0 -50%", false],
  ["transform: translateX(4px)", true],
  ["margin-inline-start: 4px", false],
  ["padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left)", false],
])("%s is physical: %s", (declaration, isOne) => {
  const found = [...declarations(`a { ${declaration}; }`)];
  expect(found.map(({ name, value }) => isPhysical(name, value))).toEqual([isOne]);
});

test("[W32] styles name the start and the end of a line, not left and right", () => {
  const sources = webSources(/\.css$/);
  const found = sources.flatMap((source) =>
    [...declarations(source.text)]
      .filter(({ name, value }) => isPhysical(name, value))
      .map(({ name, value, at }) => `${placeOf(source, at)} ${name}: ${value}`),
  );
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.flatMap(({ text }) => [...declarations(text)]).length).toBeGreaterThan(500);
  expect(found).toEqual([]);
});

test("[W32] no style in the markup names left or right", () => {
  const found = webSources(/\.tsx?$/).flatMap((source) =>
    [
      ...source.text.matchAll(
        /\b(?:margin|padding|border)(?:Left|Right)\b|\.style\.(?:left|right)\b|textAlign: "(?:left|right)"/g,
      ),
    ].map(({ index }) => placeOf(source, index)),
  );
  expect(found).toEqual([]);
});
