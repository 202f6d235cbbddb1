/**
 * Owns the pushes that wait in the rows of the inbox: which messages of a delivery become due, what is handed to the consumer, what its reports end, and what
 * ends without them. Nothing here runs while no device subscribes.
 */
import { decideNotify, mayPush, type Reader, stillDue } from "../../../core/inbox/decide-notify.ts";
import {
  bounded,
  calmed,
  done,
  isWaiting,
  type NewPush,
  type Pushes,
  sealed,
  type WaitingPush,
} from "../../../core/push/pushes.ts";
import { countOf } from "../../../core/push/busy.ts";
import type { DeliveryDecision } from "../../../core/inbox/inbox.ts";
import type { RowDecision } from "../../../core/inbox/pulled.ts";
import { type InboxRow, isMuted, unreadOf } from "../../../core/inbox/inbox-row.ts";
import type { ConversationId, DeviceId, Seq, TimeMs, UserId } from "../../../schema/ids.ts";
import { pushes as bounds } from "../../../schema/push-limits.ts";
import type { Delivery, DeliveryItem } from "../../contract/delivery/delivery.ts";
import type { DuePush, OnePush, PushReport } from "../../contract/push.ts";
import { now } from "../../shared/platform/clock.ts";
import type { UserDatabase, UserTransactor } from "../effects.ts";
import type { Attention } from "../push/attention.ts";
import type { Hints } from "../push/hints.ts";
import type { Subscriptions } from "../push/subscriptions.ts";
import type { AccountSide, PushRows } from "../sides.ts";
import type { InboxStore, RowChange } from "./rows/inbox-store.ts";

export type PushesParts = {
  db: UserDatabase;
  account: AccountSide;
  attention: Attention;
  hints: Hints;
  subscriptions: Subscriptions;
};

export class RowPushes implements PushRows {
  readonly #parts: PushesParts;
  readonly #store: InboxStore;
  readonly #me: UserId;

  constructor(parts: PushesParts, store: InboxStore) {
    this.#parts = parts;
    this.#store = store;
    this.#me = parts.account.userId();
  }

  get unread(): number {
    return this.#store.sums.unread;
  }

  isWaiting(id: ConversationId): boolean {
    return this.#parts.attention.isOn && isWaiting(this.#store.row(id)?.pushes ?? null);
  }

