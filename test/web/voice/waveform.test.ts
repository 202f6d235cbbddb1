import { expect, test } from "vitest";
import { durationText } from "../../../web/texts/time.ts";
import { levelsOf } from "../../../web/voice/waveform.tsx";

test("more measurements than bars are averaged, and each of them counts", () => {
  expect(levelsOf([0, 1, 0.5, 0.5], 2)).toEqual([0.5, 0.5]);
  expect(levelsOf([0.2, 0.4], 64)).toEqual([0.2, 0.4]);
  const long = Array.from({ length: 1_000 }, (_, i) => (i === 999 ? 1 : 0));
  expect(levelsOf(long, 48).at(-1)).toBeGreaterThan(0);
});

test("the length of a sound is written as a clock would", () => {
  expect([0, 7_400, 59_600, 750_000, 3_723_000].map(durationText)).toEqual([
    "0:00",
    "0:07",
    "1:00",
    "12:30",
    "1:02:03",
  ]);
});
