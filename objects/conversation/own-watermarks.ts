/** Owns the watermarks of senders after waking or a rollback. Senders have read up to their own messages; for the newest ones no row but the message itself shows it. */
import type { Alarms } from "../shared/platform/alarms.ts";
import { fanOutAlarm } from "./fan-out/fan-out.ts";
import type { Messages } from "./messages/messages.ts";
import type { Sent } from "./messages/sent.ts";
import type { Store } from "./store.ts";

export function recoverOwn(parts: { alarms: Alarms; store: Store; messages: Messages; sent: Sent }): void {
  const { state } = parts.store;
  if (state === undefined) return;
  const pending = parts.alarms.get(fanOutAlarm);
  const newest = parts.sent.recordedUpTo + 1;
  // Before there was a record of sends, these were the messages after the rev that the fan-out alarm holds.
  const from =
    pending === undefined ? newest : Math.min(newest, parts.messages.firstAfter(pending.data ?? 0, state.head.seq));
  if (from <= state.head.seq) parts.store.recoverOwn(from);
}
