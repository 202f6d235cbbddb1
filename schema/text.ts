/** Owns what counts as text: the Unicode rules by which the server judges every string that a person wrote, and by which the browser asks beforehand. */
import { z } from "zod";
import { reportLimits } from "./bounds/reports.ts";
import { uploadLimits } from "./bounds/uploads.ts";
import { limits } from "./limits.ts";

/** Characters that no text may hold: C0 and C1 controls other than tab, LF and CR, and the anchors of interlinear annotation. */
// eslint-disable-next-line no-control-regex -- these are what is refused
const refused = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u0080-\u009F\uFFF9-\uFFFB]/g;
const lineFeeds = /[\n\r\u0085\u2028\u2029]/;
const whiteSpace = /^[\p{White_Space}\uFEFF]$/u;
/**
 * Characters that show nothing. Most have a Unicode property that says so: zero-width characters, fillers, variation selectors, tags. The others
 * are named here: the Khitan filler, controls, blank Braille, controls and blanks of Egyptian hieroglyphs, the null notehead of music.
 */
const blank =
  /^[\u{16FE4}\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Noncharacter_Code_Point}\u2800\u{13430}-\u{13442}\u{1D159}]*$/u;

/** Length in Unicode code points, which is how Parley counts text. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) {
        count--;
        i++;
      }
    }
  }
  return count;
}

/** The first `max` code points of a text, whole. */
export function codePointPrefix(text: string, max: number): string {
  if (text.length <= max) return text;
  let units = 0;
  for (let n = 0; n < max && units < text.length; n++) {
    const unit = text.charCodeAt(units);
    units += unit >= 0xd800 && unit <= 0xdbff && units + 1 < text.length ? 2 : 1;
  }
  return text.slice(0, units);
}

/** The longest prefix of whole code points within `max` bytes of UTF-8. */
export function bytePrefix(text: string, max: number): string {
  if (text.length * 3 <= max) return text;
  let bytes = 0;
  let i = 0;
  while (i < text.length) {
    const unit = text.charCodeAt(i);
    const isPair = unit >= 0xd800 && unit <= 0xdbff;
    const size = unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair ? 4 : 3;
    if (bytes + size > max) return text.slice(0, i);
    bytes += size;
    i += isPair ? 2 : 1;
  }
  return text;
}

/** Size in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes: each half adds one.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** Whether a text shows nothing at all. */
export function isBlank(value: string): boolean {
  return blank.test(value);
}

/** The text without the characters that no text may hold. They come along with pasted texts, and nobody sees them. */
export function cleanText(value: string): string {
  return value.replace(refused, "").toWellFormed();
}

/** The text without white space at both ends. It is written by hand, because a regular expression would scan each run of white space in the middle again and again. */
export function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && whiteSpace.test(value.charAt(start))) start++;
  while (end > start && whiteSpace.test(value.charAt(end - 1))) end--;
  return value.slice(start, end);
}

/**
 * Whether a line leaves a bidi control open, which would turn round the text that is shown after the line too. Embeddings and overrides end
 * with U+202C, isolates with U+2069. A control that is opened inside another must end inside it. An end without a beginning does nothing.
 */
export function hasOpenBidi(line: string): boolean {
  const open: ("embedding" | "isolate")[] = [];
  for (const [control] of line.matchAll(/[\u202A-\u202E\u2066-\u2069]/g)) {
    const isEnd = control === "\u202C" || control === "\u2069";
    const kind = control >= "\u2066" ? "isolate" : "embedding";
    if (!isEnd) open.push(kind);
    else if (open.at(-1) === kind) open.pop();
  }
  return open.length > 0;
}

/** `isLine`: one line that is shown among other text, such as a name. `mayBeBlank` "if empty": it may have no characters, but not only such as show nothing. */
type TextRule = { isLine: boolean; mayBeBlank: boolean | "if empty" };

/** Why a string is no text, or undefined. Length is judged apart, for it has another error code. */
function textFault(value: string, { isLine, mayBeBlank }: TextRule): string | undefined {
  if (!value.isWellFormed()) return "must be well-formed Unicode";
  if (isLine && lineFeeds.test(value)) return "must not hold line feeds";
  if (value.search(refused) !== -1) return "must not hold control characters";
  if (isLine && hasOpenBidi(value)) return "must not leave bidi controls open";
  const mayBe = mayBeBlank === "if empty" ? value === "" : mayBeBlank;
  if (!mayBe && isBlank(value)) return "must not be blank";
  return undefined;
}

/** A zod string of at most `max` code points under the text rules; too long is `too_large`, the rest `bad_request`. */
function text(max: number, rule: TextRule): z.ZodString {
  return z.string().check((ctx) => {
    // A code point has at most two units, so a string of more units is too long without counting.
    if (ctx.value.length > 2 * max || (ctx.value.length > max && codePoints(ctx.value) > max)) {
      ctx.issues.push({
        code: "too_big",
        maximum: max,
        inclusive: true,
        origin: "string",
        input: ctx.value,
        message: `must be at most ${max} code points`,
      });
      return;
    }
    const fault = textFault(ctx.value, rule);
    if (fault !== undefined) ctx.issues.push({ code: "custom", input: ctx.value, message: fault });
  });
}

/** One line that is shown among other text. White space at both ends is cut before the text is counted, stored and answered. */
function line(max: number) {
  return z
    .string()
    .transform(trimmed)
    .pipe(text(max, { isLine: true, mayBeBlank: false }));
}

export const messageText = text(limits.textCodePointsMax, { isLine: false, mayBeBlank: false });
/** The text of a message that may have attachments. Without them it must not be empty, which is judged where they are known. */
export const textBesideAttachments = text(limits.textCodePointsMax, { isLine: false, mayBeBlank: "if empty" });
export const name = line(limits.nameCodePointsMax);
export const title = line(limits.titleCodePointsMax);
export const pollQuestion = line(limits.pollQuestionCodePointsMax);
export const pollOption = line(limits.pollOptionCodePointsMax);
export const bio = text(limits.bioCodePointsMax, { isLine: false, mayBeBlank: true });
export const alternative = text(uploadLimits.altCodePointsMax, { isLine: false, mayBeBlank: false });
export const reportNote = text(reportLimits.reportNoteCodePointsMax, { isLine: false, mayBeBlank: true });
export const draft = text(limits.draftCodePointsMax, { isLine: false, mayBeBlank: true });
