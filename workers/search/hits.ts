/** Owns how many hits fit into one answer. */
import { batches } from "../../schema/limits.ts";
import { utf8Bytes } from "../../schema/text.ts";

/** The first hits that fit, and at least one. `cutAt`: the place of the last one, if others are left out. */
export function fitting<Hit, Place>(
  found: Iterable<{ hit: Hit; place: Place }>,
): { hits: Hit[]; cutAt: Place | undefined } {
  const hits: Hit[] = [];
  let bytes = 0;
  let last: Place | undefined;
  for (const { hit, place } of found) {
    bytes += utf8Bytes(JSON.stringify(hit)) + 1;
    if (bytes > batches.pageBytesMax && hits.length > 0) return { hits, cutAt: last };
    hits.push(hit);
    last = place;
  }
  return { hits, cutAt: undefined };
}
