import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contactStanding } from "../../../core/account/contacts.ts";
import { decideAttempt } from "../../../core/account/passwords.ts";
import { decidePatch, mergeSettings } from "../../../core/account/profile.ts";
import { decideRefresh } from "../../../core/account/refresh.ts";
import { retryWaitMs } from "../../../core/retry.ts";
import { newPassword, signIn, signUp } from "../../../schema/http/account/accounts.ts";
import { changePassword, mePatch, settings, settingsDefault } from "../../../schema/http/account/me.ts";
import { limits } from "../../../schema/limits.ts";

describe("a refresh token", () => {
  const facts = { isAuthentic: true, given: 4, present: 4, rotatedAt: 1_000_000, isUsed: true, now: 1_000_000 };
  const days = 30 * 86_400_000;

  test.each([
    ["the newest rotates", {}, "rotate"],
    ["the newest rotates however late", { now: 9_000_000_000 }, "rotate"],
    ["the one before it, within 60 s, is a lost answer", { given: 3, now: 1_060_000 }, "repeat"],
    ["the one before it, later, revokes the device", { given: 3, now: 1_060_001 }, "revoke"],
    [
      "the one before it, however late, is a lost answer if nothing was used",
      { given: 3, isUsed: false, now: days },
      "repeat",
    ],
    ["an older one revokes the device at any time", { given: 2 }, "revoke"],
    ["an older one revokes the device, though nothing was used", { given: 2, isUsed: false }, "revoke"],
    ["one that was not made yet says nothing", { given: 5 }, "refuse"],
    ["a forged one revokes nothing", { given: 2, isAuthentic: false }, "refuse"],
    ["a forged one repeats nothing", { given: 3, isAuthentic: false, isUsed: false }, "refuse"],
  ] as const)("%s", (_, change, decision) => {
    expect(decideRefresh({ ...facts, ...change })).toBe(decision);
  });
});

describe("wrong passwords", () => {
  const minute = 60_000;
  const ten = Array.from({ length: 10 }, (_, i) => i * minute);
  const decide = (wrongAt: readonly number[], now: number) =>
    decideAttempt([{ wrongAt, max: 10, windowMs: 15 * minute }], now);

  test("nine leave room for one more", () => {
    expect(decide(ten.slice(1), 9 * minute)).toEqual({ do: "compare" });
  });

  test("ten do not, until the first of them is a quarter of an hour old", () => {
    expect(decide(ten, 9 * minute)).toEqual({ do: "refuse", retryAfterMs: 6 * minute });
    expect(decide(ten, 15 * minute - 1)).toEqual({ do: "refuse", retryAfterMs: 1 });
    expect(decide(ten, 15 * minute)).toEqual({ do: "compare" });
  });

  test("of several counts each refuses by itself, and the longest wait is named", () => {
    const counts = [
      { wrongAt: ten, max: 10, windowMs: 15 * minute },
      { wrongAt: [1], max: 1, windowMs: 60 * minute },
    ];
    expect(decideAttempt(counts, 9 * minute)).toEqual({ do: "refuse", retryAfterMs: 51 * minute + 1 });
    expect(decideAttempt(counts.slice(0, 1), 9 * minute)).toEqual({ do: "refuse", retryAfterMs: 6 * minute });
    expect(decideAttempt([], 0)).toEqual({ do: "compare" });
  });

  test("the wait that is named is enough", () => {
    const times = fc
      .array(fc.integer({ min: 0, max: 30 * minute }), { maxLength: 40 })
      .map((at) => at.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, (wrongAt) => {
        const now = 30 * minute;
        const decision = decide(wrongAt, now);
        const recent = wrongAt.filter((at) => at > 15 * minute).length;
        expect(decision.do).toBe(recent < 10 ? "compare" : "refuse");
        if (decision.do === "refuse") expect(decide(wrongAt, now + decision.retryAfterMs).do).toBe("compare");
      }),
    );
  });
});

