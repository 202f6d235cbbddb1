/**
 * Owns the one rule by which letters count as the same when people and conversations are searched, on the server and in the browser.
 *
 * Compatibility forms are taken apart (NFKD). Case is folded in full: "Straße" is "strasse", "İlker" is "ilker". Accents of Latin, Greek and
 * Cyrillic letters and the vowel points of Arabic and Hebrew are left out, and strokes through Latin letters with them: "Nguyễn" is "nguyen",
 * "Đặng" is "dang". Marks that make another letter stay: those of Devanagari, Tamil, Thai, Japanese. What does not show is left out.
 */

/** Marks that no letter of another sound is made by, or that people leave out when they type: ranges for use within brackets. */
const accentRanges = [
  // All but the iota under Greek letters, which in full case folding is a letter.
  "\\u0300-\\u0344\\u0346-\\u036F",
  "\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u20D0-\\u20F0\\uFE20-\\uFE2F",
  // Of Cyrillic numbers, Hebrew, Arabic with its stretching stroke.
  "\\u0483-\\u0489",
  "\\u0591-\\u05C7",
  "\\u0610-\\u061A\\u0640\\u064B-\\u065F\\u0670\\u06D6-\\u06DC\\u06DF-\\u06E8\\u06EA-\\u06ED",
];
const accents = new RegExp(`[${accentRanges.join("")}]+`, "gu");
const hidden = /\p{Default_Ignorable_Code_Point}+/gu;
/** Letters that Unicode does not take apart, by what people type who lack them. */
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

function bare(text: string): string {
  return text.normalize("NFKD").replace(hidden, "").replace(accents, "");
}

/** Whether `text` holds what was typed; nothing typed is in no text. */
export function holdsFolded(text: string, typed: string): boolean {
  const sought = fold(typed).trim();
  return sought !== "" && fold(text).includes(sought);
}