  /** The decision about a delivery, with the pushes that the row has after it. */
  decided(delivery: Delivery, before: InboxRow | undefined, decision: DeliveryDecision): DeliveryDecision {
    const { attention } = this.#parts;
    if (!attention.isOn || decision.do === "nothing" || decision.row === before) return decision;
    const { row, begins } = decision;
    const facts = { before, after: row, begins, items: delivery.items, me: this.#me, now: now() };
    const pushes = decideNotify({ ...facts, reader: attention.reader() });
    return pushes === row.pushes ? decision : { ...decision, row: { ...row, pushes } };
  }

  /** Whether all messages of a large group are to be pushed, so that the group has to bring them. While a row is muted nothing is. */
  wantsAll(row: InboxRow): boolean {
    return row.notify === "all" && !row.hasLeft && !isMuted(row, now()) && this.#parts.attention.isOn;
  }

  /** The same for a row of a large group, of which `fresh` are the messages that are new to the user, and `pushed` those that came to be pushed alone. */
  decidedRow(
    fresh: readonly DeliveryItem[],
    pushed: readonly DeliveryItem[],
    before: InboxRow | undefined,
    decision: RowDecision,
  ): RowDecision {
    const { attention } = this.#parts;
    const { row, begins } = decision;
    if (!attention.isOn || row === before) return decision;
    const facts = { before, after: row, begins, items: fresh, pushed, me: this.#me, now: now() };
    const pushes = decideNotify({ ...facts, reader: attention.reader() });
    return pushes === row.pushes ? decision : { ...decision, row: { ...row, pushes } };
  }

  take(putOff: readonly DeviceId[]): DuePush[] {
    const { attention } = this.#parts;
    const reader = attention.reader();
    const at = now();
    const isReachable = reader.isReachable();
    const rows = this.#change((row) => {
      if (!isReachable) return null;
      return calmed(sealed(this.#stillDue(row, reader, at), at), at);
    });
    const { preview } = attention.settings.notifications;
    const devices = this.#devices().filter((device) => !putOff.includes(device));
    return rows
      .flatMap((row) => (row.pushes?.due ?? []).map((one) => dueOf(row, one, devices, !preview)))
      .filter(({ deviceIds }) => deviceIds.length > 0)
      .sort((a, b) => a.sentAt - b.sentAt || a.seq - b.seq)
      .slice(0, bounds.perCallMax);
  }

  isStillDue({ conversationId, seq, deviceId }: OnePush): boolean {
    const row = this.#store.row(conversationId);
    if (row === undefined) return false;
    const reader = this.#parts.attention.reader();
    const due = this.#stillDue(row, reader, now())?.due ?? [];
    return due.some((one) => one.seq === seq && !one.doneFor.includes(deviceId)) && reader.isReachable();
  }

  report(report: PushReport): { more: boolean } {
    const devices = new Set(this.#devices());
    const later = new Set(report.filter(({ outcome }) => outcome === "later").map(({ deviceId }) => deviceId));
    const over = Map.groupBy(
      report.filter(({ outcome }) => outcome !== "later"),
      ({ conversationId }) => conversationId,
    );
    const rows = this.#change((row) => {
      let { pushes } = row;
      for (const { seq, deviceId } of over.get(row.conversationId) ?? []) pushes = done(pushes, seq, deviceId, devices);
      return calmed(pushes, now());
    });
    const wanted = [...devices].filter((device) => !later.has(device));
    const isMore = ({ doneFor }: WaitingPush): boolean => wanted.some((device) => !doneFor.includes(device));
    return { more: rows.some((row) => row.pushes?.due.some(isMore) === true) };
  }

  next(): { dueSince: TimeMs | null; at: TimeMs | null } {
    const at = now();
    let dueSince: TimeMs | null = null;
    let nextAt: TimeMs | null = null;
    for (const { pushes } of this.#waitingRows()) {
      const gatheredAt = pushes?.busy?.gathering?.dueAt;
      const since = [...(pushes?.due ?? []).map((one) => one.since)];
      if (gatheredAt !== undefined && gatheredAt <= at) since.push(gatheredAt);
      else if (gatheredAt !== undefined) nextAt = Math.min(nextAt ?? Infinity, gatheredAt);
      if (since.length > 0) dueSince = Math.min(dueSince ?? Infinity, ...since);
    }
    return { dueSince, at: nextAt };
  }

  again(id: ConversationId, found: readonly { push: NewPush; devices: readonly DeviceId[] }[]): number {
    const before = this.#store.row(id);
    if (before === undefined) return 0;
    const at = now();
    const marks = this.#store.marks(this.#parts.db, before);
    const devices = this.#devices();
    const due: WaitingPush[] = found.flatMap(({ push, devices: wanted }) => {
      const isDue = before.pushes?.due.some((one) => one.seq === push.seq) === true;
      if (isDue || push.seq <= before.read || marks.of(push.seq).isUnsent || push.senderId === this.#me) return [];
      if (!mayPush(before, push.isMention, at) || !devices.some((device) => wanted.includes(device))) return [];
      return [{ ...push, since: at, doneFor: devices.filter((device) => !wanted.includes(device)) }];
    });
    if (due.length === 0) return 0;
    const all = bounded([...(before.pushes?.due ?? []), ...due].sort((a, b) => a.seq - b.seq));
    const after = { ...before, pushes: { busy: null, ...before.pushes, due: all } };
    this.#write([{ before, after }], true);
    return due.length;
  }

  /** The user looks at the app. */
  attended(): void {
    if (this.#parts.attention.isOn) this.#change(() => null);
  }

  drop(tx: UserTransactor): void {
    const changes = this.#waitingRows().map((before) => ({ before, after: { ...before, pushes: null } }));
    for (const change of changes) this.#store.write(tx, change);
    if (changes.length > 0) tx.afterCommit({ do: "keep rows", rows: changes });
  }

  /** Whoever writes a row calls this: where a push became due, the consumer receives a hint. */
  written(tx: UserTransactor, stored: InboxRow | undefined, { pushes }: InboxRow): void {
    const { hints } = this.#parts;
    if (newestDue(pushes) > newestDue(stored?.pushes ?? null)) hints.due(tx);
    const gathering = pushes?.busy?.gathering ?? null;
    if (gathering !== null) hints.dueAt(gathering.dueAt);
  }

  #stillDue(row: InboxRow, reader: Reader, at: TimeMs): Pushes | null {
    const devices = this.#devices();
    return stillDue(
      row,
      row.pushes,
      at,
      ({ senderId, doneFor }) => !reader.isBlocked(senderId) && devices.some((device) => !doneFor.includes(device)),
    );
  }

  #devices(): DeviceId[] {
    return this.#parts.subscriptions.targets.map(({ deviceId }) => deviceId);
  }

  #waitingRows(): InboxRow[] {
    return [...this.#store.sums.waiting].flatMap((id) => this.#store.row(id) ?? []);
  }

  /** Changes the pushes of all rows in which some wait, and answers the rows in which some still do. */
  #change(change: (row: InboxRow) => Pushes | null): InboxRow[] {
    const changes = this.#waitingRows().map((before) => {
      const pushes = change(before);
      return { before, after: pushes === before.pushes ? before : { ...before, pushes } };
    });
    this.#write(changes.filter(({ before, after }) => before !== after));
    return changes.flatMap(({ after }) => (isWaiting(after.pushes) ? [after] : []));
  }

  /** Rows change in this way without a version, because clients do not see it. */
  #write(changes: readonly (RowChange & { before: InboxRow })[], isDue = false): void {
    if (changes.length === 0) return;
    this.#parts.db.transact((tx) => {
      for (const change of changes) this.#store.write(tx, change);
      if (isDue) this.#parts.hints.due(tx);
    });
    this.#store.committed(changes);
  }
}

function dueOf(row: InboxRow, one: WaitingPush, devices: readonly DeviceId[], isHidden: boolean): DuePush {
  const name = row.kind === "dm" ? (row.peer?.name ?? null) : row.title;
  const isShown = !isHidden && one.sums === undefined;
  return {
    conversationId: row.conversationId,
    seq: one.seq,
    senderId: one.senderId,
    sentAt: one.sentAt,
    ...(one.sums === undefined
      ? { kind: "message" as const }
      : { kind: "summary" as const, count: Math.max(1, Math.min(countOf(one.sums), unreadOf(row))) }),
    chat: row.kind,
    title: isHidden ? null : name,
    body: isShown ? (one.preview ?? "") : "",
    ...(isShown && one.attachments !== undefined ? { attachments: [...one.attachments] } : {}),
    isHidden,
    isMention: one.isMention,
    deviceIds: devices.filter((device) => !one.doneFor.includes(device)),
  };
}

function newestDue(pushes: Pushes | null): Seq {
  return pushes === null ? 0 : Math.max(0, ...pushes.due.map(({ seq }) => seq));
}
