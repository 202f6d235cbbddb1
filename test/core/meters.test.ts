/** The meters by themselves: memory is bounded, what may go into debt pays it, an eviction gives little. */
import { expect, test } from "vitest";
import { Buckets, drawAll } from "../../objects/shared/buckets.ts";
import { rates } from "../../schema/limits.ts";

const rate = { perSecond: 10, burst: 100 };

test("buckets are bounded: the one used longest ago is forgotten, the others keep what they took", () => {
  const buckets = new Buckets(rate, 3);
  for (const key of ["a", "b", "c"]) buckets.spend(key, 0, 100);
  buckets.spend("a", 0, 0);
  buckets.spend("d", 0, 100);
  expect(buckets.count).toBe(3);
  expect(buckets.waitMs("b", 0)).toBe(0);
  for (const key of ["a", "c", "d"]) expect(buckets.waitMs(key, 0)).toBe(100);
  for (let i = 0; i < 10_000; i++) buckets.spend(`e${i}`, 0);
  expect(buckets.count).toBe(3);
});

test("of several buckets all are drawn from, or none; a debt is paid before the next draw", () => {
  const [own, all] = [new Buckets(rate), new Buckets(rate)];
  const draws = (takes: number, needs = takes) => [
    { of: own, key: "a", takes, needs, detail: "you" },
    { of: all, key: "all", takes, needs, detail: "everybody" },
  ];
  expect(drawAll(draws(60), 0)).toBeUndefined();
  expect(drawAll(draws(60), 0)).toMatchObject({ code: "rate_limited", detail: "you", retryAfterMs: 2_000 });
  all.spend("all", 0, 40);
  expect(drawAll(draws(10), 0)).toMatchObject({ detail: "everybody", retryAfterMs: 1_000 });
  expect(own.waitMs("a", 0, 40)).toBe(0);
  expect(drawAll(draws(500, 1), 1_000)).toBeUndefined();
  expect(drawAll(draws(1), 1_000)).toMatchObject({ retryAfterMs: 49_100 });
});

/** About how long an object must be silent before it is evicted. */
const evictionMs = 10_000;
/** What fills more slowly, and what makes it lasting all the same. */
const lasting = {
  bytesPerUser: "the day's quota",
  bytesPerConversation: "the day's quotas of its members",
  faceChangesPerUser: "the notices",
  faceChangesPerConversation: "the notices",
  memberChangesPerUser: "the notices",
  memberChangesPerConversation: "the notices",
  joinsPerUser: "the notices",
  presenceAsksPerUser: "the leases that are taken",
  profileChangesPerUser: "a row",
  handleChangesPerUser: "a row",
  peopleChangesPerUser: "a row",
  bringsKnownPerUser: "a row",
  bringsStrangersPerUser: "a row",
  broughtByOnePerUser: "a row",
  strangersPerUser: "a row",
  strangersMaxPerUser: "a row",
};

test("[Q7] who waits for an eviction to get full buckets gains nothing that the wait would not give", () => {
  const slow = Object.entries(rates).filter(([, each]) => (each.burst * 1000) / each.perSecond > evictionMs);
  expect(slow.map(([name]) => name).sort()).toEqual(Object.keys(lasting).sort());
});
