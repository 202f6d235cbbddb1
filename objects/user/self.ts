/** Owns what all sides of the object may read of the account's rows, and the tasks that the other sides request of the account. */
import type { Settings } from "../../schema/http/account/me.ts";
import { settingsDefault } from "../../schema/http/account/me.ts";
import type { ConversationId, DeviceId, UserId } from "../../schema/ids.ts";
import { timeouts } from "../../schema/limits.ts";
import type { User } from "../../schema/wire/user.ts";
import { now } from "../shared/platform/clock.ts";
import { userOf, isAnyBlocked, isBlocked, readAccount, settingsOf } from "./account/account-store.ts";
import { Erased } from "./account/erased.ts";
import { isSignedIn } from "./account/signed-in/device-rows.ts";
import { type NewDevice, newDevices } from "./account/signed-in/new-devices.ts";
import type { UserDatabase, UserTransactor } from "./effects.ts";
import type { Avatar } from "../contract/uploads.ts";
import { hasContact } from "./people/people-store.ts";
import type { AccountSide } from "./sides.ts";
import type { UserTasks } from "./user-tasks.ts";

export class Self implements AccountSide {
  readonly #id: UserId;
  readonly #db: UserDatabase;
  readonly erased: Erased;
  readonly #tasks: UserTasks;
  /** The settings as they are stored, and as they were read from that text. */
  #settings = { text: "", read: settingsDefault };

  constructor({ id, db, tasks }: { id: UserId; db: UserDatabase; tasks: UserTasks }) {
    this.#id = id;
    this.#db = db;
    this.erased = new Erased(db);
    this.#tasks = tasks;
  }

  isErased(): boolean {
    return this.erased.is;
  }

  noteGone(conversation: ConversationId): void {
    this.#db.transact((tx) => this.#tasks.request(tx, "eraseFrom", [conversation]));
  }

  userId(): UserId {
    return this.#id;
  }

  user(): User | undefined {
    const account = readAccount(this.#db);
    return account === undefined ? undefined : userOf(this.#id, account);
  }

  /** The picture of this user; undefined where there is no account. */
  avatar(): Avatar | null | undefined {
    return readAccount(this.#db)?.avatar;
  }

  /** To read the text is cheap; to check it is not, and pushes ask for each message. */
  settings(): Settings {
    const text = this.#db.first<{ settings: string }>("SELECT settings FROM account")?.settings;
    if (text === undefined) return settingsDefault;
    if (text !== this.#settings.text) this.#settings = { text, read: settingsOf(text) };
    return this.#settings.read;
  }

  isDeviceKnown(device: DeviceId): boolean {
    return isSignedIn(this.#db, device);
  }

  newDevices(to: DeviceId): NewDevice[] {
    return newDevices(this.#db, to);
  }

  isBlocked(user: UserId): boolean {
    return isBlocked(this.#db, user);
  }

  hasContact(user: UserId): boolean {
    return hasContact(this.#db, user);
  }

  noteConversation(
    tx: UserTransactor,
    conversation: ConversationId,
    { isNew, added }: { isNew: boolean; added: readonly UserId[] },
  ): void {
    const account = readAccount(tx);
    if (account === undefined) return;
    const hasChangedOfLate = account.changedAt > account.createdAt && now() - account.changedAt < timeouts.personCopyMs;
    if ((isNew && hasChangedOfLate) || isAnyBlocked(tx, added))
      this.#tasks.request(tx, "personChanged", [conversation]);
  }

  noteRequestsEnded(tx: UserTransactor, conversations: readonly ConversationId[]): void {
    this.#tasks.request(tx, "requestEnded", conversations);
  }
}
