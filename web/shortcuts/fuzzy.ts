/** Owns how well a typed text fits a title of which it may leave out letters: "hbw" finds "Harbour walk". Pure. */
import { fold } from "parley-sdk";

const wordStart = 12;
const following = 8;
const gap = 1;

/** The higher the better; null where it does not fit. Letters count in the order in which they were typed. */
export function fit(typed: string, title: string): number | null {
  const wanted = fold(typed.trim());
  const letters = fold(title);
  if (wanted === "") return 0;
  // What stands there as it was typed is better than any letters apart.
  const at = letters.indexOf(wanted);
  if (at !== -1) return 1_000 - Math.min(at, 100) + (isWordStart(letters, at) ? 200 : 0) - letters.length / 1_000;
  let [score, last] = [0, -1];
  for (const letter of wanted.replaceAll(/\s+/g, "")) {
    const next = nextOf(letters, letter, last + 1);
    if (next === -1) return null;
    if (isWordStart(letters, next)) score += wordStart;
    else if (next === last + 1) score += following;
    else score -= Math.min(gap * (next - last), 10);
    last = next;
  }
  return score - letters.length / 1_000;
}

/** The best of the items, each by the best of its titles. */
export function best<T>(
  typed: string,
  items: readonly T[],
  titlesOf: (item: T) => readonly string[],
  most: number,
): T[] {
  const found = items.flatMap((item) => {
    const fits = titlesOf(item).flatMap((title) => fit(typed, title) ?? []);
    return fits.length === 0 ? [] : [{ item, score: Math.max(...fits) }];
  });
  return found
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ item }) => item);
}

/** The letter where a word begins, if there is one, else anywhere. */
function nextOf(letters: string, letter: string, from: number): number {
  for (let at = letters.indexOf(letter, from); at !== -1; at = letters.indexOf(letter, at + 1))
    if (isWordStart(letters, at) || at === from) return at;
  return letters.indexOf(letter, from);
}

function isWordStart(letters: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(letters.charAt(at - 1));
}
