/** Owns the calls about passkeys, the second factor, recovery codes and links: who may make them, and in which order they are judged and stored. */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { DeviceLabel, Session } from "../../../schema/http/account/accounts.ts";
import { deviceId, type DeviceId, type UserId } from "../../../schema/ids.ts";
import type { AttemptBy } from "../../contract/account/passwords.ts";
import type { OwnerProof, SecurityAnswers, SecurityAsk } from "../../contract/account/security.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import { readAccount, userOf } from "../account/account-store.ts";
import type { Credentials } from "../account/credentials.ts";
import type { Devices } from "../account/devices.ts";
import { readDeviceSecret } from "../account/tokens.ts";
import type { Guesser } from "../account/wrong-passwords.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import { LinkDesk } from "./link-desk.ts";
import { approve, claim, isApproved } from "./links.ts";
import { Passkeys } from "./passkeys.ts";
import { type JudgedSecond, SecondFactor } from "./second-factor.ts";

type Ask<Do extends SecurityAsk["do"]> = SecurityAsk & { do: Do };
type Answers = { [Do in SecurityAsk["do"]]: Outcome<SecurityAnswers[Do]> | Promise<Outcome<SecurityAnswers[Do]>> };

export type SecurityParts = {
  db: UserDatabase;
  alarms: Alarms;
  userId: UserId;
  secret: string;
  credentials: Credentials;
  devices: Devices;
  guesserOf: (by: AttemptBy) => Guesser;
  settle: () => Promise<void>;
};

export class Security {
  readonly passkeys: Passkeys;
  readonly second: SecondFactor;
  readonly desk: LinkDesk;
  readonly #parts: SecurityParts;

  constructor(parts: SecurityParts) {
    this.#parts = parts;
    this.passkeys = new Passkeys(parts);
    this.second = new SecondFactor({ ...parts, passkeys: this.passkeys });
    this.desk = new LinkDesk(parts.db, parts.alarms);
  }