describe("a password", () => {
  const composed = "caf\u00e9 \u1e9b\u0323 ok";
  const decomposed = composed.normalize("NFD");

  test("[A17] is the same however it is written, where it is chosen, given and changed", () => {
    expect(composed).not.toBe(decomposed);
    const ways = [composed, decomposed, composed.normalize("NFKD"), composed.normalize("NFKC")];
    for (const shape of [
      signUp.body.shape.password,
      signIn.body.shape.password,
      changePassword.body.shape.current,
      changePassword.body.shape.next,
    ]) {
      expect(new Set(ways.map((way) => shape.parse(way))).size).toBe(1);
      expect(shape.parse("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44")).toBe("password");
      expect(shape.safeParse("a good \ud800 password").success).toBe(false);
    }
  });

  test("[A17] is measured in that form", () => {
    const isGood = (password: string) => newPassword.safeParse(password).success;
    // Eight letters that are four, and four that are eight.
    expect(isGood("e\u0301".repeat(4))).toBe(false);
    expect(isGood("e\u0301".repeat(8))).toBe(true);
    expect(isGood("\ufb00".repeat(4))).toBe(true);
    // The letter that is taken apart into the most.
    expect(isGood("\u1f82".normalize("NFD").repeat(256))).toBe(true);
    expect(isGood("\u1f82".normalize("NFD").repeat(257))).toBe(false);
    expect(isGood("\ufdfa".repeat(15))).toBe(false);
    expect(isGood("x".repeat(5_000))).toBe(false);
    expect(isGood("\u{1f511}".repeat(256))).toBe(true);
  });

  test("[A17] needs no certain characters: spaces and what shows nothing count as any other", () => {
    for (const blank of [" ".repeat(8), "\u3000\u00a0\u2003".repeat(4), "\u200b".repeat(9), "\t\n".repeat(5)])
      expect(newPassword.safeParse(blank).success).toBe(true);
    expect(newPassword.safeParse(" ".repeat(7)).success).toBe(false);
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
    expect(patched({})).toEqual({ profile: present, isChanged: false, isPublicChanged: false, isCopyChanged: false });
  });

  test("removes the bio by null", () => {
    expect(patched({ bio: null }).profile.bio).toBe("");
  });

  test("sends conversations the profile, read receipts and typing, and nothing else", () => {
    expect(patched({ name: "Bo" })).toMatchObject({ isPublicChanged: true, isCopyChanged: true });
    expect(patched({ settings: { readReceipts: false } })).toMatchObject({
      isPublicChanged: false,
      isCopyChanged: true,
    });
    expect(patched({ settings: { typing: false } })).toMatchObject({ isPublicChanged: false, isCopyChanged: true });
    expect(patched({ settings: { locale: "it" } })).toMatchObject({
      isChanged: true,
      isPublicChanged: false,
      isCopyChanged: false,
    });
    expect(patched({ settings: { presence: "nobody" } })).toMatchObject({ isChanged: true, isCopyChanged: false });
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

test("two people are friends when each has put the other; a blocked person cannot ask", () => {
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

test("[A29] folders are replaced as a whole, are bounded, and leave nothing behind when they end", () => {
  const folder = (id: string, count = 1) => ({
    id,
    name: `Folder ${id}`,
    conversationIds: Array.from({ length: count }, (_, n) => `g_${n}`),
    rules: ["unread" as const],
  });
  const parsed = (folders: unknown) => mePatch.safeParse({ settings: { folders } });
  const patch = parsed([folder("a"), folder("b")]).data?.settings ?? {};
  const merged = mergeSettings(settingsDefault, patch);
  expect(merged).toMatchObject({ ok: true, value: { folders: [{ id: "a" }, { id: "b" }] } });
  if (!merged.ok) throw new Error("not merged");
  expect(mergeSettings(merged.value, { typing: false })).toMatchObject({ value: { folders: [{}, {}], typing: false } });
  expect(mergeSettings(merged.value, { folders: null })).toEqual({ ok: true, value: settingsDefault });
  expect(mergeSettings(merged.value, { folders: [] })).toEqual({ ok: true, value: settingsDefault });
  const many = (count: number) => Array.from({ length: count }, (_, n) => folder(`f${n}`));
  expect(parsed(many(limits.foldersMax)).success).toBe(true);
  for (const bad of [
    many(limits.foldersMax + 1),
    [folder("a"), folder("a")],
    [folder("a", limits.folderConversationsMax + 1)],
    [{ ...folder("a"), name: " " }],
    [{ ...folder("a"), rules: ["other"] }],
    [{ ...folder("a"), id: "" }],
    {},
  ])
    expect(parsed(bad).success).toBe(false);
});
