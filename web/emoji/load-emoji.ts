/** Owns loading the emoji and their names, in the page's language, when something first asks for them. */
import { type Emoji, type PackedEmoji, unpacked } from "./emoji.ts";

type Load = () => Promise<{ default: readonly PackedEmoji[] }>;

const english: Load = () => import("virtual:emoji/en");
/** The languages that the app speaks and that have names of emoji; others get the English ones. */
const loads: Readonly<Record<string, Load>> = {
  en: english,
  zh: () => import("virtual:emoji/zh"),
  es: () => import("virtual:emoji/es"),
};

let loaded: Promise<readonly Emoji[]> | undefined;

/** All emoji. Fails if they cannot be loaded; a later call tries again. */
export function loadEmoji(): Promise<readonly Emoji[]> {
  loaded ??= (loads[document.documentElement.lang.split("-")[0] ?? "en"] ?? english)().then(
    ({ default: packed }) => unpacked(packed),
    (error: unknown) => {
      loaded = undefined;
      throw error;
    },
  );
  return loaded;
}
