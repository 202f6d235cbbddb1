/** What a user's object promises about guessing: nobody guesses for long, and nobody locks out the owner's devices. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { userStub } from "../../../../objects/shared/platform/calls.ts";
import type { AttemptBy } from "../../../../objects/contract/account/passwords.ts";
import { readDeviceSecret } from "../../../../objects/user/account/tokens.ts";
import type { UserId } from "../../../../schema/ids.ts";
import { batches, wrongPasswords } from "../../../../schema/limits.ts";
import {
  codeOf,
  evict,
  hashOf,
  laptop,
  passwordHash,
  signIn,
  signUp,
  type TestAccount,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";

const minuteMs = 60_000;
let attempts = 0;

async function guess(ana: TestAccount, by: AttemptBy = {}, times = 1): Promise<string[]> {
  const codes: string[] = [];
  for (let n = 0; n < times; n++) codes.push(codeOf(await signIn(ana, `wrong ${++attempts}`, by)));
  return codes;
}

/** As the gateway changes a password. */
async function change(ana: TestAccount, current: string): Promise<string> {
  const challenge = await ana.calls.challenge(undefined, { deviceId: ana.device });
  if (!challenge.ok) return challenge.refusal.code;
  const attempt = { ...challenge.value, hash: hashOf(current), next: passwordHash("new horse") };
  return codeOf(await ana.calls.changePassword(ana.device, attempt));
}

function rowsOf(id: UserId): Promise<number> {
  return runInDurableObject(
    env.USERS.getByName(id),
    (_, state) => state.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM wrong_passwords").one().n,
  );
}

describe("strangers", () => {
  test("[A3] the 11th wrong one within 15 minutes is refused, from any address, and the right one then too, across evictions", async () => {
    const ana = await signUp("ana");
    for (let n = 1; n <= 10; n++) {
      expect(await guess(ana, { address: `address ${n % 4}` })).toEqual(["unauthenticated"]);
      if (n % 3 === 0) await evict(ana.id);
    }
    expect(await guess(ana, { address: "address 5" })).toEqual(["rate_limited"]);
    expect(codeOf(await signIn(ana))).toBe("rate_limited");
    await evict(ana.id);
    expect(codeOf(await signIn(ana))).toBe("rate_limited");
    wind(15 * minuteMs);
    expect(codeOf(await signIn(ana))).toBe("true");
  });

  test("[A3] a burst of guesses gets ten answers, though every one had its challenge before the first was wrong", async () => {
    const ana = await signUp("ana");
    const challenges = await Promise.all(Array.from({ length: 30 }, () => ana.calls.challenge()));
    const answers = await Promise.all(
      challenges.map((challenge) =>
        ana.calls.signIn({ attemptId: valueOf(challenge).attemptId, hash: hashOf("guess"), device: laptop }),
      ),
    );
    expect(answers.filter((answer) => codeOf(answer) === "unauthenticated")).toHaveLength(10);
    expect(answers.filter((answer) => codeOf(answer) === "rate_limited")).toHaveLength(20);
  });

  test("[A3] a repeated call of one attempt counts once, is answered alike though the count is full, and makes one device", async () => {
    const ana = await signUp("ana");
    const same = { attemptId: "same", hash: hashOf("wrong"), device: laptop };
    for (let n = 0; n < 12; n++) expect(codeOf(await ana.calls.signIn(same))).toBe("unauthenticated");
    const attempt = { attemptId: "right", hash: hashOf("correct horse"), device: laptop };
    const first = valueOf(await ana.calls.signIn(attempt));
    expect(await guess(ana, {}, 10)).toEqual([...Array<string>(9).fill("unauthenticated"), "rate_limited"]);
    await evict(ana.id);
    wind(5_000);
    expect(codeOf(await ana.calls.signIn(same))).toBe("unauthenticated");
    expect(valueOf(await ana.calls.signIn(attempt))).toEqual(first);
    expect(valueOf(await ana.calls.devices(ana.device))).toHaveLength(2);
  });

  test("[A15] one address cannot keep strangers out for ever: after thirty in a day it is refused alone", async () => {
    const ana = await signUp("ana");
    const eve = { address: "eve" };
    for (let round = 0; round < wrongPasswords.perAddressMax / wrongPasswords.max; round++) {
      expect(await guess(ana, eve, 11)).toEqual([...Array<string>(10).fill("unauthenticated"), "rate_limited"]);
      wind(15 * minuteMs);
    }
    expect(await guess(ana, eve)).toEqual(["rate_limited"]);
    await evict(ana.id);
    expect(codeOf(await signIn(ana, "correct horse", eve))).toBe("rate_limited");
    expect(codeOf(await signIn(ana, "correct horse", { address: "ana's new phone" }))).toBe("true");
    wind(24 * 60 * minuteMs);
    expect(codeOf(await signIn(ana, "correct horse", eve))).toBe("true");
  });
});

