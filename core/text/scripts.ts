/** Owns which writing systems run words together, so that a word may begin at any of their letters. */

/**
 * Chinese, Japanese and Korean: names and words in them are found by any part. For use within the brackets of a pattern. The marks of kana
 * are named one by one, for they are of no script; by the scripts that use it (`scx`) an accent of Latin letters would be of Thai.
 */
export const syllableScripts =
  "\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Bopomofo}\\p{sc=Hangul}\\u3006\\u3099\\u309A\\u30FC\\uFF70";

/** All that put no space where a word of Latin letters may follow. */
export const unspacedScripts = `${syllableScripts}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{sc=Tibetan}`;
