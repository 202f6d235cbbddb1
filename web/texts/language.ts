/**
 * Owns the language that the page speaks: the one that the user chose in this browser, else the first of the browser's list that the app has. It changes only
 * as a whole: then everything on the page is drawn anew, so texts may be asked for anywhere, and not only by components.
 */
import { i18n, type Messages } from "@lingui/core";
import type { Observable } from "parley-sdk";
import { messages as source } from "./catalogs/en.po?first?lingui";
import { keepValues } from "./values.ts";
import { browserStore } from "../browser/browser-store.ts";
import { State } from "../browser/state.ts";
import { isFree, isPausing, once } from "../browser/work.ts";
import { chooseLanguage, type Locale, locales, sourceLocale, tagsOf } from "./locales.ts";

type Catalogs = Readonly<Record<string, () => Promise<{ readonly messages: Messages }>>>;

/** The texts of the first screens. The English ones are in the page's own script; those of each other language are a file of their own. */
const firstTexts: Catalogs = import.meta.glob<{ messages: Messages }>(["./catalogs/*.po", "!./catalogs/en.po"], {
  query: "?first?lingui",
});
/** All other texts, a file for each language. */
const otherTexts: Catalogs = import.meta.glob<{ messages: Messages }>("./catalogs/*.po", { query: "?rest?lingui" });

/** Whether the other texts of the language that is spoken are here, too. */
let areAllHere = false;

const key = "parley.language";

/** Counts the changes of the language. What shows texts is made anew with each. */
const spoken = new State(0);
export const spokenLanguage: Observable<number> = spoken;

/** The language that the user chose in this browser; null: as the browser says. */
export function chosenLanguage(): string | null {
  return browserStore.get(key);
}

/** Resolves when texts may be shown: at once for English. A catalog that does not load leaves the page in English. */
export function startLanguage(): Promise<void> | undefined {
  keepValues(i18n);
  let giveUp = (): void => undefined;
  // Another tab has changed it. Here somebody may be recording, or writing: then this tab follows when they pause.
  addEventListener("storage", (event) => {
    if (event.key !== key) return;
    giveUp();
    giveUp = once(isPausing, () => void speakChosen().then(() => spoken.set(spoken.getSnapshot() + 1)));
  });
  return speakFirst();
}

/** Speaks another language from now on, in all tabs; after a recording that is under way. Rejects where its catalog does not load; then nothing changes. */
export async function chooseLanguageHere(tag: string | null): Promise<void> {
  const { locale, formats } = chooseLanguage(wantedLanguages(tag));
  const messages = await catalogOf(locale);
  if (tag === null) browserStore.remove(key);
  else browserStore.set(key, tag);
  once(isFree, () => {
    speak(locale, formats, messages, true);
    spoken.set(spoken.getSnapshot() + 1);
  });
}

function wantedLanguages(tag: string | null): readonly string[] {
  if (tag === null) return navigator.languages;
  // For dates and numbers the browser may name the region.
  const inRegion = navigator.languages.find((each) => tagsOf(each).at(-1) === tag);
  return [inRegion ?? tag];
}

/** The texts that the first screens do not need. Whatever is shown later waits for them; rejects where they do not load. */
export async function fetchOtherTexts(): Promise<void> {
  while (!areAllHere) {
    const { locale } = i18n;
    const others = await fetched(otherTexts, locale);
    // Meanwhile another language may be spoken.
    if (i18n.locale !== locale || areAllHere) continue;
    areAllHere = true;
    i18n.load(locale, others);
  }
}

/** The first screen is not to wait for more texts than it needs. */
function speakFirst(): Promise<void> | undefined {
  const { locale, formats } = chooseLanguage(wantedLanguages(chosenLanguage()));
  const speakEnglish = (tag: string) => speak(sourceLocale, tag, source, false);
  if (locale === sourceLocale) {
    speakEnglish(formats);
    return undefined;
  }
  return fetched(firstTexts, locale).then(
    (messages) => speak(locale, formats, messages, false),
    () => speakEnglish(sourceLocale),
  );
}

/** Where its catalog does not load, the page goes on in the language that it speaks. */
async function speakChosen(): Promise<void> {
  const { locale, formats } = chooseLanguage(wantedLanguages(chosenLanguage()));
  try {
    speak(locale, formats, await catalogOf(locale), true);
  } catch {
    // It is spoken from the next start on.
  }
}

/** All texts of a language. */
async function catalogOf(locale: Locale): Promise<Messages> {
  const [first, others] = await Promise.all([
    locale === sourceLocale ? source : fetched(firstTexts, locale),
    fetched(otherTexts, locale),
  ]);
  return { ...first, ...others };
}

async function fetched(catalogs: Catalogs, locale: string): Promise<Messages> {
  const load = catalogs[`./catalogs/${locale}.po`];
  if (load === undefined) throw new Error(`There is no catalog of ${locale}`);
  return (await load()).messages;
}

/** The direction in which the page's language is written. */
export function pageDirection(): "ltr" | "rtl" {
  return document.documentElement.dir === "rtl" ? "rtl" : "ltr";
}

function speak(locale: Locale, formats: string, messages: Messages, areAll: boolean): void {
  areAllHere = areAll;
  i18n.loadAndActivate({ locale, locales: formats, messages });
  document.documentElement.lang = locale;
  document.documentElement.dir = locales[locale];
}
