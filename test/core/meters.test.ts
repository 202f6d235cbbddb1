/** The meters alone: their memory is bounded, a debt is paid before more is taken, and an eviction gives away little. */
import { expect, test } from "vitest";
import { dayOf, msUntilNextDay, unitsOf } from "../../core/meters/day-quota.ts";
import { Buckets, drawAll } from "../../objects/shared/meters/buckets.ts";
import { rates } from "../../schema/rates.ts";

const rate = { perSecond: 10, burst: 100 };

test("buckets are bounded: the one used longest ago is forgotten, the others keep what they took", () => {
  const buckets = new Buckets(rate, 3);
  for (const key of ["a", "b", "c"]) buckets.spend(key, 0, 100);
  buckets.spend("a", 0, 0);
  buckets.spend("d", 0, 100);
  expect(buckets.waitMs("b", 0)).toBe(0);
  for (const key of ["a", "c", "d"]) expect(buckets.waitMs(key, 0)).toBe(100);
  for (let i = 0; i < 10_000; i++) buckets.spend(`e${i}`, 0);
  for (const key of ["a", "c", "d", "e0", "e9996"]) expect(buckets.fullness(key, 0)).toBe(1);
  for (const key of ["e9997", "e9998", "e9999"]) expect(buckets.fullness(key, 0)).toBeLessThan(1);
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
  detailChangesPerUser: "the notices",
  detailChangesPerConversation: "the notices",
  memberChangesPerUser: "the notices",
  memberChangesPerConversation: "the notices",
  joinsPerUser: "the notices",
  presenceAsksPerUser: "the leases that are taken",
  profileChangesPerUser: "a row",
  handleChangesPerUser: "a row",
  peopleChangesPerUser: "a row",
  exportsPerUser: "a row",
  bringsKnownPerUser: "a row",
  bringsStrangersPerUser: "a row",
  broughtByOnePerUser: "a row",
  strangersPerUser: "a row",
  strangersMaxPerUser: "a row",
  reportsPerUser: "a row",
  signUpsPerAddress: "no object holds it: the gateway's isolate does, and one address's silence does not end that",
  handleChecksPerAddress: "the same: the gateway's isolate holds it",
  linksPerAddress: "the same: the gateway's isolate holds it",
};

test("[Q7] a user who waits for an eviction to get full buckets gains nothing that the wait would not give", () => {
  const slow = Object.entries(rates).filter(([, each]) => (each.burst * 1000) / each.perSecond > evictionMs);
  expect(slow.map(([name]) => name).sort()).toEqual(Object.keys(lasting).sort());
});

test("[Q8] counting by chance comes to the bytes, whatever their sizes", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (const size of [512, 10_000, 400_000, 3_000_000]) {
    let [bytes, units] = [0, 0];
    while (bytes < 2_000 * 1_048_576) {
      units += unitsOf(size, 1_048_576, random());
      bytes += size;
    }
    // Five standard deviations at the most.
    expect(Math.abs(units - bytes / 1_048_576), `seed ${seed}, size ${size}`).toBeLessThan(5 * Math.sqrt(2_000));
  }
  expect(unitsOf(0, 100, 0)).toBe(0);
  expect(unitsOf(250, 100, 0.49)).toBe(3);
  expect(unitsOf(250, 100, 0.5)).toBe(2);
});

test("a day begins at midnight of UTC", () => {
  expect(dayOf(Date.UTC(1970, 0, 2))).toBe(1);
  expect(msUntilNextDay(Date.UTC(2026, 0, 1, 23, 59, 59))).toBe(1_000);
  expect(msUntilNextDay(Date.UTC(2026, 0, 1))).toBe(86_400_000);
});
