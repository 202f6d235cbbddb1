/** What passkeys promise: only the key that was made for this server, asked by it and used by its owner, signs in, and each answer does so once. */
import { expect, test } from "vitest";
import { securityBounds } from "../../../../schema/bounds/security.ts";
import { Authenticator } from "../../../rig/objects/security/authenticator.ts";
import { codeOf, evict, signIn, signUp, valueOf, wind } from "../../../rig/objects/accounts.ts";
import {
  addPasskey,
  ask,
  challenge,
  enter,
  newAttempt,
  proofOf,
  relyingParty,
} from "../../../rig/objects/security/proofs.ts";

test("[A22] a passkey alone signs its user in, also after an eviction, and is listed by its name", async () => {
  const ana = await signUp("ana");
  const { key, passkey } = await addPasskey(ana);
  await evict(ana.id);
  const session = valueOf(await enter(ana.id, key.answer(challenge())));
  expect(session.user.id).toBe(ana.id);
  const shown = valueOf(await ask(ana.id, { do: "show" }));
  expect(shown.passkeys).toEqual([{ ...passkey, name: "Key", lastUsedAt: expect.any(Number) }]);
});

test("[A22] an answer with anything wrong in it signs nobody in", async () => {
  const ana = await signUp("ana");
  const { key } = await addPasskey(ana);
  const other = new Authenticator("https://chat.example");
  const asked = challenge();
  const wrong = {
    "another page": key.answer(asked, { origin: "https://evil.example" }),
    "another host": key.answer(asked, { rpId: "evil.example" }),
    "a page in a frame": key.answer(asked, { isFramed: true }),
    "a made-up challenge": key.answer(asked, { challenge: Buffer.alloc(39).toString("base64url") }),
    "no verified user": key.answer(asked, { isUnverified: true }),
    "another signature": key.answer(asked, { isForged: true }),
    "a making of a key": key.answer(asked, { type: "webauthn.create" }),
    "an unknown key": other.answer(asked),
    "another key under this id": { ...other.answer(asked), id: key.credentialId },
  };
  for (const [why, answer] of Object.entries(wrong))
    expect([why, codeOf(await enter(ana.id, answer))]).toEqual([why, "unauthenticated"]);
  // Nothing of it spent the challenge.
  expect(codeOf(await enter(ana.id, key.answer(asked)))).toBe("true");
});

test("[A22] an answer is good once and for five minutes; only the repeat of the same call gets its session again", async () => {
  const ana = await signUp("ana");
  const { key } = await addPasskey(ana);
  const answer = key.answer(challenge());
  const attempt = newAttempt();
  const first = valueOf(await enter(ana.id, answer, attempt));
  await evict(ana.id);
  expect(valueOf(await enter(ana.id, answer, attempt))).toEqual(first);
  expect(codeOf(await enter(ana.id, answer))).toBe("unauthenticated");
  const late = challenge();
  wind(securityBounds.passkeyChallengeMs);
  expect(codeOf(await enter(ana.id, key.answer(late)))).toBe("unauthenticated");
  expect(codeOf(await enter(ana.id, key.answer(challenge())))).toBe("true");
});

test("[A22] of two uses of one answer at the same moment one signs in", async () => {
  const ana = await signUp("ana");
  const { key } = await addPasskey(ana);
  const answer = key.answer(challenge());
  const codes = (await Promise.all([enter(ana.id, answer), enter(ana.id, answer)])).map(codeOf);
  expect(codes.toSorted()).toEqual(["true", "unauthenticated"]);
});

test("[A22] a counter that does not rise is that of a copied key", async () => {
  const ana = await signUp("ana");
  const { key } = await addPasskey(ana, new Authenticator("https://chat.example", 5));
  expect(codeOf(await enter(ana.id, key.answer(challenge())))).toBe("true");
  expect(codeOf(await enter(ana.id, key.answer(challenge(), { counter: 6 })))).toBe("unauthenticated");
  expect(codeOf(await enter(ana.id, key.answer(challenge(), { counter: 9 })))).toBe("true");
});

test("[A23] adding a passkey takes the password, and the device that showed it", async () => {
  const ana = await signUp("ana");
  const by = ana.device;
  const wrong = await proofOf(ana, { password: "wrong horse" });
  expect(codeOf(await ask(ana.id, { do: "begin passkey", by, proof: wrong }))).toBe("forbidden");
  const other = valueOf(await signIn(ana)).device.id;
  const asked = valueOf(await ask(ana.id, { do: "begin passkey", by, proof: await proofOf(ana) }));
  const key = new Authenticator("https://chat.example");
  const add = (made = key.make(asked), device = by) =>
    ask(ana.id, { do: "add passkey", by: device, name: "Key", passkey: made, relyingParty });
  expect(codeOf(await add(key.make(asked), other))).toBe("bad_request");
  expect(codeOf(await add(key.make(asked, { origin: "https://evil.example" })))).toBe("bad_request");
  expect(codeOf(await add(key.make(asked, { challenge: challenge().challenge })))).toBe("bad_request");
  // A statement about the authenticator names addresses that the server would fetch, so it is refused unread.
  expect(codeOf(await add(key.make(asked, { fmt: "packed" })))).toBe("bad_request");
  const made = valueOf(await add());
  expect(valueOf(await add())).toEqual(made);
  expect(codeOf(await add(new Authenticator("https://chat.example").make(asked)))).toBe("bad_request");
});

test("[A23] an account has a bounded number of passkeys; one that is removed signs nobody in", async () => {
  const ana = await signUp("ana");
  const { key, passkey } = await addPasskey(ana);
  const late = valueOf(await ask(ana.id, { do: "begin passkey", by: ana.device, proof: await proofOf(ana) }));
  for (let n = 1; n < securityBounds.passkeysMax; n++) await addPasskey(ana);
  const proof = await proofOf(ana);
  expect(codeOf(await ask(ana.id, { do: "begin passkey", by: ana.device, proof }))).toBe("conflict");
  const one = { name: "One more", passkey: new Authenticator("https://chat.example").make(late), relyingParty };
  expect(codeOf(await ask(ana.id, { do: "add passkey", by: ana.device, ...one }))).toBe("conflict");
  const answer = key.answer(challenge());
  expect(codeOf(await ask(ana.id, { do: "remove passkey", id: passkey.id }))).toBe("true");
  expect(codeOf(await ask(ana.id, { do: "remove passkey", id: passkey.id }))).toBe("not_found");
  expect(codeOf(await enter(ana.id, answer))).toBe("unauthenticated");
});

test("[A22] a passkey signs its own user in and nobody else, and none at another address", async () => {
  const [ana, bo] = [await signUp("ana"), await signUp("bo")];
  const { key } = await addPasskey(ana);
  expect(codeOf(await enter(bo.id, key.answer(challenge())))).toBe("unauthenticated");
  const elsewhere = { rpId: "evil.example", origins: ["https://evil.example"] };
  const evil = { ...challenge(), rpId: "evil.example" };
  const asked = {
    do: "enter",
    attemptId: newAttempt(),
    passkey: key.answer(evil, { origin: "https://evil.example" }),
    relyingParty: elsewhere,
    device: { name: "D", platform: "p" },
    deviceSecret: undefined,
  } as const;
  expect(codeOf(await ask(ana.id, asked))).toBe("unauthenticated");
});
