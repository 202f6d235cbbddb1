import { expect, test } from "vitest";
import { SoundRest } from "../../../web/sounds/rest.ts";

const start = 1_000_000;

test("[W55] a burst in one chat is heard once, and again if it goes on for long", () => {
  const rest = new SoundRest();
  let rangAt = 0;
  const rang: number[] = [];
  for (let s = 0; s <= 20; s++) {
    if (!rest.rings(["a"], rangAt, start + s * 1_000)) continue;
    rangAt = start + s * 1_000;
    rang.push(s);
  }
  expect(rang).toEqual([0, 15]);
  expect(rest.rings(["a"], rangAt, start + 23_000)).toBe(true);
});

test("[W55] another chat is heard after a rest, and what another tab sounded counts, too", () => {
  const rest = new SoundRest();
  expect(rest.rings(["a"], 0, start)).toBe(true);
  expect(rest.rings(["b"], start, start + 500)).toBe(false);
  expect(rest.rings(["c"], start, start + 1_600)).toBe(true);
  expect(rest.rings([], 0, start + 9_000)).toBe(false);
  expect(new SoundRest().rings(["a"], start - 500, start)).toBe(false);
  // The clock was set back.
  expect(new SoundRest().rings(["a"], start + 60_000, start)).toBe(true);
});
