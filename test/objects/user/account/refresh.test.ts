/** What a user's object promises about refreshing: a lost answer is had again, and a stolen token is found out. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { now } from "../../../../objects/shared/platform/clock.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import type { UserObject } from "../../../../objects/user/object.ts";
import { verifyAccessToken } from "../../../../objects/user/account/tokens.ts";
import type { Session } from "../../../../schema/http/account/accounts.ts";
import { codeOf, evict, signIn, signUp, type TestAccount, valueOf, wind } from "../../../rig/objects/accounts.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The answer as the gateway would send it. */
async function refreshed(ana: TestAccount, token: string): Promise<string> {
  return JSON.stringify(valueOf(await ana.calls.refresh(token)));
}

/** As the gateway lets a request in. */
async function use(ana: TestAccount, accessToken: string): Promise<boolean> {
  const claims = await verifyAccessToken(env.TOKEN_SECRET, accessToken);
  return claims !== null && (await ana.calls.admit(claims.deviceId, undefined, claims.generation)) === true;
}

function sessionOf(text: string): Session {
  return JSON.parse(text) as Session;
}

describe("an answer that was lost", () => {
  test("[A5] comes again byte by byte, for 60 s though it was used, whatever happens meanwhile", async () => {
    const ana = await signUp("ana");
    wind(5 * minuteMs);
    const first = await refreshed(ana, ana.session.refreshToken);
    expect(sessionOf(first)).not.toMatchObject({ refreshToken: ana.session.refreshToken });
    expect(await use(ana, sessionOf(first).accessToken)).toBe(true);
    valueOf(await ana.calls.patchMe({ name: "Another name" }));
    await evict(ana.id);
    wind(59_000);
    expect(await refreshed(ana, ana.session.refreshToken)).toBe(first);
    const second = sessionOf(await refreshed(ana, sessionOf(first).refreshToken));
    expect(second.user.name).toBe("Another name");
    expect(second.device.id).toBe(ana.device);
    expect(second.deviceSecret).toBe(ana.session.deviceSecret);
  });

  test("[A5] comes again after days, as long as nothing of it was used; its refresh token is as good as ever", async () => {
    const ana = await signUp("ana");
    const lost = await refreshed(ana, ana.session.refreshToken);
    for (const days of [1, 9, 90]) {
      wind(days * dayMs);
      await evict(ana.id);
      expect(await refreshed(ana, ana.session.refreshToken)).toBe(lost);
    }
    expect(await use(ana, sessionOf(lost).accessToken)).toBe(false);
    const next = await refreshed(ana, sessionOf(lost).refreshToken);
    expect(await use(ana, sessionOf(next).accessToken)).toBe(true);
  });

  test("[A5] is given to the letter, though the server's secret is another one now", async () => {
    const ana = await signUp("ana");
    const lost = await refreshed(ana, ana.session.refreshToken);
    const secret = env.TOKEN_SECRET;
    try {
      Object.assign(env, { TOKEN_SECRET: "b3RoZXItdG9rZW4tc2VjcmV0LTMyLWJ5dGVzLWxvbmc" });
      await evict(ana.id);
      expect(await refreshed(ana, ana.session.refreshToken)).toBe(lost);
      // Who changes the secret signs everybody out, but not as thieves.
      expect(codeOf(await ana.calls.refresh(sessionOf(lost).refreshToken))).toBe("unauthenticated");
      expect(await ana.calls.admit(ana.device)).toBe(true);
    } finally {
      Object.assign(env, { TOKEN_SECRET: secret });
      await evict(ana.id);
    }
  });

  test("[A5] two refreshes at the same moment get the same answer", async () => {
    const ana = await signUp("ana");
    const answers = await Promise.all([1, 2, 3].map(() => refreshed(ana, ana.session.refreshToken)));
    expect(new Set(answers).size).toBe(1);
  });
});

describe("a token that two hold", () => {
  test.each(["an access token", "a refresh token"])(
    "[A5] the token before the newest, after 60 s and a use of %s, revokes the device",
    async (what) => {
      const ana = await signUp("ana");
      const next = sessionOf(await refreshed(ana, ana.session.refreshToken));
      let newest = next;
      if (what === "an access token") expect(await use(ana, next.accessToken)).toBe(true);
      else newest = sessionOf(await refreshed(ana, next.refreshToken));
      wind(60_001);
      await evict(ana.id);
      expect(codeOf(await ana.calls.refresh(ana.session.refreshToken))).toBe("unauthenticated");
      expect(await ana.calls.admit(ana.device)).toBe(false);
      for (const { refreshToken } of [next, newest])
        expect(codeOf(await ana.calls.refresh(refreshToken))).toBe("unauthenticated");
    },
  );

  test("[A5] the access token of before goes on until it expires, and is no use of the new answer", async () => {
    const ana = await signUp("ana");
    const lost = await refreshed(ana, ana.session.refreshToken);
    wind(9 * minuteMs);
    expect(await use(ana, ana.session.accessToken)).toBe(true);
    wind(dayMs);
    expect(await refreshed(ana, ana.session.refreshToken)).toBe(lost);
  });

  test("[A5] an older token revokes the device at once, a forged one never", async () => {
    const ana = await signUp("ana");
    const second = valueOf(await ana.calls.refresh(ana.session.refreshToken));
    const third = valueOf(await ana.calls.refresh(second.refreshToken));
    for (const forged of [
      "",
      "nonsense",
      third.refreshToken.replace(/.$/, "-"),
      third.refreshToken.replace(".2.", ".0."),
      third.refreshToken.replace(".2.", ".1."),
      third.refreshToken.replace(".2.", ".02."),
      third.refreshToken.replace(".2.", ".3."),
    ]) {
      expect(codeOf(await ana.calls.refresh(forged))).toBe("unauthenticated");
    }
    expect(await ana.calls.admit(ana.device)).toBe(true);
    expect(codeOf(await ana.calls.refresh(ana.session.refreshToken))).toBe("unauthenticated");
    expect(await ana.calls.admit(ana.device)).toBe(false);
  });
});

