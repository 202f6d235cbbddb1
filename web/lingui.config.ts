/** Where texts are found in the source, and how their catalogs are written. See docs/texts.md. */
import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";
import { locales, pseudoLocales, sourceLocale } from "./texts/locales.ts";

export default defineConfig({
  rootDir: import.meta.dirname,
  sourceLocale,
  locales: Object.keys(locales),
  pseudoLocale: pseudoLocales.map((locale) => ({
    locale,
    extend: 0.33,
    extendCharacter: "~",
    rightToLeft: locales[locale] === "rtl",
  })),
  catalogs: [{ path: "<rootDir>/texts/catalogs/{locale}", include: ["<rootDir>"] }],
  // Without line numbers: a text that moves within its file changes no catalog.
  format: formatter({ lineNumbers: false }),
});
