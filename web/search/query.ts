/** Owns the query that is made of a typed text. */
import { codePoints } from "parley-sdk";

/** The server accepts no longer query. */
const queryPointsMax = 256;
/** How long after the last key the search begins. */
export const settleMs = 250;

export function queryOf(typed: string): string {
  const query = typed.trim().replaceAll(/\s+/g, " ");
  return codePoints(query) <= queryPointsMax ? query : Array.from(query).slice(0, queryPointsMax).join("");
}
