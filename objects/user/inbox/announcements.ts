/** Owns the frames that a change of the inbox makes, serialized once for all sockets of the user. */
import { Buffer } from "node:buffer";
import type { UserId } from "../../../schema/ids.ts";
import type { Step } from "../../../core/inbox/inbox.ts";
import { type InboxRow, summaryOf } from "../../../core/inbox/inbox-row.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Delivery, DeliveryItem } from "../../contract/delivery/delivery.ts";
import type { RowDelivery } from "../../contract/delivery/pulled-row.ts";
import type { Announcement, Change } from "../sync-sockets.ts";

/** The result of a delivery. */
export type Applied = { delivery: Delivery; row: InboxRow | undefined; steps: readonly Step[] };

/** `hasShown`: some socket has received changes before that may be among these. */
export function announcementsOf(
  { delivery, row, steps }: Applied,
  me: UserId,
  hasShown: boolean,
): Announcement | undefined {
  const { conversationId, liveDevices, items } = delivery;
  if (steps.length === 0 && delivery.passing.length === 0) return undefined;
  const changes: Change[] = [];
  for (const step of steps) {
    if (step.show === "row") {
      changes.push({ text: rowFrame(step.row), isOwn: false });
      continue;
    }
    const item = items[step.index];
    if (item === undefined) continue;
    const numbers = `"inbox":{"version":${step.version},"unread":${step.unread},"mentionsUnread":${step.mentionsUnread}}}`;
    const text =
      item.kind === "message"
        ? `{"type":"message","message":${item.json},${numbers}`
        : `{"type":"change",${item.json},${numbers}`;
    // All but the item is ASCII. The inboxes of a group that share this thread share the item, so it is counted once.
    const itemBytes = (item.bytes ??= Buffer.byteLength(item.json));
    changes.push({
      text,
      isOwn: (item.by ?? (item.kind === "message" ? item.message.senderId : undefined)) === me,
      bytes: text.length - item.json.length + itemBytes,
      rev: item.rev,
    });
  }
  const passing = delivery.passing.map((text) => ({ text, isOwn: false }));
  const liveChanges =
    (liveDevices.length > 0 || hasShown) && steps.length > 0 && row !== undefined
      ? [{ text: rowFrame(row), isOwn: false }]
      : [];
  return { conversationId, changes, passing, liveDevices, liveChanges };
}

/** Messages of a large group that concern the user, and then the row. Its numbers are worked out once, so the messages carry none. */
export function rowAnnouncement(
  { row: { conversationId }, liveDevices = [], passing = [] }: RowDelivery,
  fresh: readonly DeliveryItem[],
  row: InboxRow | undefined,
  me: UserId,
): Announcement | undefined {
  const shown = row === undefined ? [] : [{ text: rowFrame(row), isOwn: false }];
  if (fresh.length + shown.length + passing.length === 0) return undefined;
  const messages = fresh.map((item) => ({
    text: item.kind === "message" ? `{"type":"message","message":${item.json}}` : `{"type":"change",${item.json}}`,
    isOwn: (item.by ?? (item.kind === "message" ? item.message.senderId : undefined)) === me,
    rev: item.rev,
  }));
  return {
    conversationId,
    changes: [...messages, ...shown],
    passing: passing.map((text) => ({ text, isOwn: false })),
    liveDevices,
    liveChanges: shown,
  };
}

/** The announcement of a row that the user changed. */
export function ownRow(row: InboxRow): Announcement {
  const { conversationId } = row;
  return {
    conversationId,
    changes: [{ text: rowFrame(row), isOwn: true }],
    passing: [],
    liveDevices: [],
    liveChanges: [],
  };
}

function rowFrame(row: InboxRow): string {
  return `{"type":"inbox","version":${row.version},"conversations":[${JSON.stringify(summaryOf(row, now()))}]}`;
}
