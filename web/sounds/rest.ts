/** Owns the rest between two sounds, in all tabs together. A chat that has sounded stays silent for longer, so that a burst of messages is heard once. Pure. */

const restMs = 1_500;
const restOfChatMs = 6_000;

/** `rang`: when each chat last sounded. `rangAt`: when anything did, in any tab. A clock that was set back ends no sound. */
export function mayRing(
  conversationIds: readonly string[],
  rang: ReadonlyMap<string, number>,
  rangAt: number,
  now: number,
): boolean {
  if (isWithin(rangAt, now, restMs)) return false;
  return conversationIds.some((id) => !isWithin(rang.get(id) ?? 0, now, restOfChatMs));
}

function isWithin(at: number, now: number, ms: number): boolean {
  return at <= now && now - at < ms;
}
