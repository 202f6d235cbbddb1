/** Owns what the app knows of an emoji, how one is found by words, and in which tone of the skin it is shown. */
import { fold } from "parley-sdk";

export interface Emoji {
  /** In its fully qualified form, as reactions are kept. */
  readonly emoji: string;
  /** In the language of the page. */
  readonly name: string;
  /** Folded, each between bars: the name, its shortcodes as GitHub has them, an empty text, and further words by which it is found. */
  readonly words: string;
  readonly group: Group;
  /** The same emoji in the five tones of the skin, from light to dark; empty if it has no skin. */
  readonly tones: readonly string[];
}

/** The groups of Unicode in their order; faces and gestures are told apart by two groups, and "parts" stands for no emoji of its own. */
export const groups = [
  "smileys",
  "people",
  "nature",
  "food",
  "travel",
  "activities",
  "objects",
  "symbols",
  "flags",
] as const;
export type Group = (typeof groups)[number];

const groupsByNumber: readonly Group[] = [
  "smileys",
  "people",
  "people",
  "nature",
  "food",
  "travel",
  "activities",
  "objects",
  "symbols",
  "flags",
];

export type PackedEmoji = readonly [
  emoji: string,
  name: string,
  words: string,
  group: number,
  tones?: readonly string[],
];

export function unpacked(packed: readonly PackedEmoji[]): readonly Emoji[] {
  return packed.map(([emoji, name, words, group, toneOf = []]) => ({
    emoji,
    name,
    words,
    group: groupsByNumber[group] ?? "symbols",
    tones: toneOf,
  }));
}

/** 0: no tone, which is yellow. 1 to 5: from light to dark. */
export type Tone = 0 | 1 | 2 | 3 | 4 | 5;
export const tones: readonly Tone[] = [0, 1, 2, 3, 4, 5];

export function toned({ emoji, tones: toneOf }: Pick<Emoji, "emoji" | "tones">, tone: Tone): string {
  return tone === 0 ? emoji : (toneOf[tone - 1] ?? emoji);
}

/**
 * The emoji that have all words of the query, the best first: those of which a name is the query, then those of which a name begins with it, the shortest first, then those
 * of which another text begins with it, then those in which each word of the query begins some word. `_` counts as a space, as in shortcodes. Among
 * equals the order of Unicode stays.
 */
export function found(all: readonly Emoji[], query: string, max = Number.POSITIVE_INFINITY): readonly Emoji[] {
  const looked = lookedFor(query);
  if (looked === "") return all.slice(0, max);
  const holds = looked.split(/\s+/).map(wordHolder);
  const [whole, begun] = [`|${looked}|`, `|${looked}`];
  const ranked: [Emoji[], Emoji[], Emoji[], Emoji[]] = [[], [], [], []];
  for (const each of all) {
    const { words, emoji } = each;
    if (emoji === query || isNamed(each, whole)) ranked[0].push(each);
    else if (isNamed(each, begun)) ranked[1].push(each);
    else if (words.includes(begun)) ranked[2].push(each);
    else if (holds.every((isIn) => isIn(words))) ranked[3].push(each);
  }
  const length = ({ words }: Emoji) => {
    const at = words.indexOf(begun);
    return words.indexOf("|", at + 1) - at;
  };
  ranked[1].sort((one, other) => length(one) - length(other));
  return ranked.flat().slice(0, max);
}

function lookedFor(query: string): string {
  return fold(query).replaceAll("_", " ").replaceAll("|", "").trim();
}

function isNamed({ words }: Emoji, looked: string): boolean {
  const at = words.indexOf(looked);
  return at !== -1 && at < words.indexOf("||");
}

/** Where a script puts no spaces between words, a part counts wherever it stands. */
function wordHolder(part: string): (words: string) => boolean {
  if (/\p{sc=Han}/u.test(part)) return (words) => words.includes(part);
  const beginnings = [`|${part}`, ` ${part}`, `-${part}`];
  return (words) => beginnings.some((beginning) => words.includes(beginning));
}

/** Where a `:name` begins that is being written at the caret, and what is written of it; null if there is none. */
export function emojiQueryAt(text: string, caret: number): { readonly at: number; readonly typed: string } | null {
  const match = /(?<=^|[\s(])[:]([\p{L}\p{N}_+-]{2,30})$/u.exec(text.slice(0, caret));
  return match?.[1] === undefined ? null : { at: match.index, typed: match[1] };
}

/** The emoji that a whole `:name:` before the caret stands for; null if none does. */
export function wholeName(all: readonly Emoji[], text: string, caret: number): { at: number; emoji: Emoji } | null {
  const match = /(?<=^|[\s(])[:]([\p{L}\p{N}_+-]{2,30})[:]$/u.exec(text.slice(0, caret));
  const looked = lookedFor(match?.[1] ?? "");
  const emoji = looked === "" ? undefined : all.find((each) => isNamed(each, `|${looked}|`));
  return match === null || emoji === undefined ? null : { at: match.index, emoji };
}
