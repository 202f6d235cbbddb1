import { expect, test } from "vitest";
import { chooseLanguage } from "../../../web/texts/locales.ts";

test.each([
  [["en-GB", "en"], "en", "en-GB"],
  [["fr", "en-US"], "en", "en-US"],
  [["fr"], "en", "en"],
  [[], "en", "en"],
  [["en-XA", "en"], "en-XA", "en-XA"],
  [["ar-XB"], "ar-XB", "ar-XB"],
  [["C", "not a tag", "en-AU"], "en", "en-AU"],
  // Not the made-up one of the same letters.
  [["ar-EG", "en"], "ar", "ar-EG"],
  [["es-MX", "en"], "es", "es-MX"],
  [["zh-TW", "en"], "zh", "zh-TW"],
])("[W31] for %j the app speaks %s, with the formats of %s", (wanted, locale, formats) => {
  expect(chooseLanguage(wanted)).toEqual({ locale, formats });
});