describe("devices that the account knows", () => {
  test("[A15] strangers lock out neither a device with its secret nor a signed-in one", async () => {
    const ana = await signUp("ana");
    await guess(ana, {}, 11);
    const { deviceSecret } = ana.session;
    await ana.calls.signOut(ana.device);
    await evict(ana.id);
    const back = valueOf(await signIn(ana, "correct horse", { deviceSecret }));
    expect(back.deviceSecret).toBe(deviceSecret);
    expect(codeOf(await signIn(ana))).toBe("rate_limited");
    const again = { ...ana, device: back.device.id, calls: userStub(env, ana.id) };
    expect(await change(again, "wrong")).toBe("forbidden");
    expect(await change(again, "correct horse")).toBe("true");
  });

  test("[A15] a known device is counted by itself: its 11th is refused, at sign-in and at a change of password, and no other's", async () => {
    const ana = await signUp("ana");
    const phone = valueOf(await signIn(ana));
    expect(phone.deviceSecret).not.toBe(ana.session.deviceSecret);
    for (let n = 0; n < 5; n++) expect(await change(ana, `wrong ${n}`)).toBe("forbidden");
    const known = { deviceSecret: ana.session.deviceSecret };
    expect(await guess(ana, known, 6)).toEqual([...Array<string>(5).fill("unauthenticated"), "rate_limited"]);
    await evict(ana.id);
    expect(codeOf(await signIn(ana, "correct horse", known))).toBe("rate_limited");
    expect(await change(ana, "correct horse")).toBe("rate_limited");
    expect(codeOf(await signIn(ana))).toBe("true");
    expect(codeOf(await signIn(ana, "correct horse", { deviceSecret: phone.deviceSecret }))).toBe("true");
    wind(15 * minuteMs);
    expect(await change(ana, "correct horse")).toBe("true");
  });

  test("[A15] a secret that is another account's, altered or garbage is a stranger's", async () => {
    const [ana, bo] = [await signUp("ana"), await signUp("bo")];
    const { deviceSecret } = ana.session;
    const foreign = [
      bo.session.deviceSecret,
      deviceSecret.replace(/^./, "w"),
      deviceSecret.replace(/.$/, "-"),
      `${deviceSecret}x`,
      deviceSecret.split(".")[1] ?? "",
      "",
      ".",
      "\u0000",
      "x".repeat(100_000),
    ];
    for (const secret of foreign) expect(await guess(ana, { deviceSecret: secret })).toEqual(["unauthenticated"]);
    expect(await guess(ana)).toEqual(["unauthenticated"]);
    for (const secret of foreign)
      expect(codeOf(await signIn(ana, "correct horse", { deviceSecret: secret }))).toBe("rate_limited");
    expect(codeOf(await signIn(ana, "correct horse", { deviceSecret }))).toBe("true");
  });

  test("[A6] a device secret opens nothing", async () => {
    const ana = await signUp("ana");
    const { deviceSecret } = ana.session;
    expect(readDeviceSecret(env.TOKEN_SECRET, ana.id, deviceSecret)).toBe(ana.device);
    expect(codeOf(await ana.calls.refresh(deviceSecret))).toBe("unauthenticated");
    expect(codeOf(await ana.calls.refresh(`${ana.id}.${ana.device}.0.${deviceSecret.split(".")[1]}`))).toBe(
      "unauthenticated",
    );
    expect(await ana.calls.admit(ana.device)).toBe(true);
  });

  test("[A15] collecting device secrets buys a hundred guesses, and takes none from devices that are signed in", async () => {
    const ana = await signUp("ana");
    const secrets: string[] = [];
    for (let n = 0; n < 11; n++) secrets.push(valueOf(await signIn(ana)).deviceSecret);
    const codes: string[] = [];
    for (const deviceSecret of secrets) codes.push(...(await guess(ana, { deviceSecret }, 10)));
    expect(codes.filter((code) => code === "unauthenticated")).toHaveLength(wrongPasswords.knownDevicesMax);
    expect(codes.slice(-10)).toEqual(Array<string>(10).fill("rate_limited"));
    expect(await change(ana, "correct horse")).toBe("true");
    expect(codeOf(await signIn(ana, "new horse"))).toBe("true");
  });
});

