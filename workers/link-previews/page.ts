/** Reads what a page says of itself in its head: title, description, site and picture, by Open Graph (ogp.me), Twitter's cards, or plain HTML. Nothing of the page is run. */
import { Parser } from "htmlparser2";
import { linkPreviewBounds } from "../../schema/bounds/link-previews.ts";
import { cleanText, codePointPrefix, codePoints, isBlank } from "../../schema/text.ts";

export interface PageFacts {
  readonly title: string;
  readonly description: string;
  readonly site: string;
  /** Absolute; not yet judged. */
  readonly image: string | null;
}

const titles = ["og:title", "twitter:title"];
const descriptions = ["og:description", "twitter:description", "description"];
const images = ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"];

/** Marks that are open inside each other. The parser's time grows with the square of them, so a page that is deeper is read no further. */
const depthMax = 500;
/** Characters that are read between two looks at the depth. */
const piece = 4_096;

/** What the page says; null where it has no title. `at` is the page's address, against which the picture's is read. */
export function readPage(html: string, at: URL): PageFacts | null {
  const said = new Map<string, string>();
  let title = "";
  let depth = 0;
  let place: "head" | "title" | "svg" = "head";
  const parser = new Parser({
    onopentag(name, { property, name: named, content }) {
      depth++;
      if (name === "svg") place = "svg";
      else if (name === "title" && place === "head" && title === "") place = "title";
      const key = (property ?? named ?? "").trim().toLowerCase();
      if (name === "meta" && content !== undefined && !said.has(key)) said.set(key, content);
    },
    ontext(text) {
      if (place === "title") title += text;
    },
    onclosetag(name) {
      depth--;
      if (name === place) place = "head";
    },
  });
  // Some pages write these behind an opened body, so the page is read to its end.
  for (let from = 0; from < html.length && depth < depthMax; from += piece)
    parser.write(html.slice(from, from + piece));
  parser.end();
  const first = (keys: readonly string[]): string =>
    keys.map((key) => oneLine(said.get(key) ?? "")).find((text) => text !== "") ?? "";
  const named = cut(first(titles) || oneLine(title), linkPreviewBounds.titleCodePointsMax);
  if (named === "") return null;
  return {
    title: named,
    description: cut(first(descriptions), linkPreviewBounds.descriptionCodePointsMax),
    site: cut(first(["og:site_name", "application-name"]), linkPreviewBounds.siteCodePointsMax),
    image: first(images) === "" ? null : (URL.parse(first(images), at.href)?.href ?? null),
  };
}

/** Controls of direction and what shows nothing go, for the text is shown among the app's own. */
const unseen = /[\u202A-\u202E\u2066-\u2069\u200B\u200E\u200F\u061C\uFEFF\u2028\u2029]/g;

function oneLine(text: string): string {
  const line = cleanText(text.slice(0, 4_000)).replace(unseen, " ").replace(/\s+/g, " ").trim();
  return isBlank(line) ? "" : line;
}

/** At most `max` code points. What is too long ends at a word, with an ellipsis. */
function cut(text: string, max: number): string {
  if (codePoints(text) <= max) return text;
  const prefix = codePointPrefix(text, max - 1);
  const space = prefix.lastIndexOf(" ");
  return `${(space > prefix.length / 2 ? prefix.slice(0, space) : prefix).trimEnd()}…`;
}

/** The encoding that a page is written in: of its header, else of what its first bytes say, else UTF-8 (HTML Standard, 13.2.3.2). */
export function encodingOf(contentType: string, bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  const inHeader = /;\s*charset\s*=\s*"?([\w:.-]+)/i.exec(contentType)?.[1];
  if (inHeader !== undefined) return inHeader;
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024));
  return /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(head)?.[1] ?? "utf-8";
}

/** The page's text. An unknown encoding is read as UTF-8. */
export function decodePage(contentType: string, bytes: Uint8Array): string {
  const label = encodingOf(contentType, bytes);
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
