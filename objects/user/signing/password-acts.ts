/** Owns what a signed-in device does with the password once more: it changes the password, or erases the account. */
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { DeviceId } from "../../../schema/ids.ts";
import type { PasswordAttempt, PasswordChange } from "../../contract/account/passwords.ts";
import type { Erased } from "../account/erased.ts";
import { eraseAccount } from "../account/erasure.ts";
import type { UserUploads } from "../uploads/user-uploads.ts";
import type { SigningParts } from "./sign-ins.ts";
import { signedOut } from "../account/signed-in/signed-out.ts";

type Refused = Extract<Outcome<never>, { ok: false }>;

export type PasswordActParts = SigningParts & { erased: Erased; uploads: UserUploads };

export class PasswordActs {
  readonly #parts: PasswordActParts;

  constructor(parts: PasswordActParts) {
    this.#parts = parts;
  }

  /** A wrong password is `forbidden`. All other devices are signed out. */
  async changePassword(by: DeviceId, change: PasswordChange): Promise<Outcome<null>> {
    const { credentials, devices, security, guesserOf, tasks } = this.#parts;
    const second = await security.second.judge(change.second);
    if (!devices.isKnown(by)) return signedOut;
    if (credentials.wasChangedBy(change.attemptId)) return done(null);
    const again = credentials.isChangedOfLateBy(by) ? change.again : undefined;
    const guesser = guesserOf({ deviceId: by });
    const checked = credentials.check({ ...change, again }, guesser);
    if (!checked.ok) return asForbidden(checked, "current: is wrong");
    // This device has made the change before, and its answer was lost.
    if (checked.value === "again") return done(null);
    const passed = security.pass(second, { attemptId: change.attemptId, by: guesser }, (tx) => {
      credentials.change(tx, change, by);
      devices.revokeOthers(tx, by);
      return done(null);
    });
    if (passed.ok) await tasks.settle();
    return passed;
  }

  /** A wrong password is `forbidden`. Tasks bring the erasure to all other objects. */
  async erase(by: DeviceId, attempt: PasswordAttempt): Promise<Outcome<null>> {
    const { credentials, devices, security, guesserOf, tasks } = this.#parts;
    const second = await security.second.judge(attempt.second);
    if (!devices.isKnown(by)) return signedOut;
    const guesser = guesserOf({ deviceId: by });
    const checked = credentials.check(attempt, guesser);
    if (!checked.ok) return asForbidden(checked, "password: is wrong");
    const passed = security.pass(second, { attemptId: attempt.attemptId, by: guesser }, (tx) => {
      eraseAccount(tx, this.#parts);
      return done(null);
    });
    if (passed.ok) await tasks.settle();
    return passed;
  }
}

/** The device is signed in, so a wrong password is no reason to sign it out. */
function asForbidden(checked: Refused, detail: string): Refused {
  return checked.refusal.code === "unauthenticated" ? refuse("forbidden", detail) : checked;
}