describe("rows", () => {
  test("[A15] of one account go when no count looks at them", async () => {
    const ana = await signUp("ana");
    for (let n = 0; n < 5; n++) {
      await guess(ana, {}, 12);
      expect(await change(ana, "wrong")).toBe("forbidden");
      expect(await rowsOf(ana.id)).toBe(11);
      wind(15 * minuteMs);
    }
    await guess(ana, { address: "eve" }, 10);
    wind(24 * 60 * minuteMs);
    await guess(ana);
    expect(await rowsOf(ana.id)).toBe(1);
  });

  test("[A15] of made-up handles are bounded: of too many the oldest go", async () => {
    const id = "decoy.test" as UserId;
    const nobody = () => userStub(env, id);
    await nobody().challengeDecoy("x", {});
    const fill = batches.wrongPasswordRowsMax;
    await runInDurableObject(env.USERS.getByName(id), (_, state) => {
      for (let n = 0; n < fill; n++) {
        state.storage.sql.exec(
          "INSERT INTO wrong_passwords (subject, attempt_id, address, at) VALUES (?, ?, '', ?)",
          `handle ${n}`,
          `${n}`,
          Date.now() - fill + n,
        );
      }
    });
    expect(codeOf(await nobody().failDecoy("one more", { attemptId: "a", by: {} }))).toBe("unauthenticated");
    expect(await rowsOf(id)).toBe(fill);
    const oldest = await runInDurableObject(env.USERS.getByName(id), (_, state) =>
      state.storage.sql.exec("SELECT 1 FROM wrong_passwords WHERE subject = 'handle 0'").toArray(),
    );
    expect(oldest).toEqual([]);
  });
});

test("[G3] a handle that nobody has is counted as one that somebody has", async () => {
  const id = "decoy.other" as UserId;
  const attempt = async (handleKey: string, by: AttemptBy): Promise<string> => {
    const challenge = await userStub(env, id).challengeDecoy(handleKey, by);
    if (!challenge.ok) return challenge.refusal.code;
    return codeOf(await userStub(env, id).failDecoy(handleKey, { attemptId: challenge.value.attemptId, by }));
  };
  const codes: string[] = [];
  for (let n = 0; n < 11; n++) codes.push(await attempt("one", { address: `${n}` }));
  expect(codes).toEqual([...Array<string>(10).fill("unauthenticated"), "rate_limited"]);
  await evict(id);
  expect(await attempt("one", { deviceSecret: "v_x.y" })).toBe("rate_limited");
  expect(await attempt("two", {})).toBe("unauthenticated");
  wind(15 * minuteMs);
  expect(await attempt("one", {})).toBe("unauthenticated");
  expect(codeOf(await userStub(env, id).me())).toBe("not_found");
});
