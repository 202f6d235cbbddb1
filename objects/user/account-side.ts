/** Owns the account side of a UserObject: composes who this is, the devices, the people, and the tasks that tell other objects of them. */
import { done, type Outcome } from "../../schema/errors.ts";
import type { Alarms, AlarmHandlers } from "../shared/platform/alarms.ts";
import { Directory } from "../shared/identity/directory.ts";
import type { Env } from "../shared/platform/env.ts";
import { OneAtATime } from "../shared/platform/one-at-a-time.ts";
import { Tasks } from "../shared/tasks/tasks.ts";
import { Credentials } from "./account/credentials.ts";
import { Devices } from "./account/devices.ts";
import { guessersOf } from "./account/guesser.ts";
import { MemberChangeSender } from "./account/member-change-sender.ts";
import { Profile } from "./account/profile.ts";
import { LiveDevices } from "./account/signed-in/live-devices.ts";
import type { UserDatabase } from "./effects.ts";
import { MemberChanges } from "./member-changes.ts";
import { Quotas } from "./meters/quotas.ts";
import { BringPages } from "./people/bring-pages.ts";
import { Brings } from "./people/brings.ts";
import { People } from "./people/people.ts";
import { Relations } from "./people/relations.ts";
import { dropApprovals } from "./security/links.ts";
import { Security } from "./security/security.ts";
import type { Self } from "./self.ts";
import type { InboxCalls, PresenceCalls, PushCalls } from "./sides.ts";
import { ImportedAccount } from "./signing/imported-account.ts";
import { PasswordActs } from "./signing/password-acts.ts";
import { SignIns } from "./signing/sign-ins.ts";
import { UserTaskHandlers } from "./task-handlers.ts";
import type { UserUploads } from "./uploads/user-uploads.ts";
import type { TaskKind, UserTasks } from "./user-tasks.ts";

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
  readonly imported: ImportedAccount;
  readonly signIns: SignIns;
  readonly passwordActs: PasswordActs;
  readonly credentials: Credentials;
  readonly devices: Devices;
  readonly security: Security;
  readonly profile: Profile;
  readonly people: People;
  readonly relations: Relations;
  readonly brings: Brings;
  readonly bringPages: BringPages;
  readonly alarmHandlers: AlarmHandlers;
  readonly #db: UserDatabase;
  readonly #tasks: Tasks<TaskKind>;
  readonly #memberChanges: MemberChanges;
  readonly #quotas: Quotas;

  constructor({ env, db, alarms, self, requests, inbox, presence, push, uploads }: AccountParts) {
    this.#db = db;
    const userId = self.userId();
    const known = { env, db, userId, requests, inbox, erased: self.erased };
    const parts = { ...known, directory: new Directory(env), naming: new OneAtATime() };
    const liveDevices = new LiveDevices(parts);
    this.#tasks = new Tasks<TaskKind>(db, alarms, new UserTaskHandlers({ ...parts, liveDevices }));
    this.#memberChanges = new MemberChanges({ db, alarms, sender: new MemberChangeSender(parts) });
    this.#quotas = new Quotas(env);
    const shared = { ...parts, tasks: this.#tasks, memberChanges: this.#memberChanges, quotas: this.#quotas };

    const secret = env.TOKEN_SECRET;
    this.credentials = new Credentials(db);
    this.devices = new Devices({ ...shared, secret, liveDevices, presence, push, dropApprovals });
    const guesserOf = guessersOf({ userId, secret, devices: this.devices });
    const keys = { credentials: this.credentials, devices: this.devices };
    const settle = () => this.settle();
    this.security = new Security({ ...keys, db, alarms, userId, secret, guesserOf, settle });
    const signing = { ...shared, ...keys, self, security: this.security, guesserOf };
    this.imported = new ImportedAccount(signing);
    this.signIns = new SignIns(signing);
    this.passwordActs = new PasswordActs({ ...signing, uploads });

    this.profile = new Profile({ ...shared, presence, uploads });
    this.people = new People({ ...shared, presence });
    this.brings = new Brings(db, self);
    this.bringPages = new BringPages(parts);
    this.relations = new Relations({ ...known, self, brings: this.brings });
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

  /** Takes the tokens that an export costs. Errors: `rate_limited`. */
  chargeExport(): Outcome<null> {
    return this.#charge("exportsPerUser");
  }

  /** Takes the token that a report to the operator costs. Errors: `rate_limited`. */
  chargeReport(): Outcome<null> {
    return this.#charge("reportsPerUser");
  }

  #charge(quota: "exportsPerUser" | "reportsPerUser"): Outcome<null> {
    return this.#db.transact((tx): Outcome<null> => this.#quotas.take(tx, quota) ?? done(null));
  }
}
