/** Owns the watermarks of senders after waking or a rollback. Senders have read up to their own messages; for the newest ones no row but the message itself shows it. */
import type { Alarms } from "../shared/platform/alarms.ts";
import type { Database } from "../shared/platform/database.ts";
import { fanOutAlarm } from "./fan-out/fan-out.ts";
import type { Messages } from "./messages/messages.ts";
import type { Sent } from "./messages/sent.ts";
import type { Store } from "./store.ts";

type Parts = { alarms: Alarms; store: Store; messages: Messages; sent: Sent };

/**
 * Recovers them now, and whenever a rollback has the store read anew. This needs the alarms and the record of sends, which registered with the database before
 * and so are read before it.
 */
export function keepOwn(db: Pick<Database, "onRollback">, parts: Parts): void {
  recoverOwn(parts);
  db.onRollback(() => {
    parts.store.reload();
    recoverOwn(parts);
  });
}

function recoverOwn(parts: Parts): void {
  const { state } = parts.store;
  if (state === undefined) return;
  const pending = parts.alarms.get(fanOutAlarm);
  const newest = parts.sent.recordedUpTo + 1;
  // Before there was a record of sends, these were the messages after the rev that the fan-out alarm holds.
  const from =
    pending === undefined ? newest : Math.min(newest, parts.messages.firstAfter(pending.data ?? 0, state.head.seq));
  if (from <= state.head.seq) parts.store.watermarks.recoverOwn(from);
}
