/** Owns the tiny picture that stands in a place until the real one is there. */
import { thumbHashToDataURL } from "thumbhash";
import { fromBase64 } from "./base64.ts";

/** Placeholders are drawn once: a row that is scrolled back into view shows the same. */
const made = new Map<string, string | undefined>();
const madeMax = 500;

/** A `data:` address; undefined where others wrote something that is no thumbhash. */
export function placeholderOf(thumbhash: string | null): string | undefined {
  if (thumbhash === null) return undefined;
  if (made.has(thumbhash)) return made.get(thumbhash);
  if (made.size >= madeMax) made.clear();
  const url = drawnOf(thumbhash);
  made.set(thumbhash, url);
  return url;
}

function drawnOf(thumbhash: string): string | undefined {
  const bytes = fromBase64(thumbhash);
  // The shortest thumbhash has five bytes; a shorter text would be read beyond its end.
  if (bytes === undefined || bytes.length < 5) return undefined;
  try {
    return thumbHashToDataURL(bytes);
  } catch {
    return undefined;
  }
}
