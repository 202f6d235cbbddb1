import { expect, test } from "vitest";
import { mayRing } from "../../../web/sounds/rest.ts";

test("[W55] a burst in one chat is heard once, another chat after a rest, and what another tab sounded counts, too", () => {
  const now = 1_000_000;
  expect(mayRing(["a"], new Map(), 0, now)).toBe(true);
  expect(mayRing(["a"], new Map([["a", now - 5_000]]), now - 5_000, now)).toBe(false);
  expect(mayRing(["a"], new Map([["a", now - 7_000]]), now - 7_000, now)).toBe(true);
  expect(mayRing(["b"], new Map([["a", now - 5_000]]), now - 5_000, now)).toBe(true);
  expect(mayRing(["b"], new Map([["a", now - 500]]), now - 500, now)).toBe(false);
  expect(mayRing(["a"], new Map(), now - 500, now)).toBe(false);
  expect(mayRing([], new Map(), 0, now)).toBe(false);
  // The clock was set back.
  expect(mayRing(["a"], new Map([["a", now + 60_000]]), now + 60_000, now)).toBe(true);
});
