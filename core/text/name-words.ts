/** Decides by which words a profile is found, and which words a query asks for. Each word of a query is a prefix of the handle or of a word of the name. */
import { fold } from "./fold.ts";
import { syllableScripts } from "./scripts.ts";

type Named = { handle: string | null; name: string };

/** Longer words are cut, in the index and in queries alike, so that a cursor, which contains a word, stays short. */
const wordUnitsMax = 32;
/** The most rows of the index that one profile costs. */
const wordsPerProfileMax = 24;

const spaces = /\s+/u;
const ofWord = /^[\p{L}\p{N}\p{M}]$/u;
const mark = /^[\p{M}\u1160-\u11FF\uD7B0-\uD7FF]$/u;
const syllable = new RegExp(`^[${syllableScripts}]$`, "u");

/** A leading @ is what people put before handles, in queries and in names. */
function foldedWords(text: string): string[] {
  return fold(text)
    .split(spaces)
    .map((word) => word.replace(/^@/, ""))
    .filter((word) => word !== "");
}

function cut(word: string): string {
  if (word.length <= wordUnitsMax) return word;
  const head = word.slice(0, wordUnitsMax);
  return head.isWellFormed() ? head : head.slice(0, -1);
}

/**
 * The handle, the words between spaces, and the endings of each word that begin at a later beginning: "Anne-Marie" is found by "marie", too, and
 * "(Bo)" by "bo". In Chinese, Japanese and Korean a word begins at each character, and behind the last one: "王小明Bob" is found by "小明" and "bob".
 */
function wholeWords({ handle, name }: Named): string[] {
  const words = foldedWords(name);
  const all = new Set(handle === null ? words : [handle, ...words]);
  for (const isSyllable of [false, true]) {
    for (const word of words) for (const at of beginnings(word, isSyllable)) all.add(word.slice(at));
  }
  all.delete("");
  return [...all];
}

/** Where within a word another one begins: at each syllable or ideogram, or (the other call) at each other letter that follows no such letter. */
function beginnings(word: string, ofSyllables: boolean): number[] {
  const found: number[] = [];
  let at = 0;
  let before: "none" | "letter" | "syllable" = "none";
  for (const character of word) {
    const is = !ofWord.test(character) ? "none" : syllable.test(character) ? "syllable" : "letter";
    if (!mark.test(character)) {
      if (is === "syllable" ? ofSyllables : is === "letter" && before !== "letter" && !ofSyllables) found.push(at);
      before = is;
    }
    at += character.length;
  }
  return found;
}

/** The words under which a profile stands in the index. */
export function nameWords(profile: Named): string[] {
  return [...new Set(wholeWords(profile).map(cut))].slice(0, wordsPerProfileMax);
}

/** The words of a query. The longest comes first, for it finds the fewest profiles. */
export function queryWords(query: string): string[] {
  return [...new Set(foldedWords(query))].sort((a, b) => b.length - a.length).slice(0, 8);
}

/** The part of a query's word that the index can be asked for. */
export function indexPrefix(word: string): string {
  return cut(word);
}

/** Whether each word of the query begins the handle or a word of the name. This decides in the end, for the index has words cut short. */
export function isFoundBy(profile: Named, words: readonly string[]): boolean {
  const own = wholeWords(profile);
  return words.every((word) => own.some((candidate) => candidate.startsWith(word)));
}
