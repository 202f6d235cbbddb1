/** What an import promises of people: accounts with handles, many at once, that nobody can sign in to or take over before the operator gives them a password. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { userStub } from "../../../objects/shared/platform/calls.ts";
import { claimHandle } from "../../../objects/shared/identity/handles.ts";
import { mintImportedUserId, mintUserId } from "../../../objects/shared/identity/mint.ts";
import type { UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import { codeOf, directory, passwordHash, signUp, tasksOf, trySignUp, valueOf } from "../../rig/objects/accounts.ts";
import { must, post, TestImport } from "../../rig/objects/importing.ts";

type PeopleDone = {
  stored: number;
  known: number;
  userIds: (UserId | null)[];
  faults: { index: number; detail: string }[];
};

const bring = (source: string, people: object[]): Promise<PeopleDone> => must({ do: "people", source, people });
const one = (handle: string, more: object = {}) => ({ id: handle, handle, name: `Name of ${handle}`, ...more });

test("[X13] the door is the operator's alone, people without a password cannot sign in, and the first password stays", async () => {
  const people = [{ id: "ana", handle: "door.ana" }];
  const batch = { do: "people", source: "door", people };
  expect((await post(batch, "wrong")).status).toBe(404);
  expect((await post(batch, "", "")).status).toBe(404);
  expect((await post(batch, "short", "short")).status).toBe(404);
  const [ana = "" as UserId] = await new TestImport("door").people("ana");
  const challenge = valueOf(await userStub(env, ana).challenge("door.ana", {}));
  const attempt = { attemptId: challenge.attemptId, hash: "", device: { name: "x", platform: "x" } };
  expect(codeOf(await userStub(env, ana).signIn(attempt))).toBe("unauthenticated");
  const withPassword = (password: string) => bring("door", [{ id: "ana", handle: "door.ana", password }]);
  expect((await withPassword("password")).faults).toMatchObject([{ index: 0 }]);
  expect(await withPassword("a first password")).toMatchObject({ stored: 0, known: 1, faults: [] });
  const salt = async (): Promise<string> => valueOf(await userStub(env, ana).challenge("door.ana", {})).salt;
  const first = await salt();
  await withPassword("another password");
  expect(await salt()).toBe(first);
});

test("[X13] a call brings many people, to the directory too, and a repeat changes nothing, whatever they changed since", async () => {
  const people = Array.from({ length: batches.importPeople }, (_, n) => one(`many.p${n}x`));
  const first = await bring("many", people);
  expect(first).toMatchObject({ stored: batches.importPeople, known: 0, faults: [] });
  const [id = "" as UserId, renamed = "" as UserId] = first.userIds as UserId[];
  expect(valueOf(await directory.userByHandle("many.p0x"))).toMatchObject({ id, name: "Name of many.p0x" });
  expect(valueOf(await directory.search("many.p99", undefined, 5)).users).toMatchObject([{ handle: "many.p99x" }]);
  // No task is left for any of them: the import has told the directory.
  expect(await tasksOf({ id } as never)).toBe(0);
  valueOf(await userStub(env, renamed).patchMe({ handle: "many.renamed", name: "Renamed" }));
  await evictDurableObject(env.USERS.getByName(renamed));
  const again = await bring("many", people);
  expect(again).toEqual({ ...first, stored: 0, known: batches.importPeople });
  expect(valueOf(await directory.userByHandle("many.renamed"))).toMatchObject({ id: renamed, name: "Renamed" });
  const tooMany = [...people, one("many.toomany")];
  expect((await post({ do: "people", source: "many", people: tooMany })).body).toMatchObject({ code: "too_large" });
});

test("[X13] a handle that somebody has, here or in the same call, is a fault of that person alone, and leaves no account", async () => {
  const owner = await signUp("taken");
  const done = await bring("faults", [
    one("faults.ok"),
    one(owner.handle, { id: "thief" }),
    one("faults.twice", { id: "1" }),
    one("faults.twice", { id: "2" }),
  ]);
  expect(done).toMatchObject({ stored: 2, faults: [{ index: 1 }, { index: 3 }] });
  expect(done.faults[0]?.detail).toContain("handle:");
  const thief = mintImportedUserId(env.ID_SECRET, "faults", "thief");
  expect(codeOf(await userStub(env, thief).relation(thief))).toBe("not_found");
  expect(valueOf(await directory.userByHandle(owner.handle)).id).toBe(owner.id);
  // With another handle they come.
  expect(await bring("faults", [one("faults.other", { id: "thief" })])).toMatchObject({ stored: 1, faults: [] });
});

test("[X13] an import that was cut off between account and handle goes on, also with another handle", async () => {
  const [a, b] = ["1", "2"].map((id) => mintImportedUserId(env.ID_SECRET, "cut", id)) as [UserId, UserId];
  const account = (handle: string) => ({ handle, name: handle, bio: "", createdAt: 0 });
  valueOf(await userStub(env, a).importAccount(account("cut.one")));
  valueOf(await userStub(env, b).importAccount(account("cut.two")));
  // Meanwhile somebody signs up with one of them.
  const { id, answer } = await trySignUp("cut.two");
  expect(answer.ok).toBe(true);
  expect(id).not.toBe(b);
  const done = await bring("cut", [one("cut.one", { id: "1" }), one("cut.three", { id: "2" })]);
  expect(done).toMatchObject({ userIds: [a, b], faults: [] });
  expect(valueOf(await directory.userByHandle("cut.one")).id).toBe(a);
  expect(valueOf(await directory.userByHandle("cut.three")).id).toBe(b);
  expect(valueOf(await directory.userByHandle("cut.two")).id).toBe(id);
});

test("[X13] nobody becomes an imported person by signing up with their handle, and an old claim of nobody does not block it", async () => {
  const [ana = "" as UserId] = await new TestImport("race").people("ana");
  const { id, answer } = await trySignUp("race.ana");
  expect([id, answer.ok]).toEqual([ana, "exists"]);
  expect(codeOf(await userStub(env, ana).challengeAgain("race.ana", {}))).not.toBe("not_found");
  const session = { attemptId: "a", hash: passwordHash("correct horse").hash, device: { name: "x", platform: "x" } };
  expect(codeOf(await userStub(env, ana).signIn({ ...session, forSignUp: "race.ana" }))).not.toBe("ok");
  // A sign-up that was cut off has left a claim: as long as it may still go on, the handle is its.
  valueOf(await claimHandle(env, directory, "race.cut", mintUserId(env.ID_SECRET), "signUp"));
  expect((await bring("race", [one("race.cut")])).faults).toHaveLength(1);
});

test("[X13] a person who has deleted their account here is not imported again", async () => {
  const [ana = "" as UserId, bo = "" as UserId] = await new TestImport("gone").people("ana", "bo");
  valueOf(await userStub(env, ana).setFirstPassword(passwordHash("a good password")));
  const challenge = valueOf(await userStub(env, ana).challenge("gone.ana", {}));
  const signedIn = valueOf(
    await userStub(env, ana).signIn({
      attemptId: challenge.attemptId,
      hash: passwordHash("a good password").hash,
      device: { name: "x", platform: "x" },
    }),
  );
  const again = valueOf(await userStub(env, ana).challenge(undefined, { deviceId: signedIn.device.id }));
  const erased = await userStub(env, ana).erase(signedIn.device.id, {
    attemptId: again.attemptId,
    hash: passwordHash("a good password").hash,
  });
  valueOf(erased);
  const done = await bring("gone", [one("gone.ana", { id: "ana" }), one("gone.bo", { id: "bo" })]);
  expect(done).toMatchObject({ userIds: [null, bo], known: 1, faults: [{ index: 0 }] });
});

test("[X13] the door serves so many calls at once and not one more", async () => {
  const person = (n: number) => bring("atonce", [one(`atonce.p${n}x`)]).catch((error: Error) => error.message);
  const answers = await Promise.all(Array.from({ length: batches.importCallsAtOnce + 2 }, (_, n) => person(n)));
  expect(answers.filter((answer) => typeof answer === "string")).toHaveLength(2);
  expect(answers.at(-1)).toContain("unavailable");
  expect(await person(100)).toMatchObject({ stored: 1 });
});
