/**
 * Owns the direction of what is being written. A handle or an address before the first word has no say in it, as in the message itself: an Arabic draft that begins with a mention
 * begins at the right.
 */
import { textSpans } from "parley-sdk";

const letter = /\p{L}/u;
const ofRightToLeft =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** The value of `dir` for the field: `auto` where the browser finds it, undefined for that of the page. */
export function writtenDirection(text: string): "auto" | "ltr" | "rtl" | undefined {
  // As the browser does, it goes by the first line with something in it.
  const line = /[^\n]*\S[^\n]*/.exec(text)?.[0] ?? "";
  let done = 0;
  let hasSpan = false;
  for (const { from, to } of [...textSpans(line), { from: line.length, to: line.length }]) {
    const first = letter.exec(line.slice(done, from))?.[0];
    if (first !== undefined) return hasSpan ? (ofRightToLeft.test(first) ? "rtl" : "ltr") : "auto";
    hasSpan ||= to > from;
    done = to;
  }
  // Emoji alone have the direction of the page, as they have once they are sent.
  return line === "" || (!hasSpan && /\p{N}/u.test(line)) ? "auto" : undefined;
}
