/** Owns the account side of a UserObject: composes its parts, signs devices in, and answers what others may know of this user. */
import { randomBytes } from "node:crypto";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import type { DeviceLabel, Session } from "../../schema/http/account/accounts.ts";
import { settingsDefault } from "../../schema/http/account/me.ts";
import { type ConversationId, deviceId, type DeviceId, type UserId } from "../../schema/ids.ts";
import { timeouts } from "../../schema/limits.ts";
import type { Alarms, AlarmHandlers } from "../shared/platform/alarms.ts";
import { now } from "../shared/platform/clock.ts";
import { Directory } from "../shared/identity/directory.ts";
import type { Env } from "../shared/platform/env.ts";
import { OneAtATime } from "../shared/platform/one-at-a-time.ts";
import { mintDmId } from "../shared/identity/mint.ts";
import { deleteAccount, insertAccount, readAccount, userOf } from "./account/account-store.ts";
import { guardOf, personOf } from "./account/copies.ts";
import type { Approach, Bringer } from "../contract/bringing.ts";
import type {
  AttemptBy,
  PasswordAttempt,
  PasswordChallenge,
  PasswordChange,
  PasswordHash,
  SecondProof,
} from "../contract/account/passwords.ts";
import type { ImportedAccount, ImportedAs } from "../contract/transfer/importing.ts";
import type { Relation } from "../contract/person.ts";
import { BringPages } from "./people/bring-pages.ts";
import { Brings } from "./people/brings.ts";
import { Credentials, unsetPassword } from "./account/credentials.ts";
import { Devices } from "./account/devices.ts";
import { eraseAccount } from "./account/erasure.ts";
import { LiveDevices } from "./account/signed-in/live-devices.ts";
import { People } from "./people/people.ts";
import { contactedBy } from "./people/people-store.ts";
import { Profile } from "./account/profile.ts";
import type { InboxCalls, PresenceCalls, PushCalls } from "./sides.ts";
import type { Self } from "./self.ts";
import type { UserDatabase } from "./effects.ts";
import type { UserUploads } from "./uploads/user-uploads.ts";
import type { TaskKind, UserTasks } from "./user-tasks.ts";
import { MemberChangeSender } from "./account/member-change-sender.ts";
import { Quotas } from "./meters/quotas.ts";
import { UserTaskHandlers } from "./task-handlers.ts";
import { Tasks } from "../shared/tasks/tasks.ts";
import { MemberChanges } from "./member-changes.ts";
import { dropApprovals } from "./security/links.ts";
import { Security } from "./security/security.ts";
import { readDeviceSecret } from "./account/tokens.ts";
import type { Guesser } from "./account/wrong-passwords.ts";

export type AccountParts = {
  env: Env;
  db: UserDatabase;
  alarms: Alarms;
  self: Self;
  requests: UserTasks;
  inbox: InboxCalls;
  presence: PresenceCalls;
  push: PushCalls;
  uploads: UserUploads;
};

export class Account {
  readonly credentials: Credentials;
  readonly devices: Devices;
  readonly profile: Profile;
  readonly people: People;
  readonly brings: Brings;
  readonly bringPages: BringPages;
  readonly security: Security;
  readonly alarmHandlers: AlarmHandlers;
  readonly #id: UserId;
  readonly #env: Env;
  readonly #db: UserDatabase;
  readonly #self: Self;
  readonly #requests: UserTasks;
  readonly #tasks: Tasks<TaskKind>;
  readonly #memberChanges: MemberChanges;
  readonly #inbox: InboxCalls;
  readonly #uploads: UserUploads;
  readonly #quotas: Quotas;

