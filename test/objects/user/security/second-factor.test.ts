/** What the second factor promises: with it the password alone does nothing, and a recovery code stands in for a passkey once. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { DeviceId } from "../../../../schema/ids.ts";
import { securityBounds } from "../../../../schema/bounds/security.ts";
import { wrongPasswords } from "../../../../schema/limits.ts";
import { groupedCode } from "../../../../core/account/short-codes.ts";
import type { Outcome, Refusal } from "../../../../schema/errors.ts";
import {
  codeOf,
  evict,
  hashOf,
  passwordHash,
  signIn,
  signUp,
  type TestAccount,
  valueOf,
  wind,
} from "../../../rig/objects/accounts.ts";
import {
  addPasskey,
  ask,
  type Brought,
  challenge,
  enter,
  makeCodes,
  newAttempt,
  proofOf,
  secured,
  signInWith,
  relyingParty,
  turnSecondFactor,
} from "../../../rig/objects/security/proofs.ts";
import { Authenticator } from "../../../rig/objects/security/authenticator.ts";
import { storedEverywhere } from "../../../rig/objects/stores.ts";

function refusalOf(outcome: Outcome<unknown>): Refusal {
  if (outcome.ok) throw new Error("it was not refused");
  return outcome.refusal;
}

/** The challenge that a refusal gives. */
function askedIn(outcome: Outcome<unknown>) {
  const asked = refusalOf(outcome).secondFactor?.passkey;
  if (asked == null) throw new Error("no passkey is asked");
  return asked;
}

test("[A24] with the second factor on, the right password alone is refused and says with what it succeeds", async () => {
  const ana = await signUp("ana");
  const { key, codes } = await secured(ana);
  await evict(ana.id);
  const refused = await signInWith(ana);
  expect(refusalOf(refused)).toMatchObject({
    code: "forbidden",
    secondFactor: { passkey: { allowCredentials: [{ id: key.credentialId }] }, recoveryCodes: codes.length },
  });
  const session = valueOf(await signInWith(ana, { passkey: key.answer(askedIn(refused)) }));
  expect(session.user.id).toBe(ana.id);
  // A device that the account knows shows it all the same.
  expect(codeOf(await signInWith(ana, {}, { deviceSecret: ana.session.deviceSecret }))).toBe("forbidden");
  // A wrong password learns nothing of it.
  expect(refusalOf(await signInWith(ana, { password: "wrong horse", recoveryCode: codes[0] ?? "" }))).toMatchObject({
    code: "unauthenticated",
  });
  expect(valueOf(await ask(ana.id, { do: "show" })).recoveryCodes.left).toBe(codes.length);
});

test("[A24] the challenge to a second factor is no way to sign in without the password, and the reverse", async () => {
  const ana = await signUp("ana");
  const { key } = await secured(ana);
  const asked = askedIn(await signInWith(ana));
  expect(codeOf(await enter(ana.id, key.answer(asked)))).toBe("unauthenticated");
  expect(codeOf(await signInWith(ana, { passkey: key.answer(challenge()) }))).toBe("forbidden");
  // A passkey alone is both: something that one has, and the finger or number that opens it.
  expect(codeOf(await enter(ana.id, key.answer(challenge())))).toBe("true");
});

test("[A25] a recovery code stands in for the passkey once, however it is typed", async () => {
  const ana = await signUp("ana");
  const { codes } = await secured(ana);
  expect(new Set(codes).size).toBe(securityBounds.recoveryCodes);
  const [first = "", second = ""] = codes;
  const session = valueOf(await signInWith(ana, { recoveryCode: first.toLowerCase().replaceAll("-", " ") }));
  expect(await ana.calls.admit(session.device.id)).toBe(true);
  expect(codeOf(await signInWith(ana, { recoveryCode: first }))).toBe("forbidden");
  const race = await Promise.all([1, 2].map(() => signInWith(ana, { recoveryCode: second })));
  expect(new Set(race.map((one) => valueOf(one).device.id)).size).toBe(1);
  expect(valueOf(await ask(ana.id, { do: "show" })).recoveryCodes.left).toBe(securityBounds.recoveryCodes - 2);
  // New codes end the old ones.
  const next = await makeCodes(ana, { recoveryCode: codes[2] ?? "" });
  expect(codeOf(await signInWith(ana, { recoveryCode: codes[3] ?? "" }))).toBe("forbidden");
  expect(codeOf(await signInWith(ana, { recoveryCode: next[0] ?? "" }))).toBe("true");
});

