/** Owns how an account begins and how devices sign in to it by its password. A repeated call finds what the first one made. */
import { randomBytes } from "node:crypto";
import { notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { DeviceLabel, Session } from "../../../schema/http/account/accounts.ts";
import { settingsDefault } from "../../../schema/http/account/me.ts";
import { deviceId, type DeviceId, type UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import type { AttemptBy, PasswordChallenge, PasswordHash } from "../../contract/account/passwords.ts";
import type { UserCalls } from "../../contract/user-calls.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Tasks } from "../../shared/tasks/tasks.ts";
import { insertAccount, readAccount, userOf } from "../account/account-store.ts";
import type { Credentials } from "../account/credentials.ts";
import type { Devices } from "../account/devices.ts";
import type { GuesserOf } from "../account/guesser.ts";
import type { UserDatabase } from "../effects.ts";
import type { Security } from "../security/security.ts";
import type { AccountSide } from "../sides.ts";
import type { TaskKind, UserTasks } from "../user-tasks.ts";

/** `requests` notes tasks in a transaction, `tasks` runs them. */
export type SigningParts = {
  userId: UserId;
  db: UserDatabase;
  self: Pick<AccountSide, "isErased">;
  requests: UserTasks;
  tasks: Tasks<TaskKind>;
  credentials: Credentials;
  devices: Devices;
  security: Security;
  guesserOf: GuesserOf;
};

export class SignIns {
  readonly #parts: SigningParts;

  constructor(parts: SigningParts) {
    this.#parts = parts;
  }

  /** The first sign-up makes the account; every other one is answered that it exists. */
  async signUp(draft: {
    handle: string;
    name: string;
    password: PasswordHash;
    device: DeviceLabel;
  }): Promise<Outcome<Session> | { ok: "exists" }> {
    const { userId, db, self, requests, tasks, devices } = this.#parts;
    const device = mintDeviceId(randomBytes(16).toString("base64url"));
    const isNew = db.transact((tx) => {
      if (readAccount(tx) !== undefined || self.isErased()) return false;
      const at = now();
      const account = {
        createdAt: at,
        handle: draft.handle,
        name: draft.name,
        bio: "",
        settings: settingsDefault,
        changedAt: at,
      };
      insertAccount(tx, account, draft.password);
      devices.open(tx, device, draft.device, userOf(userId, account), { isSignUp: true });
      requests.request(tx, "profile", [""]);
      return true;
    });
    if (!isNew) return { ok: "exists" };
    await tasks.settle();
    return devices.session(device);
  }

  challenge(handle: string | undefined, by: AttemptBy = {}): Outcome<PasswordChallenge> {
    const { credentials, guesserOf } = this.#parts;
    return credentials.challenge(handle, guesserOf(by), by.deviceId);
  }

  /** For a sign-up that may be the repeat of the one that made this account. */
  challengeAgain(handle: string, by: AttemptBy): Outcome<PasswordChallenge> {
    return this.#maySignUpAgain(handle) ? this.challenge(handle, by) : taken;
  }

  async signIn(attempt: Parameters<UserCalls["signIn"]>[0]): Promise<Outcome<Session>> {
    const { userId, db, credentials, devices, security, guesserOf } = this.#parts;
    const second = await security.second.judge(attempt.second);
    const account = readAccount(db);
    const { forSignUp } = attempt;
    if (forSignUp !== undefined && !this.#maySignUpAgain(forSignUp)) return taken;
    const device = mintDeviceId(attempt.attemptId);
    // The attempt has succeeded before and its answer was lost: it is answered even if others have filled the count meanwhile.
    if (devices.isKnown(device) && credentials.isRight(attempt.hash)) return devices.session(device);
    const by = guesserOf(attempt.by ?? {});
    const checked = credentials.check(attempt, by);
    if (!checked.ok) return checked;
    if (account === undefined) return notFound;
    const secretId = by.is === "known" ? by.secretId : undefined;
    const isArrived = (session: Session): boolean => !devices.isUntouched(session.device.id);
    const kept = { purpose: { does: "sign in", by: "" }, isArrived } as const;
    return security.pass(second, { attemptId: attempt.attemptId, by, kept }, (tx) => {
      devices.open(tx, device, attempt.device, userOf(userId, account), { secretId });
      if (security.second.isOn(tx)) devices.awaitUse(tx, device);
      return devices.session(device);
    });
  }

  #maySignUpAgain(handle: string): boolean {
    const { db, security } = this.#parts;
    const account = readAccount(db);
    // A sign-up shows no second factor, so it is no way in where one is on.
    if (security.second.isOn()) return false;
    return account?.handle === handle && now() - account.createdAt <= timeouts.signUpRepeatMs;
  }
}

const taken = refuse("handle_taken", "handle: is taken");

/** Derived from the attempt that signs the device in, so that a repeated call finds the device that the first one made. */
function mintDeviceId(attemptId: string): DeviceId {
  return deviceId.parse(`v_${attemptId}`);
}
