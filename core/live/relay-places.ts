/**
 * Decides who holds a new live socket of a large group, and when a relay is given up. The conversation fills its own share first; then one relay after the other is filled, so
 * that a turn makes as few calls as it can.
 */

/** A relay that holds sockets. `place`: near where it was made, if that is known. */
export type RelayFacts = { number: number; sockets: number; place: string | null; isDraining: boolean };

export type PlaceFacts = {
  own: number;
  ownMax: number;
  relays: readonly RelayFacts[];
  relaySocketsMax: number;
  relaysMax: number;
  /** Near whom the new socket opens. */
  place: string | null;
};

/** `open`: the relay of this number is new. */
export type Place = { do: "own" } | { do: "relay" | "open"; number: number } | { do: "refuse" };

export function decidePlace({ own, ownMax, relays, relaySocketsMax, relaysMax, place }: PlaceFacts): Place {
  if (own < ownMax) return { do: "own" };
  const [best] = relays
    .filter(({ sockets, isDraining }) => !isDraining && sockets < relaySocketsMax)
    .toSorted(
      (a, b) => Number(b.place === place) - Number(a.place === place) || b.sockets - a.sockets || a.number - b.number,
    );
  if (best !== undefined) return { do: "relay", number: best.number };
  if (relays.length >= relaysMax) return { do: "refuse" };
  const taken = new Set(relays.map(({ number }) => number));
  let number = 1;
  while (taken.has(number)) number++;
  return { do: "open", number };
}

/** So much of the room that is left may be taken when a relay is given up. The rest keeps a few sockets that come and go from opening and closing relays. */
const fullShare = 0.8;

/** The relay that is to be emptied, because the others and the conversation have room for its sockets. One at a time. */
export function decideDrain({
  own,
  ownMax,
  relays,
  relaySocketsMax,
}: Omit<PlaceFacts, "relaysMax" | "place">): number | undefined {
  if (relays.length === 0 || relays.some(({ isDraining }) => isDraining)) return undefined;
  const sockets = relays.reduce((sum, relay) => sum + relay.sockets, own);
  const room = ownMax + relaySocketsMax * (relays.length - 1);
  if (sockets > room * fullShare) return undefined;
  return relays.toSorted((a, b) => a.sockets - b.sockets || b.number - a.number)[0]?.number;
}