  async answer(ask: SecurityAsk): Promise<Answers[SecurityAsk["do"]]> {
    switch (ask.do) {
      case "enter":
        return await this.#enter(ask);
      case "show":
        return this.#show();
      case "begin passkey":
        return await this.#beginPasskey(ask);
      case "add passkey":
        return await this.passkeys.add(ask, () => this.#parts.devices.isKnown(ask.by));
      case "remove passkey":
        return this.passkeys.remove(ask.id, (tx) => this.second.isOn(tx));
      case "set second factor":
        return await this.#setSecondFactor(ask);
      case "make recovery codes":
        return await this.#asOwner(ask.by, ask.proof, (tx) => done(this.second.makeCodes(tx)));
      case "see device":
        return this.#parts.devices.see(ask.by, ask.device);
      case "sign out others":
        return await this.#signOutOthers(ask);
      case "try link":
        return this.#tryLink(ask);
      case "approve link":
        return await this.#approveLink(ask);
      case "open link":
        return this.#openLink(ask);
      case "begin link":
        return this.desk.begin(ask);
      case "look at link":
        return this.desk.look(ask);
      case "settle link":
        return this.desk.settle(ask);
      case "claim link":
        return this.desk.claim(ask);
    }
  }

  /**
   * Does what needs the second factor, in the transaction that spends it. The password was found right before. A wrong second factor is counted like a wrong
   * password; a missing one is not, for a client finds out by it that there is one.
   */
  pass<T>(second: JudgedSecond, attemptId: string, by: Guesser, act: (tx: UserTransactor) => Outcome<T>): Outcome<T> {
    const passed = this.#parts.db.transact((tx): Outcome<T> | "wrong" | "missing" => {
      const spent = this.second.spend(tx, second, attemptId);
      return spent === "done" ? act(tx) : spent;
    });
    if (passed !== "wrong" && passed !== "missing") return passed;
    if (passed === "wrong") this.#parts.credentials.countWrong(by, attemptId);
    return this.second.refusal(passed, second.relyingParty);
  }

  async #enter({ attemptId, passkey, relyingParty, device, deviceSecret }: Ask<"enter">): Promise<Outcome<Session>> {
    const { db, devices, userId, secret } = this.#parts;
    const id = deviceId.parse(`v_${attemptId}`);
    const judged = await this.passkeys.judge(passkey, "enter", relyingParty);
    // The call is repeated, because its first answer was lost.
    if (devices.isKnown(id)) return devices.session(id);
    const account = readAccount(db);
    if (judged === null || account === undefined) return unknownKey;
    const secretId = readDeviceSecret(secret, userId, deviceSecret);
    const isIn = db.transact((tx) => {
      if (!this.passkeys.use(tx, judged, attemptId)) return false;
      devices.open(tx, id, device, userOf(userId, account), secretId);
      return true;
    });
    return isIn ? devices.session(id) : unknownKey;
  }

  #show(): Outcome<SecurityAnswers["show"]> {
    return done({
      passkeys: this.passkeys.list(),
      secondFactor: this.second.isOn(),
      recoveryCodes: this.second.codes(),
    });
  }

  async #beginPasskey({ by, proof }: Ask<"begin passkey">): Promise<Outcome<SecurityAnswers["begin passkey"]>> {
    return await this.#asOwner(by, proof, (tx) => {
      const account = readAccount(tx);
      return account === undefined ? notFound : this.passkeys.askNew(account, by, proof.second.relyingParty);
    });
  }

  async #setSecondFactor({ by, isOn, proof }: Ask<"set second factor">): Promise<Outcome<null>> {
    // Before the proof, so that a refusal spends no recovery code.
    const lack = isOn ? this.second.lack() : undefined;
    if (lack !== undefined) return lack;
    return await this.#asOwner(by, proof, (tx) => this.second.set(tx, isOn));
  }

  async #signOutOthers({ by }: Ask<"sign out others">): Promise<Outcome<null>> {
    const { db, devices, settle } = this.#parts;
    if (!devices.isKnown(by)) return signedOut;
    db.transact((tx) => devices.revokeOthers(tx, by));
    await settle();
    return done(null);
  }

  #tryLink({ by, wrong }: Ask<"try link">): Outcome<null> {
    const { credentials, devices, guesserOf } = this.#parts;
    if (!devices.isKnown(by)) return signedOut;
    const guesser = guesserOf({ deviceId: by });
    const refusal = credentials.refusal(guesser);
    if (refusal !== undefined) return refusal;
    if (wrong !== undefined) credentials.countWrong(guesser, wrong);
    return done(null);
  }

  async #approveLink({ by, link, until, attemptId, second }: Ask<"approve link">): Promise<Outcome<null>> {
    const { db, devices, guesserOf } = this.#parts;
    const judged = await this.second.judge(second);
    if (!devices.isKnown(by)) return signedOut;
    // The call is repeated. What it brought was spent by the first one.
    if (isApproved(db, link, by)) return done(null);
    return this.pass(judged, attemptId, guesserOf({ deviceId: by }), (tx) => {
      approve(tx, link, by, until);
      return done(null);
    });
  }

  #openLink({ link, device }: { link: string; device: DeviceLabel }): Outcome<Session> {
    const { db, devices, userId } = this.#parts;
    const id = deviceId.parse(`v_${link}`);
    const claimed = db.transact((tx) => {
      const account = readAccount(tx);
      const found = account === undefined ? "no" : claim(tx, link);
      if (found === "open" && account !== undefined) devices.open(tx, id, device, userOf(userId, account));
      return found;
    });
    // A device that was signed out meanwhile is not signed in again.
    return claimed !== "no" && devices.isKnown(id) ? devices.session(id) : notFound;
  }

  async #asOwner<T>(
    by: DeviceId,
    { attempt, second }: OwnerProof,
    act: (tx: UserTransactor) => Outcome<T>,
  ): Promise<Outcome<T>> {
    const { credentials, devices, guesserOf } = this.#parts;
    const judged = await this.second.judge(second);
    if (!devices.isKnown(by)) return signedOut;
    const guesser = guesserOf({ deviceId: by });
    const checked = credentials.check(attempt, guesser);
    if (!checked.ok)
      return checked.refusal.code === "unauthenticated" ? refuse("forbidden", "password: is wrong") : checked;
    return this.pass(judged, attempt.attemptId, guesser, act);
  }
}

const signedOut = refuse("unauthenticated", "this device is signed out");
const unknownKey = refuse("unauthenticated", "no such passkey");