test("[A5] what is used is stored before it is answered, at one row a refresh, whatever else is asked", async () => {
  const ana = await signUp("ana");
  const { accessToken } = sessionOf(await refreshed(ana, ana.session.refreshToken));
  const rowsBy = async (work: () => Promise<unknown>): Promise<number> => {
    const before = cost.rowsWritten;
    await work();
    return cost.rowsWritten - before;
  };
  const { refreshToken } = sessionOf(await refreshed(ana, ana.session.refreshToken));
  expect(await rowsBy(() => use(ana, accessToken))).toBe(1);
  await evict(ana.id);
  expect(await rowsBy(async () => Promise.all([1, 2, 3].map(() => use(ana, accessToken))))).toBe(0);
  expect(await rowsBy(() => use(ana, ana.session.accessToken))).toBe(0);
  expect(await rowsBy(() => refreshed(ana, refreshToken))).toBe(1);
});

test("[A5] a sign-in whose answer was lost between gateway and object gives the same device, also when its count is full", async () => {
  const ana = await signUp("ana");
  const challenge = valueOf(await ana.calls.challenge(ana.handle));
  const attempt = {
    attemptId: challenge.attemptId,
    hash: Buffer.from("correct horse").toString("hex").padStart(64, "0"),
    device: { name: "Phone", platform: "test" },
  };
  const first = valueOf(await ana.calls.signIn(attempt));
  for (let n = 0; n < 10; n++) await signIn(ana, "wrong");
  await evict(ana.id);
  expect(valueOf(await ana.calls.signIn(attempt))).toEqual(first);
  expect(codeOf(await ana.calls.signIn({ ...attempt, hash: "00".repeat(32) }))).toBe("rate_limited");
});

/** What may happen to a device's tokens. `back`: how many generations before the newest. */
type Step =
  | { do: "refresh"; back: number }
  | { do: "use"; back: number }
  | { do: "wind"; ms: number }
  | { do: "evict" }
  | { do: "rename" };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("refresh" as const), back: fc.constantFrom(0, 0, 0, 1, 1, 1, 2) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("use" as const), back: fc.constantFrom(0, 0, 1, 2) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wind" as const), ms: fc.constantFrom(7_000, 40_000, 61_000, 3 * dayMs) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "evict" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "rename" as const }) },
);

test(
  "[A5] whatever the order of refreshes, uses, waits and evictions, the rule holds",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 14 }), async (plan) => {
        const ana = await signUp("ana");
        /** All answers by generation, and what the rule needs to know. */
        const answers = [JSON.stringify(ana.session)];
        const model = { used: 0, rotatedAt: now() };
        let renamed = 0;
        for (const step of plan) {
          const newest = answers.length - 1;
          if (step.do === "wind") wind(step.ms);
          else if (step.do === "evict") await ana.calls.me().then(() => evict(ana.id));
          else if (step.do === "rename") valueOf(await ana.calls.patchMe({ name: `Name ${++renamed}` }));
          else {
            const given = newest - step.back;
            const session = answers[given];
            if (session === undefined) continue;
            const { accessToken, refreshToken, accessTokenExpiresAt } = sessionOf(session);
            if (step.do === "use") {
              expect(await use(ana, accessToken)).toBe(accessTokenExpiresAt > now());
              if (accessTokenExpiresAt > now()) model.used = Math.max(model.used, given);
              continue;
            }
            const answer = await ana.calls.refresh(refreshToken);
            const mayBeLost = given === newest - 1 && (model.used < newest || now() - model.rotatedAt <= minuteMs);
            if (given === newest) {
              answers.push(JSON.stringify(valueOf(answer)));
              model.rotatedAt = now();
            } else if (mayBeLost) expect(JSON.stringify(valueOf(answer))).toBe(answers[newest]);
            else {
              expect(codeOf(answer)).toBe("unauthenticated");
              expect(await ana.calls.admit(ana.device)).toBe(false);
              for (const text of answers)
                expect(codeOf(await ana.calls.refresh(sessionOf(text).refreshToken))).toBe("unauthenticated");
              return;
            }
          }
        }
        // Nobody was signed out: the newest token still works.
        valueOf(await ana.calls.refresh(sessionOf(answers.at(-1) ?? "").refreshToken));
      }),
      { numRuns: 40 },
    );
  },
);

test("a device of before answers were kept refreshes, and its lost answer is made anew", async () => {
  const ana = await signUp("ana");
  const first = await refreshed(ana, ana.session.refreshToken);
  await runInDurableObject<UserObject, void>(env.USERS.getByName(ana.id), (_, state) => {
    state.storage.sql.exec("UPDATE devices SET answer = NULL, used_generation = generation");
  });
  expect(await refreshed(ana, ana.session.refreshToken)).toBe(first);
});
