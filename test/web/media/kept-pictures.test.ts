/** Which pictures stay for the time without network. */
import { expect, test } from "vitest";
import { type KeptPicture, overfull } from "../../../web/media/kept-pictures.ts";

const day = 86_400_000;
const now = 1_800_000_000_000;
const picture = (name: string, bytes: number, daysAgo: number): KeptPicture => ({
  name,
  bytes,
  at: now - daysAgo * day,
});

test("[W91] of the pictures that are kept the oldest go, by number, size and age", () => {
  expect(overfull([picture("a", 10, 1), picture("b", 10, 29)], now)).toEqual([]);
  expect(overfull([picture("a", 10, 1), picture("b", 10, 31)], now)).toEqual(["b"]);
  const large = [picture("old", 40_000_000, 3), picture("new", 40_000_000, 1), picture("newest", 1, 0)];
  expect(overfull(large, now)).toEqual(["old"]);
  const many = Array.from({ length: 601 }, (_, n) => picture(String(n), 1, n / 100));
  expect(overfull(many, now)).toEqual(["600"]);
});
