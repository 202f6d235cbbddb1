/** Owns what counts as text: the Unicode rules that every string of a person passes on its way in. */
import { z } from "zod";
import { limits } from "./limits.ts";

/** C0 controls other than tab, LF and CR. */
// eslint-disable-next-line no-control-regex -- these are what is refused
const controls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F]/;
const lineFeeds = /[\n\r\u2028\u2029]/;
/** White space, zero-width and other characters that show nothing (Unicode Default_Ignorable_Code_Point). */
const blank = /^[\s\p{White_Space}\p{Default_Ignorable_Code_Point}]*$/u;

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

/** Why a string is no text, or undefined. Length is judged apart, for it has another error code. */
export function textFault(value: string, rule: { lines: boolean; mayBeBlank: boolean }): string | undefined {
  if (!value.isWellFormed()) return "must be well-formed Unicode";
  if (controls.test(value)) return "must not hold control characters";
  if (!rule.lines && lineFeeds.test(value)) return "must not hold line feeds";
  if (!rule.mayBeBlank && blank.test(value)) return "must not be blank";
  return undefined;
}

/** A zod string of at most `max` code points under the text rules; too long is `too_large`, the rest `bad_request`. */
function text(max: number, rule: { lines: boolean; mayBeBlank: boolean }): z.ZodString {
  return z.string().check((ctx) => {
    // Two units a code point at most: what is longer need not be counted or looked at.
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

export const messageText = text(limits.textCodePointsMax, { lines: true, mayBeBlank: false });
export const name = text(limits.nameCodePointsMax, { lines: false, mayBeBlank: false });
export const title = text(limits.titleCodePointsMax, { lines: false, mayBeBlank: false });
export const bio = text(limits.bioCodePointsMax, { lines: true, mayBeBlank: true });
export const draft = text(limits.draftCodePointsMax, { lines: true, mayBeBlank: true });

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const pictograph = /\p{Extended_Pictographic}|\p{Regional_Indicator}|[#*0-9]\uFE0F?\u20E3/u;

/** One emoji: one grapheme cluster, of at most 64 bytes, that holds a pictograph, a flag or a keycap. */
export function isEmoji(value: string): boolean {
  if (value.length === 0 || value.length > limits.reactionBytesMax || utf8Bytes(value) > limits.reactionBytesMax)
    return false;
  if (!value.isWellFormed() || !pictograph.test(value)) return false;
  const [first, second] = graphemes.segment(value);
  return first?.segment === value && second === undefined;
}

export const emoji = z.string().refine(isEmoji, "must be one emoji");
