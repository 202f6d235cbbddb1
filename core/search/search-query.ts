/**
 * Owns the meaning of a query, and which texts match it. All terms of the query must occur. A term is a word, or words that are written together ("don't",
 * "3.14", "iPhone手机"), or a phrase in quotation marks. In a text that matches, it begins where a word begins, and its last word may be longer.
 */
import { foldWhole } from "../text/fold.ts";
import { foldedText, isRunAt, partsOf, placedForm, seam, searchForm } from "./search-form.ts";

/** The terms of a query, each in the search form without the first space. */
export type SearchQuery = { readonly terms: readonly Term[] };
/** `needle`: the longest part of the pattern without a gap, cut to `needleUnitsMax`. */
export type Term = {
  readonly pattern: string;
  readonly needle: string;
  readonly isWord: boolean;
  readonly fallback: Uint16Array;
};

/** The runtime's own search for a part of a text takes the length of the part times that of the text, at worst. */
const needleUnitsMax = 16;

const quote = /["“”„‟«»]/;
const wordCharacter = `[\\p{L}\\p{N}\\p{M}\\p{Extended_Pictographic}\\p{Regional_Indicator}\\p{Emoji_Modifier}]`;
/** Punctuation that joins the letters around it into one word, by Unicode's rules; also a comma in a number. */
const hinge = `(?:['’._:·‧]|(?<=\\p{N}),(?=\\p{N}))`;
const piece = new RegExp(`${wordCharacter}+(?:${hinge}${wordCharacter}+)*`, "gu");

/** The terms of a typed query; undefined if it has no word. */
export function searchQuery(typed: string): SearchQuery | undefined {
  const patterns = new Set<string>();
  // Each second part is between quotation marks. A phrase that is not closed ends with the query.
  for (const [index, part] of foldWhole(typed).split(quote).entries()) {
    const isPhrase = index % 2 === 1;
    for (const one of isPhrase ? [part] : (part.match(piece) ?? [])) patterns.add(searchForm(one).slice(1));
  }
  patterns.delete("");
  return patterns.size === 0 ? undefined : { terms: [...patterns].map(termOf) };
}

function termOf(pattern: string): Term {
  const [needle = ""] = partsOf(pattern).sort((a, b) => b.length - a.length);
  return {
    pattern,
    needle: needle.slice(0, needleUnitsMax),
    isWord: !isRunAt(pattern, 0),
    fallback: fallbackOf(pattern),
  };
}

/** Whether a text matches the query. Of most texts that do not match, the search form is not made, because that takes ten times as long as to fold a text as a whole. */
export function isAnswer(query: SearchQuery, text: string): boolean {
  return mayAnswer(query, text) && isAnswerInForm(query, searchForm(text));
}

/** True if the text matches; may be true if it does not. The letters of a word stand together in the folded text, too. */
function mayAnswer({ terms }: SearchQuery, text: string): boolean {
  const folded = foldedText(text);
  return terms.every(({ needle }) => folded.includes(needle));
}

function isAnswerInForm(query: SearchQuery, form: string): boolean {
  return query.terms.every((term) => place(term, form, 0) !== -1);
}

/** The places of the query's terms in the whole text: at most `max` half-open ranges in code points, ascending, which do not touch. */
export function highlightsOf(query: SearchQuery, text: string, max: number): [number, number][] {
  const { form, letters, begins } = placedForm(text);
  const ranges: [number, number][] = [];
  for (const term of query.terms) {
    const { length } = term.pattern;
    let found = 0;
    for (let at = place(term, form, 0); at !== -1 && found < max; at = place(term, form, at + length), found++) {
      const first = letters[at] ?? 0;
      const last = letters[at + length - 1] ?? first;
      ranges.push([begins[first] ?? 0, begins[last + 1] ?? 0]);
    }
  }
  const merged: [number, number][] = [];
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const before = merged.at(-1);
    if (before !== undefined && from <= before[1]) before[1] = Math.max(before[1], to);
    else merged.push([from, to]);
  }
  return merged.slice(0, max);
}

/** The first place of a term from `from` on, or -1. It uses the algorithm of Knuth, Morris and Pratt, which takes linear time for every text and query. */
function place({ pattern, isWord, fallback }: Term, form: string, from: number): number {
  let matched = 0;
  for (let at = from; at < form.length; at++) {
    const unit = form.charCodeAt(at);
    while (matched > 0 && pattern.charCodeAt(matched) !== unit) matched = fallback[matched - 1] ?? 0;
    if (pattern.charCodeAt(matched) === unit) matched++;
    if (matched < pattern.length) continue;
    const start = at + 1 - matched;
    if (!isWord || form[start - 1] === " " || form[start - 1] === seam) return start;
    matched = fallback[matched - 1] ?? 0;
  }
  return -1;
}

/** For each beginning of the pattern, the length of its longest own beginning that is also its end. */
function fallbackOf(pattern: string): Uint16Array {
  const fallback = new Uint16Array(pattern.length);
  let matched = 0;
  for (let at = 1; at < pattern.length; at++) {
    while (matched > 0 && pattern[at] !== pattern[matched]) matched = fallback[matched - 1] ?? 0;
    if (pattern[at] === pattern[matched]) matched++;
    fallback[at] = matched;
  }
  return fallback;
}
