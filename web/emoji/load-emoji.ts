/** Owns loading the emoji and their names, in the page's language, when something first asks for them. */
import { type Emoji, type PackedEmoji, unpacked } from "./emoji.ts";

type Load = () => Promise<{ default: readonly PackedEmoji[] }>;

const english: Load = () => import("virtual:emoji/en");
/** The languages that the app speaks and that have names of emoji; others get the English ones. */
const loads: Readonly<Record<string, Load>> = {
  en: english,
  zh: () => import("virtual:emoji/zh"),
  es: () => import("virtual:emoji/es"),
  ar: () => import("virtual:emoji/ar"),
};

const loaded = new Map<string, Promise<readonly Emoji[]>>();

/** The language in which emoji are named now: the page's, which may change while it lives. */
export function emojiLanguage(): string {
  const language = document.documentElement.lang.split("-")[0] ?? "en";
  return language in loads ? language : "en";
}

/** All emoji, with their names in the page's language. Fails if they cannot be loaded; a later call tries again. */
export function loadEmoji(): Promise<readonly Emoji[]> {
  const language = emojiLanguage();
  const known = loaded.get(language);
  if (known !== undefined) return known;
  const loading = (loads[language] ?? english)().then(
    ({ default: packed }) => unpacked(packed),
    (error: unknown) => {
      loaded.delete(language);
      throw error;
    },
  );
  loaded.set(language, loading);
  return loading;
}
