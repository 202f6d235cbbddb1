import { expect, test } from "vitest";
import { decideDrain, decidePlace, type RelayFacts } from "../../core/live/relay-places.ts";

const facts = { own: 10, ownMax: 10, relaySocketsMax: 10, relaysMax: 3, place: null };
const relay = (number: number, sockets: number, more: Partial<RelayFacts> = {}): RelayFacts => ({
  number,
  sockets,
  place: null,
  isDraining: false,
  ...more,
});

test("the conversation comes first, then the fullest relay with room, then a new one with the lowest number", () => {
  expect(decidePlace({ ...facts, own: 9, relays: [relay(1, 3)] })).toEqual({ do: "own" });
  expect(decidePlace({ ...facts, relays: [] })).toEqual({ do: "open", number: 1 });
  expect(decidePlace({ ...facts, relays: [relay(1, 3), relay(2, 9), relay(3, 10)] })).toEqual({
    do: "relay",
    number: 2,
  });
  expect(decidePlace({ ...facts, relays: [relay(1, 10), relay(3, 10)] })).toEqual({ do: "open", number: 2 });
  expect(decidePlace({ ...facts, relays: [relay(1, 3, { isDraining: true })] })).toEqual({ do: "open", number: 2 });
});

test("of relays with room one near the user is taken, and none is opened for that", () => {
  const relays = [relay(1, 9, { place: "weur" }), relay(2, 1, { place: "oc" })];
  expect(decidePlace({ ...facts, relays, place: "oc" })).toEqual({ do: "relay", number: 2 });
  expect(decidePlace({ ...facts, relays, place: "sam" })).toEqual({ do: "relay", number: 1 });
});

test("a group has so many relays and not one more", () => {
  const full = [relay(1, 10), relay(2, 10), relay(3, 10)];
  expect(decidePlace({ ...facts, relays: full })).toEqual({ do: "refuse" });
  expect(decidePlace({ ...facts, relays: full.slice(1) })).toEqual({ do: "open", number: 1 });
});

test("the relay with the fewest sockets is given up when the others have room for them and some to spare, one at a time", () => {
  expect(decideDrain({ ...facts, relays: [] })).toBeUndefined();
  expect(decideDrain({ ...facts, own: 0, relays: [relay(1, 8)] })).toBe(1);
  expect(decideDrain({ ...facts, own: 0, relays: [relay(1, 9)] })).toBeUndefined();
  expect(decideDrain({ ...facts, own: 8, relays: [relay(1, 1)] })).toBeUndefined();
  expect(decideDrain({ ...facts, own: 2, relays: [relay(1, 5), relay(2, 0), relay(3, 0)] })).toBe(3);
  expect(decideDrain({ ...facts, own: 2, relays: [relay(1, 1), relay(2, 1, { isDraining: true })] })).toBeUndefined();
});
