/** Owns how the page's language writes numbers and lists. Formats are made once, when they are first used: to make one takes far longer than to use it. */
import { i18n } from "@lingui/core";

/** Makes a format for the page's language when it is first asked for. */
export function format<T>(make: (locale: string) => T): () => T {
  let made: { readonly locale: string; readonly format: T } | undefined;
  return () => {
    const locale = [i18n.locales ?? i18n.locale].flat()[0] ?? "en";
    if (made?.locale !== locale) made = { locale, format: make(locale) };
    return made.format;
  };
}

const number = format((locale) => new Intl.NumberFormat(locale));
const list = format((locale) => new Intl.ListFormat(locale, { type: "conjunction" }));

export function numberText(value: number): string {
  return number().format(value);
}

const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
const sizes = units.map((unit) =>
  format((locale) => {
    // Only in the long form bytes are more than one.
    const unitDisplay = unit === "byte" ? "long" : "short";
    return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 });
  }),
);

/** The size of a file: "3.4 MB" */
export function bytesText(bytes: number): string {
  let [value, i] = [bytes, 0];
  for (; value >= 1_000 && i < units.length - 1; i++) value /= 1_000;
  return sizes[i]?.().format(value) ?? "";
}

const order = format((locale) => new Intl.Collator(locale));

/** For sorting: as a list of names in the page's language. */
export function compareNames(one: string, other: string): number {
  return order().compare(one, other);
}

const region = format((locale) => new Intl.DisplayNames(locale, { type: "region" }));

/** The name of a country, by its two letters; null where they are none. */
export function regionName(code: string): string | null {
  try {
    return region().of(code) ?? null;
  } catch {
    return null;
  }
}

const percent = format((locale) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }));

/** A share of 1: "42%" */
export function percentText(share: number): string {
  return percent().format(share);
}

/** "Ana, Ben and Cleo" */
export function listText(items: readonly string[]): string {
  return list().format(items);
}

/** The same for items that are no texts: their indexes, and what stands between them. */
export function listPieces(count: number): (number | string)[] {
  const indexes = Array.from({ length: count }, (_item, index) => String(index));
  return list()
    .formatToParts(indexes)
    .map(({ type, value }) => (type === "element" ? Number(value) : value));
}
