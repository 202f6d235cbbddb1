/** Owns an account that an import has made: it has no password, so nobody can sign in, until it gets one or is taken back. */
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import { settingsDefault } from "../../../schema/http/account/me.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { PasswordHash } from "../../contract/account/passwords.ts";
import type { ImportedAccount as AccountDraft, ImportedAs } from "../../contract/transfer/importing.ts";
import { now } from "../../shared/platform/clock.ts";
import { deleteAccount, insertAccount, readAccount, userOf } from "../account/account-store.ts";
import { guardOf } from "../account/copies.ts";
import { type Credentials, unsetPassword } from "../account/credentials.ts";
import type { UserDatabase } from "../effects.ts";
import type { AccountSide, InboxCalls } from "../sides.ts";
import type { UserTasks } from "../user-tasks.ts";

export type ImportedAccountParts = {
  userId: UserId;
  db: UserDatabase;
  self: Pick<AccountSide, "isErased">;
  requests: UserTasks;
  inbox: Pick<InboxCalls, "reachable">;
  credentials: Credentials;
};

export class ImportedAccount {
  readonly #parts: ImportedAccountParts;

  constructor(parts: ImportedAccountParts) {
    this.#parts = parts;
  }

  /** Makes an account without a password, once: nobody can sign in until it gets one. The import itself shows it in the directory. */
  make({ handle, name, bio, createdAt }: AccountDraft): Outcome<ImportedAs> {
    const { userId, db, self, credentials } = this.#parts;
    if (self.isErased()) return refuse("forbidden", "this account was deleted");
    return db.transact((tx): Outcome<ImportedAs> => {
      const present = readAccount(tx);
      const account = present ?? { createdAt, handle, name, bio, settings: settingsDefault, changedAt: now() };
      if (present === undefined) insertAccount(tx, account, unsetPassword());
      return done({
        user: { ...userOf(userId, account), handle: account.handle },
        changedAt: account.changedAt,
        guard: guardOf(tx, account),
        hasPassword: present !== undefined && credentials.isSet(),
        isNew: present === undefined,
      });
    });
  }

  /** Takes the account back. With a password or a row of the inbox it is somebody's, and stays: then the answer is false. */
  drop(): boolean {
    const { db, inbox, credentials } = this.#parts;
    const isUsed = credentials.isSet() || inbox.reachable(null, 1).next !== null;
    if (isUsed || readAccount(db) === undefined) return false;
    db.transact((tx) => deleteAccount(tx));
    return true;
  }

  /** Everybody who can sign in is in the directory, even if an import was cut off before it showed them there. */
  setFirstPassword(password: PasswordHash): Outcome<null> {
    const { db, requests, credentials } = this.#parts;
    if (readAccount(db) === undefined) return notFound;
    if (credentials.isSet()) return refuse("conflict", "there is a password already");
    db.transact((tx) => {
      credentials.set(tx, password);
      requests.request(tx, "profile", [""]);
    });
    return done(null);
  }
}
