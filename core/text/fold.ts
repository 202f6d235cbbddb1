/**
 * Owns the one rule by which letters count as the same when people and conversations are searched, on the server and in the browser.
 *
 * Compatibility forms are taken apart (NFKD). Case is folded in full: "Straße" is "strasse", "İlker" is "ilker". Accents of Latin, Greek and
 * Cyrillic letters and the vowel points of Arabic and Hebrew are left out, and strokes through Latin letters with them: "Nguyễn" is "nguyen",
 * "Đặng" is "dang". Marks that make another letter stay: those of Devanagari, Tamil, Thai, Japanese. Invisible characters are left out.
 */

/** Marks that make no other letter, or that people leave out when they type, as ranges for use within brackets. */
const accentRanges = [
  // Without U+0345, the iota under Greek letters: full case folding makes a letter of it.
  "\\u0300-\\u0344\\u0346-\\u036F",
  "\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u20D0-\\u20F0\\uFE20-\\uFE2F",
  // Marks of Cyrillic numbers, of Hebrew, and of Arabic, with its stretching stroke.
  "\\u0483-\\u0489",
  "\\u0591-\\u05C7",
  "\\u0610-\\u061A\\u0640\\u064B-\\u065F\\u0670\\u06D6-\\u06DC\\u06DF-\\u06E8\\u06EA-\\u06ED",
];
const accents = new RegExp(`[${accentRanges.join("")}]+`, "gu");
const hidden = /\p{Default_Ignorable_Code_Point}+/gu;
/**
 * Normalizing sorts the marks of a letter, in the square of their number, and a text may hold 100,000 of them. No writing puts as many on one
 * letter as stay here. U+FF9E and U+FF9F become marks by normalizing.
 */
const excessMarks = /([\p{M}\uFF9E\uFF9F]{32})[\p{M}\uFF9E\uFF9F]+/gu;
/** Letters that Unicode does not take apart, each with the letters that people type instead. */
const plain: Readonly<Record<string, string>> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ł: "l",
  ħ: "h",
  ŧ: "t",
  ŋ: "n",
  ı: "i",
  ĸ: "k",
  þ: "th",
  ƀ: "b",
  ɓ: "b",
  ɗ: "d",
  ƙ: "k",
  ƴ: "y",
  ə: "e",
  ɛ: "e",
  ɔ: "o",
  ς: "σ",
};
const special = new RegExp(`[${Object.keys(plain).join("")}]`, "gu");

export function fold(text: string): string {
  // Lower, upper, lower: "ẞ" becomes "ß", "SS", "ss".
  const once = bare(text).toLowerCase().toUpperCase().toLowerCase();
  return bare(once).replace(special, (letter) => plain[letter] ?? letter);
}

/** The same with letters put together again (NFC), so that "か" is no part of "が". */
export function foldWhole(text: string): string {
  return fold(text).normalize("NFC");
}

function bare(text: string): string {
  const few = stripped(text).replace(excessMarks, "$1");
  return stripped(few.normalize("NFKD"));
}

function stripped(text: string): string {
  return text.replace(hidden, "").replace(accents, "");
}

/** Whether `text` contains `typed`. A blank `typed` is in no text. */
export function holdsFolded(text: string, typed: string): boolean {
  const sought = fold(typed).trim();
  return sought !== "" && fold(text).includes(sought);
}
