/** Accounts for tests in workerd: people who have signed up, with the calls of their object, and a clock that winds back by itself. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { userStub } from "../../../objects/shared/platform/calls.ts";
import { windClock } from "../../../objects/shared/platform/clock.ts";
import { Directory } from "../../../objects/shared/identity/directory.ts";
import { claimHandle } from "../../../objects/shared/identity/handles.ts";
import { mintUserId } from "../../../objects/shared/identity/mint.ts";
import type { AttemptBy, PasswordHash } from "../../../objects/contract/account/passwords.ts";
import type { Outcome } from "../../../schema/errors.ts";
import type { Session } from "../../../schema/http/account/accounts.ts";
import type { DeviceId, UserId } from "../../../schema/ids.ts";
import type { User } from "../../../schema/wire/user.ts";
import type { TestPerson } from "./people.ts";

let made = 0;

export const laptop = { name: "Laptop", platform: "test" };

export type TestAccount = {
  id: UserId;
  user: User;
  handle: string;
  session: Session;
  device: DeviceId;
  /** A new stub each time, because a stub that failed stays broken. */
  calls: ReturnType<typeof userStub>;
};

export const directory = new Directory(env);

/** A handle that no other test of this file has. */
export function newHandle(name: string): string {
  made++;
  return `${name}.${made}`;
}

/** Stands for the gateway's hash of a password: here its letters in hex, because no test guesses passwords. */
export function hashOf(password: string): string {
  return Buffer.from(password).toString("hex").padStart(64, "0");
}

export function passwordHash(password: string): PasswordHash {
  return { algorithm: "scrypt", n: 16_384, r: 8, p: 5, salt: "5a17", hash: hashOf(password) };
}

/** Signs up as the gateway does: it claims the handle, then asks the object that the claim names. */
export async function trySignUp(
  handle: string,
  password = "correct horse",
): Promise<{ id: UserId; answer: Outcome<Session> | { ok: "exists" } }> {
  const claimed = await claimHandle(env, directory, handle, mintUserId(env.ID_SECRET), "signUp");
  const id = valueOf(claimed);
  const account = { userId: id, handle, name: `Name of ${handle}`, password: passwordHash(password), device: laptop };
  return { id, answer: await userStub(env, id).signUp(account) };
}

export async function signUp(name: string): Promise<TestAccount> {
  const handle = newHandle(name);
  const { id, answer } = await trySignUp(handle);
  if (answer.ok !== true) throw new Error(`${handle} could not sign up`);
  return {
    id,
    handle,
    session: answer.value,
    user: answer.value.user,
    device: answer.value.device.id,
    get calls() {
      return userStub(env, id);
    },
  };
}

/** Signs in as the gateway does. */
export async function signIn(
  account: TestAccount,
  password = "correct horse",
  by: AttemptBy = {},
): Promise<Outcome<Session>> {
  const challenge = await account.calls.challenge(account.handle, by);
  if (!challenge.ok) return challenge;
  return account.calls.signIn({ attemptId: challenge.value.attemptId, hash: hashOf(password), device: laptop, by });
}

export function evict(id: UserId): Promise<void> {
  return evictDurableObject(env.USERS.getByName(id));
}

/** Moves the clock on, for this test only. */
export function wind(byMs: number): void {
  windClock(byMs);
  onTestFinished(() => windClock(-byMs));
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`refused: ${outcome.refusal.code} ${outcome.refusal.detail}`);
  return outcome.value;
}

export function codeOf(outcome: { ok: true | "exists" } | { ok: false; refusal: { code: string } }): string {
  return outcome.ok === false ? outcome.refusal.code : String(outcome.ok);
}

/** The person as conversations store them. */
export async function personOf(account: TestAccount): Promise<TestPerson> {
  const { person } = valueOf(await account.calls.relation(account.id));
  return { actor: { userId: account.id, deviceId: account.device }, userId: account.id, person };
}

/** How many tasks an account's object still has to do. */
export function tasksOf(account: TestAccount): Promise<number> {
  return runInDurableObject(
    env.USERS.getByName(account.id),
    (_, state) => state.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM tasks").one().n,
  );
}

/** Winds the clock until the account's tasks are tried again, and waits for them. */
export async function retryTasks(account: TestAccount): Promise<void> {
  wind(120_000);
  await runDurableObjectAlarm(env.USERS.getByName(account.id));
}
