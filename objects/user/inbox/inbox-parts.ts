/** Owns the list of what the inbox side is made of, besides what it makes itself. */
import type { Awake } from "../../shared/meters/awake.ts";
import type { Alarms } from "../../shared/platform/alarms.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { UserDatabase } from "../effects.ts";
import type { Attention } from "../push/attention.ts";
import type { Hints } from "../push/hints.ts";
import type { Subscriptions } from "../push/subscriptions.ts";
import type { AccountSide, PresenceCalls } from "../sides.ts";
import type { SyncSockets } from "../sync-sockets.ts";

/** The tables of the inbox (rows/inbox-tables.ts) exist by then. */
export type InboxParts = {
  env: Env;
  awake: Awake;
  db: UserDatabase;
  alarms: Alarms;
  account: AccountSide;
  sockets: SyncSockets;
  presence: PresenceCalls;
  attention: Attention;
  hints: Hints;
  subscriptions: Subscriptions;
};
