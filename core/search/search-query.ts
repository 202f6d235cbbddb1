/**
 * Owns what a query asks for, and which texts answer it. All of its terms must occur. A term is a word or what is written together ("don't",
 * "3.14", "iPhone手机"), or a phrase in quotation marks. It begins at the beginning of a word; its last word may go on in the text.
 */
import { foldWhole } from "../text/fold.ts";
import { isRunAt, placedForm, seam, searchForm } from "./search-form.ts";

/** In the form of texts, without the first space. */
export type SearchQuery = { readonly terms: readonly Term[] };
export type Term = { readonly pattern: string; readonly isWord: boolean; readonly fallback: Uint16Array };

const quote = /["“”„‟«»]/;
const wordCharacter = `[\\p{L}\\p{N}\\p{M}\\p{Extended_Pictographic}\\p{Regional_Indicator}\\p{Emoji_Modifier}]`;
/** Punctuation that holds together what stands around it, as Unicode's words have it; a comma within numbers too. */
const hinge = `(?:['’._:·‧]|(?<=\\p{N}),(?=\\p{N}))`;
const piece = new RegExp(`${wordCharacter}+(?:${hinge}${wordCharacter}+)*`, "gu");

/** Undefined where the query has no word. */
export function searchQuery(typed: string): SearchQuery | undefined {
  const patterns = new Set<string>();
  // Between the quotation marks; a phrase that is not closed ends with the query.
  for (const [index, part] of foldWhole(typed).split(quote).entries()) {
    const isPhrase = index % 2 === 1;
    for (const one of isPhrase ? [part] : (part.match(piece) ?? [])) patterns.add(searchForm(one).slice(1));
  }
  patterns.delete("");
  return patterns.size === 0 ? undefined : { terms: [...patterns].map(termOf) };
}

function termOf(pattern: string): Term {
  return { pattern, isWord: !isRunAt(pattern, 0), fallback: fallbackOf(pattern) };
}

/** Whether a text, in its form, answers the query. */
export function isAnswer(query: SearchQuery, form: string): boolean {
  return query.terms.every((term) => place(term, form, 0) !== -1);
}

/** Where the query's terms stand in the whole text: half-open ranges in code points, ascending, apart from each other, at most `max`. */
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

/** The first place of a term from `from` on, or -1. By Knuth, Morris and Pratt, so that no text and no query take more than linear time. */
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

/** Of each beginning of the pattern: the length of its longest beginning that is its end, too. */
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