test("[A25] a sign-in whose answer was lost is answered again to who repeats it, also with the last code, until something of it is used", async () => {
  const ana = await signUp("ana");
  const { codes } = await secured(ana);
  const [last = "", ...others] = codes;
  for (const recoveryCode of others) valueOf(await signInWith(ana, { recoveryCode }));
  const lost = valueOf(await signInWith(ana, { recoveryCode: last }));
  expect(valueOf(await ask(ana.id, { do: "show" })).recoveryCodes.left).toBe(0);
  await evict(ana.id);
  expect(codeOf(await signInWith(ana, { recoveryCode: last, password: "wrong horse" }))).toBe("unauthenticated");
  const devices = valueOf(await ana.calls.devices(ana.device)).length;
  expect(valueOf(await signInWith(ana, { recoveryCode: last }))).toEqual(lost);
  expect(valueOf(await ana.calls.devices(ana.device)).length).toBe(devices);
  // The code opens nothing else by it.
  expect(codeOf(await turnSecondFactor(ana, false, { recoveryCode: last }))).toBe("forbidden");
  expect(await ana.calls.admit(lost.device.id, undefined, 0)).toBe(true);
  expect(codeOf(await signInWith(ana, { recoveryCode: last }))).toBe("forbidden");
});

test("[A25] a session whose answer was lost ends with its device, and after ten minutes", async () => {
  const ana = await signUp("ana");
  const [first = "", second = "", third = ""] = (await secured(ana)).codes;
  const lost = valueOf(await signInWith(ana, { recoveryCode: first }));
  valueOf(await ana.calls.signOut(lost.device.id));
  expect(codeOf(await signInWith(ana, { recoveryCode: first }))).toBe("forbidden");
  const refreshed = valueOf(await signInWith(ana, { recoveryCode: second }));
  valueOf(await ana.calls.refresh(refreshed.refreshToken));
  expect(codeOf(await signInWith(ana, { recoveryCode: second }))).toBe("forbidden");
  valueOf(await signInWith(ana, { recoveryCode: third }));
  wind(securityBounds.keptAnswersMs);
  expect(codeOf(await signInWith(ana, { recoveryCode: third }))).toBe("forbidden");
  const objects = env.USERS.getByName(ana.id);
  await runDurableObjectAlarm(objects);
  const rows = await runInDurableObject(objects, (_, { storage }) =>
    storage.sql.exec("SELECT * FROM kept_answers").toArray(),
  );
  expect(rows).toEqual([]);
});

test("[A25] who repeats the making of codes, or the beginning of a passkey, gets the same ones; until one was used", async () => {
  const ana = await signUp("ana");
  const { codes } = await secured(ana);
  const [first = "", second = "", third = ""] = codes;
  const next = await makeCodes(ana, { recoveryCode: first });
  await evict(ana.id);
  expect(await makeCodes(ana, { recoveryCode: first })).toEqual(next);
  const stored = await storedEverywhere();
  for (const code of next) expect(stored).not.toContain(code.replaceAll("-", ""));
  const proof = async (recoveryCode: string) => await proofOf(ana, { recoveryCode });
  const other = valueOf(await signInWith(ana, { recoveryCode: next[0] ?? "" })).device.id;
  const make = async (by: DeviceId, code: string) =>
    await ask(ana.id, { do: "make recovery codes", by, proof: await proof(code) });
  expect(codeOf(await make(ana.device, first))).toBe("forbidden");
  expect(codeOf(await make(ana.device, second))).toBe("forbidden");
  const begin = async (by: DeviceId, code: string) =>
    await ask(ana.id, { do: "begin passkey", by, proof: await proof(code) });
  const asked = valueOf(await begin(ana.device, next[1] ?? ""));
  expect(valueOf(await begin(ana.device, next[1] ?? ""))).toEqual(asked);
  expect(codeOf(await begin(other, next[1] ?? ""))).toBe("forbidden");
  const passkey = new Authenticator("https://chat.example").make(asked);
  valueOf(await ask(ana.id, { do: "add passkey", by: ana.device, name: "Key", passkey, relyingParty }));
  expect(codeOf(await begin(ana.device, next[1] ?? ""))).toBe("forbidden");
  expect(codeOf(await make(ana.device, third))).toBe("forbidden");
});

