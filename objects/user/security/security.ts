/** Owns the calls about passkeys, the second factor, recovery codes and links: who may make them, and in which order they are judged and stored. */
import { done, notFound, type Outcome, type Refusal, refuse } from "../../../schema/errors.ts";
import type { DeviceLabel, Session } from "../../../schema/http/account/accounts.ts";
import { deviceId, type DeviceId, type UserId } from "../../../schema/ids.ts";
import type { AttemptBy } from "../../contract/account/passwords.ts";
import type { OwnerProof, SecurityAnswers, SecurityAsk } from "../../contract/account/security.ts";
import type { AlarmHandlers, Alarms } from "../../shared/platform/alarms.ts";
import { readAccount, userOf } from "../account/account-store.ts";
import type { Credentials } from "../account/credentials.ts";
import type { Devices } from "../account/devices.ts";
import { readDeviceSecret } from "../account/tokens.ts";
import type { Guesser } from "../account/wrong-passwords.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import { LinkDesk } from "./link-desk.ts";
import { KeptAnswers, type Purpose } from "./kept-answers.ts";
import { approve, claim, isApproved } from "./links.ts";
import { Passkeys } from "./passkeys.ts";
import { type JudgedSecond, SecondFactor } from "./second-factor.ts";
import { signedOut } from "../account/signed-in/signed-out.ts";

type Ask<Do extends SecurityAsk["do"]> = SecurityAsk & { do: Do };
/**
 * The call that the second factor is to open. `kept`: its answer is given again to a repeat, which cannot bring what is spent; unless `isArrived` says that it was used, so it
 * was not lost.
 */