  constructor({ env, db, alarms, self, requests, inbox, presence, push, uploads }: AccountParts) {
    this.#id = self.userId();
    this.#env = env;
    this.#db = db;
    this.#self = self;
    this.#requests = requests;
    this.#inbox = inbox;
    this.#uploads = uploads;
    const parts = {
      env,
      db,
      userId: this.#id,
      requests,
      directory: new Directory(env),
      naming: new OneAtATime(),
      inbox,
      erased: self.erased,
    };
    const liveDevices = new LiveDevices(parts);
    this.#tasks = new Tasks<TaskKind>(db, alarms, new UserTaskHandlers({ ...parts, liveDevices }));
    this.#memberChanges = new MemberChanges({ db, alarms, sender: new MemberChangeSender(parts) });
    this.#quotas = new Quotas(env);
    const shared = { ...parts, tasks: this.#tasks, memberChanges: this.#memberChanges, quotas: this.#quotas };
    this.credentials = new Credentials(db);
    const secret = env.TOKEN_SECRET;
    this.devices = new Devices({ ...shared, secret, liveDevices, presence, push, dropApprovals });
    this.security = new Security({
      ...{ db, alarms, userId: this.#id, secret, credentials: this.credentials, devices: this.devices },
      guesserOf: (by) => this.#guesser(by),
      settle: () => this.settle(),
    });
    this.profile = new Profile({ ...shared, presence, uploads });
    this.people = new People({ ...shared, presence });
    this.brings = new Brings(db, self);
    this.bringPages = new BringPages(parts);
    this.alarmHandlers = {
      ...this.#tasks.alarmHandlers,
      ...this.#memberChanges.alarmHandlers,
      ...this.security.alarmHandlers,
    };
  }

  /** Tasks were asked for. */
  tryTasks(): void {
    this.#tasks.requested();
  }

  /** The user changed, and the conversations must receive the change. */
  walk(): void {
    this.#memberChanges.walk();
  }

  /** Waits until the tasks that are due were tried, but no longer than a while. */
  settle(): Promise<void> {
    return this.#tasks.settle();
  }

  /** The first sign-up makes the account; every other one is answered that it exists. */
  async signUp(draft: {
    handle: string;
    name: string;
    password: PasswordHash;
    device: DeviceLabel;
  }): Promise<Outcome<Session> | { ok: "exists" }> {
    const device = mintDeviceId(randomBytes(16).toString("base64url"));
    const isNew = this.#db.transact((tx) => {
      if (readAccount(tx) !== undefined || this.#self.isErased()) return false;
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
      this.devices.open(tx, device, draft.device, userOf(this.#id, account), { isSignUp: true });
      this.#requests.request(tx, "profile", [""]);
      return true;
    });
    if (!isNew) return { ok: "exists" };
    await this.#tasks.settle();
    return this.devices.session(device);
  }

  /** Makes an account without a password, once: nobody can sign in until it gets one. The import itself shows it in the directory. */
  importAccount({ handle, name, bio, createdAt }: ImportedAccount): Outcome<ImportedAs> {
    if (this.#self.isErased()) return refuse("forbidden", "this account was deleted");
    return this.#db.transact((tx): Outcome<ImportedAs> => {
      const present = readAccount(tx);
      const account = present ?? { createdAt, handle, name, bio, settings: settingsDefault, changedAt: now() };
      if (present === undefined) insertAccount(tx, account, unsetPassword());
      return done({
        user: { ...userOf(this.#id, account), handle: account.handle },
        changedAt: account.changedAt,
        guard: guardOf(tx, account),
        hasPassword: present !== undefined && this.credentials.isSet(),
        isNew: present === undefined,
      });
    });
  }

  /** An account without a password has no devices. With a row of the inbox it was whole once, and stays. */
  dropImported(): boolean {
    const isUsed = this.credentials.isSet() || this.#inbox.reachable(null, 1).next !== null;
    if (isUsed || readAccount(this.#db) === undefined) return false;
    this.#db.transact((tx) => deleteAccount(tx));
    return true;
  }

  /** Everybody who can sign in is in the directory, even if an import was cut off before it showed them there. */
  setFirstPassword(password: PasswordHash): Outcome<null> {
    if (readAccount(this.#db) === undefined) return notFound;
    if (this.credentials.isSet()) return refuse("conflict", "there is a password already");
    this.#db.transact((tx) => {
      this.credentials.set(tx, password);
      this.#requests.request(tx, "profile", [""]);
    });
    return done(null);
  }

  challenge(handle: string | undefined, by: AttemptBy = {}): Outcome<PasswordChallenge> {
    return this.credentials.challenge(handle, this.#guesser(by), by.deviceId);
  }

  /** For a sign-up that may be the repeat of the one that made this account. */
  challengeAgain(handle: string, by: AttemptBy): Outcome<PasswordChallenge> {
    return this.#maySignUpAgain(handle) ? this.challenge(handle, by) : taken;
  }

  async signIn(attempt: {
    attemptId: string;
    hash: string;
    device: DeviceLabel;
    forSignUp?: string;
    by?: AttemptBy;
    second?: SecondProof;
  }): Promise<Outcome<Session>> {
    const second = await this.security.second.judge(attempt.second);
    const account = readAccount(this.#db);
    const { forSignUp } = attempt;
    if (forSignUp !== undefined && !this.#maySignUpAgain(forSignUp)) return taken;
    const device = mintDeviceId(attempt.attemptId);
    // The attempt has succeeded before and its answer was lost: it is answered even if others have filled the count meanwhile.
    if (this.devices.isKnown(device) && this.credentials.isRight(attempt.hash)) return this.devices.session(device);
    const by = this.#guesser(attempt.by ?? {});
    const checked = this.credentials.check(attempt, by);
    if (!checked.ok) return checked;
    if (account === undefined) return notFound;
    const secretId = by.is === "known" ? by.secretId : undefined;
    const isArrived = (session: Session): boolean => !this.devices.isUntouched(session.device.id);
    const kept = { purpose: { does: "sign in", by: "" }, isArrived } as const;
    return this.security.pass(second, { attemptId: attempt.attemptId, by, kept }, (tx) => {
      this.devices.open(tx, device, attempt.device, userOf(this.#id, account), { secretId });
      if (this.security.second.isOn(tx)) this.devices.awaitUse(tx, device);
      return this.devices.session(device);
    });
  }

  async changePassword(by: DeviceId, change: PasswordChange): Promise<Outcome<null>> {
    const second = await this.security.second.judge(change.second);
    if (!this.devices.isKnown(by)) return refuse("unauthenticated", "this device is signed out");
    if (this.credentials.wasChangedBy(change.attemptId)) return done(null);
    const again = this.credentials.isChangedOfLateBy(by) ? change.again : undefined;
    const guesser = this.#guesser({ deviceId: by });
    const checked = this.credentials.check({ ...change, again }, guesser);
    if (!checked.ok)
      return checked.refusal.code === "unauthenticated" ? refuse("forbidden", "current: is wrong") : checked;
    // This device has made the change before, and its answer was lost.
    if (checked.value === "again") return done(null);
    const passed = this.security.pass(second, { attemptId: change.attemptId, by: guesser }, (tx) => {
      this.credentials.change(tx, change, by);
      this.devices.revokeOthers(tx, by);
      return done(null);
    });
    if (passed.ok) await this.#tasks.settle();
    return passed;
  }

  /** A wrong password is `forbidden`. Tasks bring the erasure to all other objects. */
  async erase(by: DeviceId, attempt: PasswordAttempt): Promise<Outcome<null>> {
    const second = await this.security.second.judge(attempt.second);
    if (!this.devices.isKnown(by)) return refuse("unauthenticated", "this device is signed out");
    const guesser = this.#guesser({ deviceId: by });
    const checked = this.credentials.check(attempt, guesser);
    if (!checked.ok)
      return checked.refusal.code === "unauthenticated" ? refuse("forbidden", "password: is wrong") : checked;
    const parts = {
      devices: this.devices,
      erased: this.#self.erased,
      requests: this.#requests,
      uploads: this.#uploads,
    };
    const passed = this.security.pass(second, { attemptId: attempt.attemptId, by: guesser }, (tx) => {
      eraseAccount(tx, parts);
      return done(null);
    });
    if (passed.ok) await this.#tasks.settle();
    return passed;
  }

  relation(viewer: UserId): Outcome<Relation> {
    const person = personOf(this.#db, this.#id) ?? this.#self.erased.person(this.#id);
    return person === undefined ? notFound : done({ person, isBlocked: this.#self.isBlocked(viewer) });
  }

  /** `many`: those whom this user wants to bring, if they are many and are paid for. */
  bringer(founding: ConversationId | null, many: readonly UserId[]): Outcome<Bringer> {
    const person = personOf(this.#db, this.#id);
    if (person === undefined) return notFound;
    const inbox = this.#inbox;
    const hasRow = founding !== null && inbox.has(founding);
    const refusal = hasRow ? undefined : this.brings.refusal(many.length);
    if (refusal !== undefined) return refusal;
    const contacts = many.length === 0 ? [] : contactedBy(this.#db, many);
    return done({ person, hasRow, known: inbox.knownAfter(null), contacts });
  }

  /** `isUnreported`: the directory does not know yet who may bring this user. */
  approach(by: UserId, ids: readonly ConversationId[], isUnreported = false): Outcome<Approach> {
    if (this.#self.isErased()) return refuse("forbidden", "this account was deleted");
    const relation = this.relation(by);
    if (!relation.ok) return relation;
    if (isUnreported) this.#db.transact((tx) => this.#requests.request(tx, "profile", [""]));
    const inbox = this.#inbox;
    const isContact = this.#self.hasContact(by);
    return done({
      ...relation.value,
      hasDm: inbox.has(mintDmId(this.#env.ID_SECRET, this.#id, by)),
      isContact,
      isKnown: isContact || inbox.isAnyKnown(ids),
      reach: this.#self.settings().reach,
    });
  }

  chargeExport(): Outcome<null> {
    return this.#db.transact((tx): Outcome<null> => this.#quotas.take(tx, "exportsPerUser") ?? done(null));
  }

  chargeReport(): Outcome<null> {
    return this.#db.transact((tx): Outcome<null> => this.#quotas.take(tx, "reportsPerUser") ?? done(null));
  }

  #maySignUpAgain(handle: string): boolean {
    const account = readAccount(this.#db);
    // A sign-up shows no second factor, so it is no way in where one is on.
    if (this.security.second.isOn()) return false;
    return account?.handle === handle && now() - account.createdAt <= timeouts.signUpRepeatMs;
  }

  /** To which count a wrong password goes: somebody with a device secret that is not of this account is a stranger. */
  #guesser({ deviceId: device, deviceSecret, address = "" }: AttemptBy): Guesser {
    const signedIn = device === undefined ? undefined : this.devices.secretIdOf(device);
    if (signedIn !== undefined) return { is: "signed in", secretId: signedIn };
    const known = readDeviceSecret(this.#env.TOKEN_SECRET, this.#id, deviceSecret);
    return known === undefined ? { is: "stranger", address } : { is: "known", secretId: known };
  }
}

const taken = refuse("handle_taken", "handle: is taken");

/** Derived from the attempt that signs the device in, so that a repeated call finds the device that the first one made. */
function mintDeviceId(attemptId: string): DeviceId {
  return deviceId.parse(`v_${attemptId}`);
}
