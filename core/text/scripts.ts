/** Owns which writing systems run words together, so that a word may begin at any of their letters. */

/**
 * Chinese, Japanese and Korean, for use within the brackets of a pattern: names and words in them are found by any part. The marks of kana
 * belong to no script, so they are listed. `scx`, the scripts that use a character, would not do: it gives some accents of Latin letters to Thai.
 */
export const syllableScripts =
  "\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Bopomofo}\\p{sc=Hangul}\\u3006\\u3099\\u309A\\u30FC\\uFF70";

/** The scripts that put no space before a following word of Latin letters. */
export const unspacedScripts = `${syllableScripts}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{sc=Tibetan}`;
