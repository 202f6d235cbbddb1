/** Owns whether two values that came out of JSON say the same, so that state stays the same object where nothing changed. */

export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [of, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return of.size === other.size && [...of].every(([key, value]) => other.has(key) && isSame(value, other.get(key)));
}
