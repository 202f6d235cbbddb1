import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contactStanding } from "../../core/contacts.ts";
import { decideAttempt } from "../../core/passwords.ts";
import { decidePatch, mergeSettings } from "../../core/profile.ts";
import { decideRefresh } from "../../core/refresh.ts";
import { retryWaitMs } from "../../core/retry.ts";
import { settings, settingsDefault } from "../../schema/http/me.ts";

describe("a refresh token", () => {
  const facts = { isAuthentic: true, given: 4, present: 4, rotatedAt: 1_000_000, now: 1_000_000 };

  test.each([
    ["the newest rotates", {}, "rotate"],
    ["the newest rotates however late", { now: 9_000_000_000 }, "rotate"],
    ["the one before it, within 60 s, is a lost answer", { given: 3, now: 1_060_000 }, "repeat"],
    ["the one before it, later, revokes the device", { given: 3, now: 1_060_001 }, "revoke"],
    ["an older one revokes the device at any time", { given: 2 }, "revoke"],
    ["one that was not made yet says nothing", { given: 5 }, "refuse"],
    ["a forged one revokes nothing", { given: 2, isAuthentic: false }, "refuse"],
  ] as const)("%s", (_, change, decision) => {
    expect(decideRefresh({ ...facts, ...change })).toBe(decision);
  });
});

describe("wrong passwords", () => {
  const minute = 60_000;
  const ten = Array.from({ length: 10 }, (_, i) => i * minute);

  test("nine leave room for one more", () => {
    expect(decideAttempt({ wrongAt: ten.slice(1), now: 9 * minute })).toEqual({ do: "compare" });
  });

  test("ten do not, until the first of them is a quarter of an hour old", () => {
    expect(decideAttempt({ wrongAt: ten, now: 9 * minute })).toEqual({ do: "refuse", retryAfterMs: 6 * minute });
    expect(decideAttempt({ wrongAt: ten, now: 15 * minute - 1 })).toEqual({ do: "refuse", retryAfterMs: 1 });
    expect(decideAttempt({ wrongAt: ten, now: 15 * minute })).toEqual({ do: "compare" });
  });

  test("the wait that is named is enough", () => {
    const times = fc
      .array(fc.integer({ min: 0, max: 30 * minute }), { maxLength: 40 })
      .map((at) => at.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, (wrongAt) => {
        const now = 30 * minute;
        const decision = decideAttempt({ wrongAt, now });
        const recent = wrongAt.filter((at) => at > 15 * minute).length;
        expect(decision.do).toBe(recent < 10 ? "compare" : "refuse");
        if (decision.do === "refuse")
          expect(decideAttempt({ wrongAt, now: now + decision.retryAfterMs }).do).toBe("compare");
      }),
    );
  });
});

describe("a patch of the profile", () => {
  const present = { handle: "ana", name: "Ana", bio: "hi", settings: settingsDefault };
  const night = { from: "22:00", to: "07:00", timeZone: "Europe/Rome" };

  function patched(patch: Parameters<typeof decidePatch>[1]) {
    const decision = decidePatch(present, patch);
    if (!decision.ok) throw new Error(decision.refusal.detail);
    return decision.value;
  }

  test("leaves what it does not name", () => {
    expect(patched({})).toEqual({ profile: present, isChanged: false, isFaceChanged: false, isHeard: false });
  });

  test("removes the bio by null", () => {
    expect(patched({ bio: null }).profile.bio).toBe("");
  });

  test("tells conversations of the face, read receipts and typing, and of nothing else", () => {
    expect(patched({ name: "Bo" })).toMatchObject({ isFaceChanged: true, isHeard: true });
    expect(patched({ settings: { readReceipts: false } })).toMatchObject({ isFaceChanged: false, isHeard: true });
    expect(patched({ settings: { typing: false } })).toMatchObject({ isFaceChanged: false, isHeard: true });
    expect(patched({ settings: { locale: "it" } })).toMatchObject({
      isChanged: true,
      isFaceChanged: false,
      isHeard: false,
    });
    expect(patched({ settings: { presence: "nobody" } })).toMatchObject({ isChanged: true, isHeard: false });
  });

  test("merges quiet hours into those that are there, and refuses half of some", () => {
    const quiet = { ...settingsDefault, notifications: { ...settingsDefault.notifications, quietHours: night } };
    const later = mergeSettings(quiet, { notifications: { quietHours: { to: "08:00" } } });
    expect(later).toMatchObject({ ok: true, value: { notifications: { quietHours: { ...night, to: "08:00" } } } });
    expect(mergeSettings(quiet, { notifications: { quietHours: null } })).toMatchObject({
      value: { notifications: { quietHours: null } },
    });
    expect(mergeSettings(quiet, { notifications: { enabled: false } })).toMatchObject({
      value: { notifications: { enabled: false, quietHours: night } },
    });
    const half = mergeSettings(settingsDefault, { notifications: { quietHours: { from: "22:00", to: "07:00" } } });
    expect(half).toMatchObject({
      ok: false,
      refusal: { code: "bad_request", detail: "settings.notifications.quietHours.timeZone: is missing" },
    });
  });

  test("whatever the order of patches, settings stay whole", () => {
    const hours = fc.option(
      fc.record(
        { from: fc.constant("22:00"), to: fc.constant("07:00"), timeZone: fc.constant("UTC") },
        { requiredKeys: [] },
      ),
    );
    const patch = fc.record(
      {
        presence: fc.constantFrom("everyone" as const, "contacts" as const, "nobody" as const),
        typing: fc.boolean(),
        notifications: fc.record({ preview: fc.boolean(), quietHours: hours }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(patch), (patches) => {
        let now = settingsDefault;
        for (const one of patches) {
          const merged = mergeSettings(now, one);
          if (merged.ok) now = merged.value;
        }
        expect(settings.parse(now)).toEqual(now);
      }),
    );
  });
});

test("two people are friends when each has put the other; whom one blocks cannot ask", () => {
  expect(contactStanding({ putAt: 5, putsAt: null, isBlocked: false })).toEqual({ state: "outgoing", since: 5 });
  expect(contactStanding({ putAt: 5, putsAt: 9, isBlocked: false })).toEqual({ state: "mutual", since: 9 });
  expect(contactStanding({ putAt: null, putsAt: 9, isBlocked: false })).toEqual({ state: "incoming", since: 9 });
  expect(contactStanding({ putAt: null, putsAt: 9, isBlocked: true })).toBeNull();
  expect(contactStanding({ putAt: 5, putsAt: 9, isBlocked: true })).toEqual({ state: "mutual", since: 9 });
  expect(contactStanding({ putAt: null, putsAt: null, isBlocked: false })).toBeNull();
});

test("waits grow, are spread, and stay within their bound", () => {
  const bounds = { firstMs: 500, maxMs: 60_000 };
  expect(retryWaitMs(1, 0, bounds)).toBe(250);
  expect(retryWaitMs(3, 0, bounds)).toBe(1_000);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, chance) => {
        const waitMs = retryWaitMs(failures, chance, bounds);
        expect(waitMs).toBeGreaterThanOrEqual(250);
        expect(waitMs).toBeLessThanOrEqual(60_000);
      },
    ),
  );
});
