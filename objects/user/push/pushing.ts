/** Owns what the other sides use of pushes: which devices subscribe, whether the user is to be notified now, and the hints to the queue. */
import type { Alarms } from "../../shared/platform/alarms.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { UserDatabase } from "../effects.ts";
import type { AccountSide } from "../sides.ts";
import type { SyncSockets } from "../sync-sockets.ts";
import { Attention } from "./attention.ts";
import { Hints } from "./hints.ts";
import { Subscriptions } from "./subscriptions.ts";

export type Pushing = { subscriptions: Subscriptions; attention: Attention; hints: Hints };

export function pushingOf(parts: {
  env: Env;
  db: UserDatabase;
  alarms: Alarms;
  account: AccountSide;
  sockets: SyncSockets;
}): Pushing {
  const subscriptions = new Subscriptions(parts.db);
  const hints = new Hints({ env: parts.env, alarms: parts.alarms, userId: parts.account.userId() });
  return { subscriptions, attention: new Attention({ ...parts, subscriptions }), hints };
}
