/** Owns the list of what may have to be done after a transaction of this object. performing.ts does it after the commit. */
import type { InboxRow } from "../../core/inbox/inbox-row.ts";
import type { Status } from "../../core/presence.ts";
import type { DeviceId, UserId } from "../../schema/ids.ts";
import type { TaskEffect } from "../shared/tasks/task-list.ts";
import type { Database, Transactor } from "../shared/platform/database.ts";

export type UserEffect =
  | TaskEffect
  /** The user changed: the walk over the conversations goes on (member-changes.ts). */
  | { do: "walk" }
  /** The account was erased: what memory holds of the inbox is dropped. */
  | { do: "forget inbox" }
  /** The device was signed out: its sockets are closed and its polls end. */
  | { do: "end device"; device: DeviceId }
  /** A device is new, or the user knows it now: the other devices show so. */
  | { do: "show new devices" }
  /** These watchers need a report of this user's presence. `knownAs`: the status that all watchers know; null where calls to them are under way already. */
  | { do: "report to watchers"; watchers: readonly UserId[]; knownAs: Status["status"] | null }
  /** Something is to be pushed: the queue's consumer receives a hint. */
  | { do: "hint pushes" }
  /** These rows of the inbox were written, and clients see nothing of the change: the cache in memory changes. */
  | { do: "keep rows"; rows: readonly { before: InboxRow; after: InboxRow }[] }
  /** This user blocked somebody, or ended it: their own sockets receive what they may see of that user now. */
  | { do: "show blocked"; userId: UserId }
  /** These rows of the inbox were requests, and the user has accepted them: the cache in memory changes, and the sockets receive the rows. */
  | { do: "show accepted"; rows: readonly { before: InboxRow; after: InboxRow }[] };

export type UserTransactor = Transactor<UserEffect>;
export type UserDatabase = Database<UserEffect>;
