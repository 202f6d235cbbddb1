/** Owns the account side as the inbox side sees it; the parts that answer calls are composed here. */
import { type DeviceId, userId, type UserId } from "../../schema/ids.ts";
import { type Settings, settingsDefault } from "../../schema/http/me.ts";
import type { ConversationId } from "../../schema/ids.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Alarms } from "../shared/alarms.ts";
import type { Database, Transactor } from "../shared/database.ts";
import type { Env } from "../shared/env.ts";
import { faceOf, readAccount } from "./account-store.ts";
import type { AccountSide, AlarmHandlers } from "./sides.ts";

export type AccountParts = { ctx: DurableObjectState; env: Env; db: Database; alarms: Alarms };

export class Account implements AccountSide {
  readonly alarmHandlers: AlarmHandlers = {};
  readonly #id: UserId;
  readonly #db: Database;

  constructor({ ctx, db }: AccountParts) {
    this.#id = userId.parse(ctx.id.name);
    this.#db = db;
  }

  userId(): UserId {
    return this.#id;
  }

  user(): User | undefined {
    const account = readAccount(this.#db);
    return account === undefined ? undefined : faceOf(this.#id, account);
  }

  settings(): Settings {
    return readAccount(this.#db)?.settings ?? settingsDefault;
  }

  isDeviceKnown(device: DeviceId): boolean {
    return this.#db.first("SELECT 1 FROM devices WHERE device_id = ?", device) !== undefined;
  }

  isBlocked(user: UserId): boolean {
    return this.#db.first("SELECT 1 FROM blocks WHERE user_id = ?", user) !== undefined;
  }

  noteConversation(
    _tx: Transactor,
    _conversationId: ConversationId,
    _change: { isNew: boolean; added: readonly UserId[] },
  ): void {}
}
