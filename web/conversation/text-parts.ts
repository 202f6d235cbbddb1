/** Owns what in a text is a link or a mention. Everything stays text: the page makes nodes of the parts, never markup. */
import { linkFace } from "./link-face.ts";

/** `text` is what was written; a link's `face` is what is shown of it. */
export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly face: string; readonly href: string }
  | { readonly kind: "mention"; readonly text: string; readonly userId: string };

const schemes = new Set(["http:", "https:", "mailto:"]);
/** Every repetition is bounded by what cannot follow it, so that it runs in linear time. */
const candidate = /(?:https?:\/\/|mailto:)[^\s<>"'`]+|@[a-z0-9][a-z0-9_.]{0,31}/gi;
const trailing = /[.,;:!?)\]}…]+$/;

/** `mentioned`: handle → user id of those whom the message mentions; an `@word` of nobody is just text. */
export function partsOf(text: string, mentioned: ReadonlyMap<string, string>): readonly TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  for (const match of text.matchAll(candidate)) {
    const part = match[0].startsWith("@") ? mentionIn(text, match.index, match[0], mentioned) : linkIn(match[0]);
    if (part === null) continue;
    if (match.index > done) parts.push({ kind: "text", text: text.slice(done, match.index) });
    parts.push(part);
    done = match.index + part.text.length;
  }
  if (done < text.length) parts.push({ kind: "text", text: text.slice(done) });
  return parts;
}

function linkIn(found: string): TextPart | null {
  const closing = found.includes("(") ? found.replace(/[.,;:!?…]+$/, "") : found.replace(trailing, "");
  if (!URL.canParse(closing)) return null;
  const url = new URL(closing);
  if (!schemes.has(url.protocol)) return null;
  const face = linkFace(closing, url);
  return face === null ? null : { kind: "link", text: closing, face, href: url.href };
}

function mentionIn(text: string, at: number, found: string, mentioned: ReadonlyMap<string, string>): TextPart | null {
  if (at > 0 && /[\p{L}\p{N}_]/u.test(text.charAt(at - 1))) return null;
  const written = found.replace(/[_.]+$/, "");
  const userId = mentioned.get(written.slice(1).toLowerCase());
  return userId === undefined ? null : { kind: "mention", text: written, userId };
}

/** The handles that a text names with `@`, folded; whether somebody has them is another question. */
export function handlesIn(text: string): ReadonlySet<string> {
  const handles = new Set<string>();
  for (const match of text.matchAll(/@([a-z0-9][a-z0-9_.]{0,31})/gi)) {
    handles.add((match[1] ?? "").replace(/[_.]+$/, "").toLowerCase());
  }
  return handles;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const jumboMax = 3;

/** One to three emoji and nothing else: shown large. */
export function isJumbo(text: string): boolean {
  if (text.length > 40 || /[0-9#*\p{L}]/u.test(text)) return false;
  let count = 0;
  for (const { segment } of graphemes.segment(text.trim())) {
    if (!/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(segment)) return false;
    count++;
  }
  return count > 0 && count <= jumboMax;
}
