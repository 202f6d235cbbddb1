/** Owns the division of a text into links, mentions and plain text. The page makes one element of each part and never parses the text as markup. */
import { type TextSpan, textSpans } from "parley-sdk";
import { linkLabel } from "./link-label.ts";

/** `text` is what was written; `shown` is what the page shows of a link. */
export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly shown: string; readonly href: string }
  | { readonly kind: "mention"; readonly text: string; readonly userId: string };

/** In place of a user's id: all members are mentioned, and there is no profile to show. */
export const everybody = "";

/** `mentioned` has the id of each mentioned user by handle. An `@word` that is not in it stays plain text. */
export function partsOf(text: string, mentioned: ReadonlyMap<string, string>): readonly TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  for (const span of textSpans(text)) {
    const part = partOf(span, text.slice(span.from, span.to), mentioned);
    if (part === null) continue;
    if (span.from > done) parts.push({ kind: "text", text: text.slice(done, span.from) });
    parts.push(part);
    done = span.to;
  }
  if (done < text.length) parts.push({ kind: "text", text: text.slice(done) });
  return parts;
}

/** A part with the place in the text at which it begins. */
export type PlacedPart = TextPart & { readonly from: number };

export function placedPartsOf(text: string, mentioned: ReadonlyMap<string, string>): readonly PlacedPart[] {
  let from = 0;
  return partsOf(text, mentioned).map((part) => {
    const placed = { ...part, from };
    from += part.text.length;
    return placed;
  });
}

function partOf(span: TextSpan, text: string, mentioned: ReadonlyMap<string, string>): TextPart | null {
  if (span.kind !== "mention") return linkPart(text, impliedScheme[span.kind]);
  const userId = mentioned.get(span.handle);
  return userId === undefined ? null : { kind: "mention", text, userId };
}

/** The scheme that a browser's address bar would put before the text. */
const impliedScheme = { link: "", www: "https://", mail: "mailto:" } as const;
const schemes = new Set(["http:", "https:", "mailto:"]);

function linkPart(text: string, implied: string): TextPart | null {
  const written = implied + text;
  const url = URL.parse(written);
  if (url === null || !schemes.has(url.protocol)) return null;
  const label = linkLabel(written, url);
  return label === null ? null : { kind: "link", text, shown: label.slice(implied.length), href: url.href };
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
