/** Decides which words a profile is found by, and what a query asks for: a prefix of the handle or of a word of the name. */

type Named = { handle: string | null; name: string };

/** Words are cut here, in the index and in the question alike, so that a cursor that names one stays short. */
const wordUnitsMax = 32;
/** A name of a hundred one-letter words costs no more rows than this. */
const wordsPerProfileMax = 24;

const spaces = /\s+/u;
const notLetters = /[^\p{L}\p{N}\p{M}]+/u;

/** What is the same to a reader becomes the same: NFKC, lower case, nothing that does not show. */
function fold(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, "");
}

function cut(word: string): string {
  if (word.length <= wordUnitsMax) return word;
  const head = word.slice(0, wordUnitsMax);
  return head.isWellFormed() ? head : head.slice(0, -1);
}

function wholeWords({ handle, name }: Named): string[] {
  const words = new Set<string>();
  if (handle !== null) words.add(handle);
  for (const word of fold(name).split(spaces)) {
    words.add(word);
    // "Anne-Marie" is found by "marie" too, "(Bo)" by "bo".
    for (const part of word.split(notLetters)) words.add(part);
  }
  words.delete("");
  return [...words];
}

/** The words under which a profile stands in the index. */
export function nameWords(profile: Named): string[] {
  return [...new Set(wholeWords(profile).map(cut))].slice(0, wordsPerProfileMax);
}

/** The words of a query, the longest first, for it finds the fewest. A leading @ is what people put before handles. */
export function queryWords(query: string): string[] {
  const words = fold(query)
    .split(spaces)
    .map((word) => word.replace(/^@/, ""))
    .filter((word) => word !== "");
  return [...new Set(words)].sort((a, b) => b.length - a.length).slice(0, 8);
}

/** The part of a query's word that the index can be asked for. */
export function indexPrefix(word: string): string {
  return cut(word);
}

/** Whether each word of the query begins the handle or a word of the name: the last say, for the index knows words cut short. */
export function isFoundBy(profile: Named, words: readonly string[]): boolean {
  const own = wholeWords(profile);
  return words.every((word) => own.some((candidate) => candidate.startsWith(word)));
}
