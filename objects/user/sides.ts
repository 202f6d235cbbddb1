/**
 * Owns the seam between the two sides of a UserObject: the account side (who this is, devices, people) and the inbox side
 * (conversations, sockets). Each sees the other through these interfaces only; object.ts composes them.
 */
import type { Outcome } from "../../schema/errors.ts";
import type { ConversationId, DeviceId, UserId } from "../../schema/ids.ts";
import type { SummaryPatch } from "../../schema/http/conversations.ts";
import type { Settings } from "../../schema/http/me.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Alarm, Alarms } from "../shared/alarms.ts";
import type { Database, Transactor } from "../shared/database.ts";
import type { Env } from "../shared/env.ts";
import type { Delivery, DeliveryAnswer } from "./contract.ts";

/** Handlers of named alarms; names are unique over both sides. */
export type AlarmHandlers = Record<string, (alarm: Alarm) => Promise<void> | void>;

/** What the inbox side asks of the account side. All of it is synchronous. */
export interface AccountSide {
  /** Whose object this is, account or not. */
  userId(): UserId;
  /** The public face; undefined where there is no account. */
  user(): User | undefined;
  settings(): Settings;
  /** Whether the device is signed in. */
  isDeviceKnown(device: DeviceId): boolean;
  /** Whether this user blocks that one. */
  isBlocked(userId: UserId): boolean;
  /**
   * Call in the transaction that makes a row of the inbox, or brings a left one back, and for every delivery whose facts name
   * members added. Where the conversation may hold an old copy of this user, or somebody whom they block came in, it is told anew
   * by a durable task.
   */
  noteConversation(
    tx: Transactor,
    conversationId: ConversationId,
    change: { isNew: boolean; added: readonly UserId[] },
  ): void;
}

/** What the inbox side is made of. Its tables (inbox-tables.ts) are there when it is made. */
export type InboxParts = { ctx: DurableObjectState; env: Env; db: Database; alarms: Alarms; account: AccountSide };

/** What the inbox side offers: its share of UserCalls, the socket callbacks, and what the account side asks of it. */
export interface InboxCalls {
  deliver(delivery: Delivery): Promise<DeliveryAnswer>;
  summaries(
    cursor: string | undefined,
    limit: number,
  ): Promise<Outcome<{ conversations: Summary[]; cursor: string | null }>>;
  patchSummary(conversationId: ConversationId, patch: SummaryPatch): Promise<Outcome<Summary>>;
  /** GET /sync: the sync socket, or the poll. */
  fetch(request: Request): Promise<Response>;
  webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> | void;
  webSocketClose(socket: WebSocket): Promise<void> | void;
  webSocketError(socket: WebSocket): Promise<void> | void;
  /** Closes the device's sync sockets with 4401 and ends its polls. */
  closeDevice(device: DeviceId): void;
  /** Every conversation that this user is a member of now. */
  conversationIds(): ConversationId[];
  readonly alarmHandlers: AlarmHandlers;
}
