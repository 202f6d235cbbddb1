/** Owns the list of languages that the app speaks, and the choice among them. The catalog of each lies in catalogs/. */

/** The direction in which each language is written, by the language's tag. */
export const locales = {
  en: "ltr",
  es: "ltr",
  zh: "ltr",
  ar: "rtl",
  // Made from English by the build, for tests and development: accented and a third longer, and the same from right to left.
  "en-XA": "ltr",
  "ar-XB": "rtl",
} as const;

export type Locale = keyof typeof locales;

export const sourceLocale = "en" satisfies Locale;
export const pseudoLocales = ["en-XA", "ar-XB"] as const satisfies readonly Locale[];

interface Language {
  /** The catalog. */
  readonly locale: Locale;
  /** For dates and numbers: the tag that the browser asked for, which may name a region. */
  readonly formats: string;
}

/** The first language in the browser's list that the app speaks. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const locale = tagsOf(tag).find(isLocale);
    if (locale !== undefined) return { locale, formats: tag };
  }
  return { locale: sourceLocale, formats: sourceLocale };
}

/** The tags of the catalogs that fit, from the most exact one to the language alone: zh-TW, zh-Hant, zh. */
export function tagsOf(tag: string): readonly string[] {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return [tag, `${language}-${script}`, language];
  } catch {
    // Some browsers list tags that are not valid, such as "C".
    return [];
  }
}

function isLocale(tag: string): tag is Locale {
  return Object.hasOwn(locales, tag);
}
