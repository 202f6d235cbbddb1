/** Owns the making of the parts of pushes that other sides use: who subscribes, whether the user is to be notified, and the hints. */
import type { Alarms } from "../../shared/platform/alarms.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { UserDatabase } from "../effects.ts";
import type { AccountSide } from "../sides.ts";
import type { SyncSockets } from "../sockets/sync-sockets.ts";
import { Attention } from "./attention.ts";
import { Hints } from "./hints.ts";
import { Subscriptions } from "./subscriptions.ts";

export type PushParts = { subscriptions: Subscriptions; attention: Attention; hints: Hints };

export function pushParts(parts: {
  env: Env;
  db: UserDatabase;
  alarms: Alarms;
  account: AccountSide;
  sockets: SyncSockets;
}): PushParts {
  const subscriptions = new Subscriptions(parts.db);
  const hints = new Hints({ env: parts.env, alarms: parts.alarms, userId: parts.account.userId() });
  return { subscriptions, attention: new Attention({ ...parts, subscriptions }), hints };
}
