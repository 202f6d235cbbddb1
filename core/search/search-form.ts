/**
 * Owns the one form in which texts are searched: " word word", letters folded, each gap between words one space, one before the first word too.
 *
 * A word is made of letters, digits and their marks, and is found by its beginning. Scripts without spaces between words (Chinese, Japanese,
 * Korean, Thai …) and emoji make runs, which are found by any part. If a word and a run touch, `seam` stands between them. So the character before
 * a place shows whether a word may begin there.
 */
import { fold, foldWhole } from "../text/fold.ts";
import { unspacedScripts } from "../text/scripts.ts";
import { codePoints } from "../../schema/text.ts";

/** The character between a word and a run that touch. No text has it. */
export const seam = "\u0001";

const ofRun = new RegExp(
  `^[${unspacedScripts}\\p{Extended_Pictographic}\\p{Regional_Indicator}\\p{Emoji_Modifier}]`,
  "u",
);
const ofWord = /^[\p{L}\p{N}]/u;
const ofMark = /^\p{M}/u;
const nonAscii = /[^\0-\x7F]/;

const unknown = 0;
const gap = 1;
const word = 2;
const run = 3;
/** A mark, which belongs to the character before it. */
const mark = 4;
type Kind = typeof gap | typeof word | typeof run | typeof mark;

const kinds = new Uint8Array(0x10000);

function kindOf(point: number): Kind {
  const known = kinds[point];
  if (known !== undefined && known !== unknown) return known as Kind;
  const character = String.fromCodePoint(point);
  const kind = ofRun.test(character) ? run : ofWord.test(character) ? word : ofMark.test(character) ? mark : gap;
  if (point < kinds.length) kinds[point] = kind;
  return kind;
}

export function isRunAt(form: string, at: number): boolean {
  const point = form.codePointAt(at);
  return point !== undefined && kindOf(point) === run;
}

export function searchForm(text: string): string {
  if (!nonAscii.test(text)) return ` ${text.toLowerCase().replace(/[^a-z0-9]+/g, " ")}`.replace("  ", " ").trimEnd();
  const form = new Form(null);
  for (const letter of lettersOf(text)) form.add(letter, 0);
  return form.text;
}

/** The words and runs of a form. */
export function partsOf(form: string): string[] {
  return form
    .split(" ")
    .flatMap((part) => part.split(seam))
    .filter((part) => part !== "");
}

/** A text in its form, and for each unit of the form the letter of the text that it comes from. */
export type PlacedForm = {
  form: string;
  /** For each unit of the form, the index of its letter. */
  letters: readonly number[];
  /** For each letter, where it begins in code points of the text. It ends where the next one begins. */
  begins: readonly number[];
};

export function placedForm(text: string): PlacedForm {
  const letters: number[] = [];
  const form = new Form(letters);
  const begins = [0];
  let points = 0;
  for (const letter of lettersOf(text)) {
    form.add(letter, begins.length - 1);
    points += codePoints(letter);
    begins.push(points);
  }
  return { form: form.text, letters, begins };
}

/** The letters of a text, each with its marks: each can be folded apart from the rest. */
function* lettersOf(text: string): Generator<string> {
  let from = 0;
  let at = 0;
  for (const character of text) {
    if (at > from && !joins(character)) {
      yield text.slice(from, at);
      from = at;
    }
    at += character.length;
  }
  if (at > from) yield text.slice(from, at);
}

/** Vowels and last consonants of Korean syllables, which folding joins with the characters before them. */
const jamo = /^[\u1160-\u11FF\uD7B0-\uD7FF]/;
const joining = /^[\p{M}\p{Default_Ignorable_Code_Point}\u0640\uFF9E\uFF9F]/u;

const joiners = new Uint8Array(0x10000);

/** Whether a character makes one letter with the character before it, so that the two cannot be folded apart. */
function joins(character: string): boolean {
  if (character < "\u0080") return false;
  const unit = character.length === 1 ? character.charCodeAt(0) : -1;
  const known = joiners[unit];
  if (known !== undefined && known !== 0) return known === 2;
  const is = joining.test(character) || jamo.test(fold(character));
  if (unit !== -1) joiners[unit] = is ? 2 : 1;
  return is;
}

/** How a UTF-16 unit of a text is folded: it stays as it is, it becomes other units or is a half of a character, or it joins the character before it. */
const stays = 1;
const changes = 2;
const joined = 3;
const unitFolds = new Uint8Array(0x10000);

function unitFoldOf(unit: number): number {
  const known = unitFolds[unit];
  if (known !== undefined && known !== 0) return known;
  const character = String.fromCharCode(unit);
  const isHalf = unit >= 0xd800 && unit <= 0xdfff;
  const fold = isHalf ? changes : joins(character) ? joined : foldWhole(character) === character ? stays : changes;
  unitFolds[unit] = fold;
  return fold;
}

/** The same as `foldWhole`, letter by letter: five times as quick, because most letters of a text stay as they are, and of the others there are few different ones. */
export function foldedText(text: string): string {
  if (!nonAscii.test(text)) return text.toLowerCase();
  let folded = "";
  let from = 0;
  for (let at = 0; at < text.length;) {
    const isAlone = at + 1 === text.length || unitFoldOf(text.charCodeAt(at + 1)) === stays;
    if (isAlone && unitFoldOf(text.charCodeAt(at)) === stays) {
      at++;
      continue;
    }
    let end = at + characterAt(text, at).length;
    while (end < text.length && isJoinedAt(text, end)) end += characterAt(text, end).length;
    folded += text.slice(from, at) + foldedLetter(text.slice(at, end));
    from = end;
    at = end;
  }
  return folded + text.slice(from);
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

function isJoinedAt(text: string, at: number): boolean {
  const fold = unitFoldOf(text.charCodeAt(at));
  return fold === joined || (fold === changes && joins(characterAt(text, at)));
}

const foldedLettersMax = 4_096;
const foldedLetters = new Map<string, string>();

/** Folds a letter, and remembers the result: folding costs a microsecond, and texts have few different letters. */
function foldedLetter(letter: string): string {
  const known = foldedLetters.get(letter);
  if (known !== undefined) return known;
  const folded = foldWhole(letter);
  if (foldedLetters.size >= foldedLettersMax) foldedLetters.clear();
  if (letter.length <= 4) foldedLetters.set(letter, folded);
  return folded;
}

/** A form that is built letter by letter. */
class Form {
  text = "";
  readonly #letters: number[] | null;
  #before: Kind = gap;

  constructor(letters: number[] | null) {
    this.#letters = letters;
  }

  /** `index`: the index of the letter. */
  add(letter: string, index: number): void {
    for (const character of foldedLetter(letter)) {
      const kind = kindOf(character.codePointAt(0) ?? 0);
      const is = kind === mark ? (this.#before === gap ? word : this.#before) : kind;
      if (is !== gap && is !== this.#before) this.#put(this.#before === gap ? " " : seam, index);
      if (is !== gap) this.#put(character, index);
      this.#before = is;
    }
  }

  #put(units: string, index: number): void {
    this.text += units;
    for (let unit = 0; unit < units.length; unit++) this.#letters?.push(index);
  }
}