test("[A23] a passkey that has no place spends no recovery code, and no answer that may find one later", async () => {
  const ana = await signUp("ana");
  const { codes } = await secured(ana);
  const key = () => new Authenticator("https://chat.example");
  const begin = async (recoveryCode: string) =>
    await ask(ana.id, { do: "begin passkey", by: ana.device, proof: await proofOf(ana, { recoveryCode }) });
  const asked = valueOf(await begin(codes[0] ?? ""));
  valueOf(await turnSecondFactor(ana, false, { recoveryCode: codes[1] ?? "" }));
  for (let n = 1; n < securityBounds.passkeysMax; n++) await addPasskey(ana, key());
  valueOf(await turnSecondFactor(ana, true));
  expect(codeOf(await begin(codes[2] ?? ""))).toBe("conflict");
  expect(valueOf(await ask(ana.id, { do: "show" })).recoveryCodes.left).toBe(codes.length - 2);
  const made = { do: "add passkey", by: ana.device, name: "Key", passkey: key().make(asked), relyingParty } as const;
  expect(codeOf(await ask(ana.id, made))).toBe("conflict");
  const [one] = valueOf(await ask(ana.id, { do: "show" })).passkeys;
  valueOf(await ask(ana.id, { do: "remove passkey", id: one?.id ?? "" }));
  expect(codeOf(await ask(ana.id, made))).toBe("true");
  expect(codeOf(await begin(codes[2] ?? ""))).toBe("conflict");
});

test("[A25] no store holds a recovery code, and another account's is none", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const { codes } = await secured(ana);
  await secured(bo);
  const stored = await storedEverywhere();
  // The search finds what is there.
  expect(stored).toContain(ana.handle);
  for (const code of codes) {
    expect(stored).not.toContain(code);
    expect(stored).not.toContain(code.replaceAll("-", ""));
  }
  expect(codeOf(await signInWith(bo, { recoveryCode: codes[0] ?? "" }))).toBe("forbidden");
});

test("[A24] a wrong second factor counts like a wrong password; a missing one does not", async () => {
  const ana = await signUp("ana");
  const { codes } = await secured(ana);
  for (let n = 0; n < wrongPasswords.max; n++) {
    expect(codeOf(await signIn(ana))).toBe("forbidden");
    const guess = groupedCode(String(n).padStart(securityBounds.recoveryCodeCharacters, "0"));
    expect(codeOf(await signInWith(ana, { recoveryCode: guess }))).toBe("forbidden");
  }
  await evict(ana.id);
  expect(codeOf(await signInWith(ana, { recoveryCode: codes[0] ?? "" }))).toBe("rate_limited");
  expect(valueOf(await ask(ana.id, { do: "show" })).recoveryCodes.left).toBe(codes.length);
});

test("[A24] wrong codes at the approval of a device count, one by one or at the same moment; beyond them none is compared", async () => {
  const ana = await signUp("ana");
  const { codes } = await secured(ana);
  const approve = (recoveryCode: string) =>
    ask(ana.id, {
      ...{ do: "approve link", by: ana.device, link: "AAAAAAAAAAAAAAAAAAAAAA", until: Date.now() + 60_000 },
      ...{ attemptId: newAttempt(), second: { relyingParty, recoveryCode } },
    });
  const guess = (n: number) => groupedCode(String(n).padStart(securityBounds.recoveryCodeCharacters, "0"));
  const guesses = Array.from({ length: wrongPasswords.max + 5 }, (_, n) => approve(guess(n)));
  const answers = await Promise.all(guesses);
  expect(answers.filter((answer) => codeOf(answer) === "forbidden")).toHaveLength(wrongPasswords.max);
  expect(codeOf(await approve(codes[0] ?? ""))).toBe("rate_limited");
  expect(valueOf(await ask(ana.id, { do: "show" })).recoveryCodes.left).toBe(codes.length);
});

