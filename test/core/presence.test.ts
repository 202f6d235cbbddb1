/** What core/presence.ts decides: who is online, when to look again, which sockets a restart ended, who may know. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decideLostAt, decideStatus, mayKnow, nextReviewAt } from "../../core/presence.ts";

const at = 1_800_000_000_000;

test("[O1] online up to 30 s after the last frame, by a clock that may jump back", () => {
  const status = (countingAt: number | null, now: number) => decideStatus({ countingAt, activeAt: countingAt, now });
  expect(status(null, at)).toEqual({ status: "offline", lastActiveAt: null });
  expect(status(at, at)).toEqual({ status: "online", lastActiveAt: at });
  expect(status(at, at + 30_000).status).toBe("online");
  expect(status(at, at + 30_001)).toEqual({ status: "offline", lastActiveAt: at });
  expect(status(at + 5_000, at)).toEqual({ status: "online", lastActiveAt: at });
  // Signed-out devices count for when, not for whether.
  expect(decideStatus({ countingAt: null, activeAt: at, now: at })).toEqual({ status: "offline", lastActiveAt: at });
});

test("[O6] a user who pings is looked at more than 30 s apart, and a silence is found within 45 s", () => {
  for (let pingedBefore = 0; pingedBefore <= 5_000; pingedBefore += 100) {
    const lookedAt = at + pingedBefore;
    expect(nextReviewAt(at, true) - lookedAt).toBeGreaterThanOrEqual(30_000);
  }
  // Whenever the last frame came, the look that finds the silence comes in time: the next one, or the one after it.
  for (let last = at; last < at + 40_000; last += 100) {
    const next = nextReviewAt(at, true);
    const found = next - last > 30_000 ? next : nextReviewAt(last, true);
    expect(found - last).toBeGreaterThan(30_000);
    expect(found - last).toBeLessThanOrEqual(45_000);
  }
  expect(nextReviewAt(at, false)).toBe(at + 30_001);
});

test("[O9] a user whose socket was lost without a close is online for 45 s after their last frame at most, and never active later than it, whenever the object wakes", () => {
  fc.assert(
    fc.property(fc.nat(7_200_000), fc.nat(7_200_000), fc.option(fc.nat(32_000)), (openFor, away, lookedBefore) => {
      const openedAt = at - openFor;
      // Heard until the loss, every five seconds; looked at some time before it, if anybody watches.
      const lostAt = at;
      const lookFound = lookedBefore === null ? null : Math.max(openedAt, lostAt - lookedBefore);
      const reviewAt = lookFound === null ? null : nextReviewAt(lookFound, true);
      const now = lostAt + away;
      const heardAt = decideLostAt({ notedAt: openedAt, reviewAt, restartedAt: null, now });
      expect(heardAt - lostAt).toBeLessThanOrEqual(15_000);
      expect(heardAt).toBeGreaterThanOrEqual(lookFound ?? openedAt - 1);
      if (now - lostAt > 45_000)
        expect(decideStatus({ countingAt: heardAt, activeAt: heardAt, now }).status).toBe("offline");
    }),
  );
});

test("[O7] after a restart a watched user is waited for a little, and not past the 45 s; after hours without a server nobody counts as just heard", () => {
  const facts = { notedAt: at - 3_600_000, restartedAt: null, now: at };
  expect(decideLostAt({ ...facts, reviewAt: at + 20_000 })).toBe(at + 15_000 - 30_000);
  // The last look was 37 s before the next one.
  expect(decideLostAt({ ...facts, reviewAt: at })).toBe(at + 8_000 - 30_000);
  expect(decideLostAt({ ...facts, reviewAt: at - 3_000_000 })).toBeLessThan(at - 2_900_000);
  expect(decideLostAt({ ...facts, reviewAt: null })).toBe(facts.notedAt);
  // A frame that was noted later counts, whatever is assumed.
  expect(decideLostAt({ ...facts, notedAt: at - 100, reviewAt: at })).toBe(at - 100);
});

test("[O7] what the restart of a local server took is waited for from the restart on, unless it was away for long", () => {
  const restartedAt = at + 2_000;
  const facts = { notedAt: at - 3_600_000, restartedAt, now: at + 3_000 };
  // The next look is still to come, or hardly overdue.
  for (const reviewAt of [at - 5_000, at, at + 37_000]) expect(decideLostAt({ ...facts, reviewAt })).toBe(restartedAt);
  // Overdue by far: nobody was there to see when they went, but it was long ago.
  expect(decideLostAt({ ...facts, reviewAt: at - 60_000 })).toBeLessThan(facts.now - 30_000);
  // A server that runs for a while already is not what took them.
  expect(decideLostAt({ ...facts, now: at + 40_000, reviewAt: at })).toBeLessThan(at + 40_000 - 30_000);
});

test("[O4] the presence of a user is known to themself, to nobody across a block, else by the setting, where contacts are those whom the user has put", () => {
  const may = (setting: "everyone" | "contacts" | "nobody", isContact = false, isBlocked = false, isSelf = false) =>
    mayKnow({ setting, isContact, isBlocked, isSelf });
  expect([may("everyone"), may("contacts"), may("nobody")]).toEqual([true, false, false]);
  expect([may("everyone", true), may("contacts", true), may("nobody", true)]).toEqual([true, true, false]);
  expect([may("everyone", true, true), may("contacts", true, true)]).toEqual([false, false]);
  expect(may("nobody", false, false, true)).toBe(true);
});
