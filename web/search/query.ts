/** Owns what of a typed text is searched for. */
import { codePoints } from "parley-sdk";

/** The server takes no longer queries. */
const queryPointsMax = 256;
/** After the last key. */
export const settleMs = 250;

export function queryOf(typed: string): string {
  const query = typed.trim().replaceAll(/\s+/g, " ");
  return codePoints(query) <= queryPointsMax ? query : Array.from(query).slice(0, queryPointsMax).join("");
}