test("[A24] nobody turns it on who could not show it, or removes the last passkey that it needs", async () => {
  const ana = await signUp("ana");
  expect(codeOf(await turnSecondFactor(ana, true))).toBe("conflict");
  const { passkey } = await addPasskey(ana);
  expect(codeOf(await turnSecondFactor(ana, true))).toBe("conflict");
  const codes = await makeCodes(ana);
  expect(codeOf(await turnSecondFactor(ana, true, { password: "wrong horse" }))).toBe("forbidden");
  expect(codeOf(await turnSecondFactor(ana, true))).toBe("true");
  expect(codeOf(await ask(ana.id, { do: "remove passkey", id: passkey.id }))).toBe("conflict");
  expect(codeOf(await turnSecondFactor(ana, false))).toBe("forbidden");
  expect(codeOf(await turnSecondFactor(ana, false, { recoveryCode: codes[0] ?? "" }))).toBe("true");
  expect(codeOf(await ask(ana.id, { do: "remove passkey", id: passkey.id }))).toBe("true");
  expect(codeOf(await signIn(ana))).toBe("true");
});

/** Every call that changes how the account is entered, or ends it. */
const doors: Record<string, (ana: TestAccount, brought: Brought) => Promise<Outcome<unknown>>> = {
  "a change of the password": async (ana, { recoveryCode }) => {
    const { attempt, second } = await proofOf(ana, recoveryCode === undefined ? {} : { recoveryCode });
    return await ana.calls.changePassword(ana.device, { ...attempt, next: passwordHash("next horse"), second });
  },
  "an older gateway's change of the password": async (ana, { recoveryCode }) => {
    const { attempt, second } = await proofOf(ana, recoveryCode === undefined ? {} : { recoveryCode });
    const next = passwordHash("next horse");
    return await ana.calls.changePassword(ana.device, {
      ...attempt,
      next,
      ...(recoveryCode === undefined ? {} : { second }),
    });
  },
  "a new passkey": async (ana, brought) =>
    await ask(ana.id, { do: "begin passkey", by: ana.device, proof: await proofOf(ana, brought) }),
  "new recovery codes": async (ana, brought) =>
    await ask(ana.id, { do: "make recovery codes", by: ana.device, proof: await proofOf(ana, brought) }),
  "turning it off": async (ana, brought) => await turnSecondFactor(ana, false, brought),
  "the approval of another device": async (ana, brought) =>
    await ask(ana.id, {
      do: "approve link",
      by: ana.device,
      link: "AAAAAAAAAAAAAAAAAAAAAA",
      until: Date.now() + 60_000,
      attemptId: "a",
      second: { relyingParty, ...brought },
    }),
  "the erasure": async (ana, { recoveryCode }) => {
    const { attempt, second } = await proofOf(ana, recoveryCode === undefined ? {} : { recoveryCode });
    return await ana.calls.erase(ana.device, { ...attempt, second });
  },
};

test.each(Object.keys(doors))("[A24] %s takes the second factor", async (name) => {
  const ana = await signUp("ana");
  const { codes } = await secured(ana);
  const door = doors[name];
  if (door === undefined) throw new Error(name);
  expect(refusalOf(await door(ana, {}))).toMatchObject({ code: "forbidden", secondFactor: { recoveryCodes: 10 } });
  expect(codeOf(await door(ana, { recoveryCode: codes[0] ?? "" }))).toBe("true");
});

test("[A24] a sign-up that is repeated within its ten minutes is no way around it", async () => {
  const ana = await signUp("ana");
  expect(codeOf(await ana.calls.challengeAgain(ana.handle, {}))).toBe("true");
  const before = valueOf(await ana.calls.challengeAgain(ana.handle, {}));
  await secured(ana);
  const again = { attemptId: before.attemptId, hash: hashOf("correct horse"), device: { name: "D", platform: "p" } };
  expect(codeOf(await ana.calls.signIn({ ...again, forSignUp: ana.handle }))).toBe("handle_taken");
  expect(codeOf(await ana.calls.challengeAgain(ana.handle, {}))).toBe("handle_taken");
});

test("[X7] after an erasure nothing of passkeys, codes and approvals is left", async () => {
  const ana = await signUp("ana");
  const { key, codes } = await secured(ana);
  const proof = await proofOf(ana, { recoveryCode: codes[0] ?? "" });
  expect(await storedEverywhere()).toContain(key.credentialId);
  valueOf(await ana.calls.erase(ana.device, { ...proof.attempt, second: proof.second }));
  expect(await storedEverywhere()).not.toContain(key.credentialId);
  expect(valueOf(await ask(ana.id, { do: "show" })).recoveryCodes.left).toBe(0);
  expect(codeOf(await enter(ana.id, key.answer(challenge())))).toBe("unauthenticated");
});