export type Opening<T> = {
  attemptId: string;
  by: Guesser;
  kept?: { purpose: Purpose; isArrived?: (answer: T) => boolean };
};

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
  readonly alarmHandlers: AlarmHandlers;
  readonly #kept: KeptAnswers;
  readonly #parts: SecurityParts;

  constructor(parts: SecurityParts) {
    this.#parts = parts;
    this.passkeys = new Passkeys(parts);
    this.second = new SecondFactor({ ...parts, passkeys: this.passkeys });
    this.desk = new LinkDesk(parts.db, parts.alarms);
    this.#kept = new KeptAnswers(parts);
    this.alarmHandlers = { ...this.desk.alarmHandlers, ...this.#kept.alarmHandlers };
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
        return await this.#makeCodes(ask);
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
   * Does what needs the second factor, in the transaction that spends it. The password was found right before, where there is one. A wrong second factor is counted like a
   * wrong password; a missing one is not, for a client finds out by it that there is one. Where the count is full, none is compared. Nothing is awaited between the
   * comparison and the count. If the call is refused for another reason, nothing is spent.
   */
  pass<T>(second: JudgedSecond, opening: Opening<T>, act: (tx: UserTransactor) => Outcome<T>): Outcome<T> {
    const { db, credentials } = this.#parts;
    const { attemptId, by } = opening;
    const isGuess = second.is !== "nothing" && this.second.isOn();
    const refusal = isGuess ? credentials.refusal(by, attemptId) : undefined;
    if (refusal !== undefined) return refusal;
    const before = isGuess ? this.#answeredBefore(second, opening) : undefined;
    if (before !== undefined) return done(before);
    let passed: Outcome<T> | "wrong" | "missing";
    try {
      passed = db.transact((tx) => {
        const spent = this.second.spend(tx, second, attemptId);
        if (spent !== "done") return spent;
        // Somebody uses these codes, so the answer that named them has arrived.
        if (isGuess && second.is === "code") this.#kept.dropCodes(tx);
        const outcome = act(tx);
        if (!outcome.ok) throw new Unspent(outcome.refusal);
        if (isGuess && opening.kept !== undefined && second.proof !== undefined)
          this.#kept.keep(tx, opening.kept.purpose, second.proof, JSON.stringify(outcome.value));
        return outcome;
      });
    } catch (error) {
      if (error instanceof Unspent) return { ok: false, refusal: error.refusal };
      throw error;
    }
    if (passed !== "wrong" && passed !== "missing") return passed;
    if (passed === "wrong") credentials.countWrong(by, attemptId);
    return this.second.refusal(passed, second.relyingParty);
  }

  /** The answer to the call of which this one is the repeat. */
  #answeredBefore<T>(second: JudgedSecond, { kept }: Opening<T>): T | undefined {
    if (kept === undefined || second.is === "nothing" || second.proof === undefined) return undefined;
    const text = this.#kept.find(this.#parts.db, kept.purpose, second.proof);
    if (text === undefined) return undefined;
    const answer = JSON.parse(text) as T;
    return kept.isArrived?.(answer) === true ? undefined : answer;
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
      devices.open(tx, id, device, userOf(userId, account), { secretId });
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
    const purpose: Purpose = { does: "begin passkey", by };
    return await this.#asOwner(
      { by, proof, kept: { purpose, isArrived: ({ challenge }) => this.passkeys.isAdded(challenge) } },
      (tx) => {
        const account = readAccount(tx);
        return account === undefined ? notFound : this.passkeys.askNew(account, by, proof.second.relyingParty);
      },
    );
  }

  async #makeCodes({
    by,
    proof,
  }: Ask<"make recovery codes">): Promise<Outcome<SecurityAnswers["make recovery codes"]>> {
    return await this.#asOwner({ by, proof, kept: { purpose: { does: "make codes", by } } }, (tx) => {
      this.#kept.dropCodes(tx);
      return done(this.second.makeCodes(tx));
    });
  }

  async #setSecondFactor({ by, isOn, proof }: Ask<"set second factor">): Promise<Outcome<null>> {
    return await this.#asOwner({ by, proof }, (tx) => this.second.set(tx, isOn));
  }

  async #signOutOthers({ by }: Ask<"sign out others">): Promise<Outcome<null>> {
    const { db, devices, settle } = this.#parts;
    if (!devices.isKnown(by)) return signedOut;
    db.transact((tx) => devices.revokeOthers(tx, by));
    await settle();
    return done(null);
  }

  #tryLink({ by, attemptId, isRight }: Ask<"try link">): Outcome<null> {
    const { credentials, devices, guesserOf } = this.#parts;
    if (!devices.isKnown(by)) return signedOut;
    const guesser = guesserOf({ deviceId: by });
    if (isRight === true) {
      if (attemptId !== undefined) credentials.takeBack(guesser, attemptId);
      return done(null);
    }
    const refusal = attemptId === undefined ? credentials.refusal(guesser) : credentials.countAhead(guesser, attemptId);
    return refusal ?? done(null);
  }

  async #approveLink({ by, link, until, attemptId, second }: Ask<"approve link">): Promise<Outcome<null>> {
    const { db, devices, guesserOf } = this.#parts;
    const judged = await this.second.judge(second);
    if (!devices.isKnown(by)) return signedOut;
    // The call is repeated. What it brought was spent by the first one.
    if (isApproved(db, link, by)) return done(null);
    return this.pass(judged, { attemptId, by: guesserOf({ deviceId: by }) }, (tx) => {
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
    { by, proof, kept }: { by: DeviceId; proof: OwnerProof } & Pick<Opening<T>, "kept">,
    act: (tx: UserTransactor) => Outcome<T>,
  ): Promise<Outcome<T>> {
    const { credentials, devices, guesserOf } = this.#parts;
    const { attempt, second } = proof;
    const judged = await this.second.judge(second);
    if (!devices.isKnown(by)) return signedOut;
    const guesser = guesserOf({ deviceId: by });
    const checked = credentials.check(attempt, guesser);
    if (!checked.ok)
      return checked.refusal.code === "unauthenticated" ? refuse("forbidden", "password: is wrong") : checked;
    const opening = { attemptId: attempt.attemptId, by: guesser };
    return this.pass(judged, kept === undefined ? opening : { ...opening, kept }, act);
  }
}

/** Rolls back what was spent for a call that is refused all the same. */
class Unspent extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super("refused");
    this.refusal = refusal;
  }
}

const unknownKey = refuse("unauthenticated", "no such passkey");
