/**
 * Owns the language that the page speaks. It is chosen when the page loads and stays for the page's life, so that texts may be asked for
 * anywhere, and not only by components.
 */
import { i18n, type Messages } from "@lingui/core";
import { messages as source } from "./catalogs/en.po";
import { keepValues } from "./values.ts";
import { chooseLanguage, type Locale, locales, sourceLocale } from "./locales.ts";

/** English is in the page's own script; each other language is a file of its own. */
const catalogs = import.meta.glob<{ messages: Messages }>(["./catalogs/*.po", "!./catalogs/en.po"]);

/** Resolves when texts may be shown: at once for English. A catalog that does not load leaves the page in English. */
export function startLanguage(): Promise<void> | undefined {
  keepValues(i18n);
  const { locale, formats } = chooseLanguage(navigator.languages);
  if (locale === sourceLocale) {
    speak(locale, formats, source);
    return undefined;
  }
  const load =
    catalogs[`./catalogs/${locale}.po`] ?? (() => Promise.reject(new Error(`There is no catalog of ${locale}`)));
  return load().then(
    ({ messages }) => speak(locale, formats, messages),
    () => speak(sourceLocale, sourceLocale, source),
  );
}

/** The direction in which the page's language is written. */
export function pageDirection(): "ltr" | "rtl" {
  return document.documentElement.dir === "rtl" ? "rtl" : "ltr";
}

function speak(locale: Locale, formats: string, messages: Messages): void {
  i18n.loadAndActivate({ locale, locales: formats, messages });
  document.documentElement.lang = locale;
  document.documentElement.dir = locales[locale];
}
