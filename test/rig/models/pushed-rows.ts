/** Rows of the inbox, messages that come to them, and what of these is to be pushed. */
import type { ArrivedItem, ArrivedMessage } from "../../../core/inbox/inbox.ts";
import type { InboxRow } from "../../../core/inbox/inbox-row.ts";
import { decideNotify, type Reader } from "../../../core/inbox/decide-notify.ts";
import { conversationId, deviceId, epoch, userId } from "../../../schema/ids.ts";

export const me = userId.parse("u_me");
export const ana = userId.parse("u_ana");
export const phone = deviceId.parse("d_phone");
export const tablet = deviceId.parse("d_tablet");
export const t0 = 1_700_000_000_000;

export const base: InboxRow = {
  conversationId: conversationId.parse("g_1"),
  version: 1,
  epoch: epoch.parse("e"),
  rev: 10,
  headSeq: 10,
  at: t0,
  read: 10,
  unsentUnread: 0,
  mentionsUnread: 0,
  last: null,
  kind: "group",
  mode: "small",
  title: "Hiking",
  peer: null,
  role: "member",
  hasLeft: false,
  requestBy: null,
  mutedUntil: null,
  notify: "all",
  isPinned: false,
  isArchived: false,
  isMarkedUnread: false,
  draft: "",
  pushes: null,
  pulled: null,
};
export const dm: InboxRow = { ...base, kind: "dm" };

export function message(seq: number, fields: Partial<ArrivedMessage> = {}): ArrivedMessage {
  return { seq, senderId: ana, sentAt: t0 + seq, preview: `text ${seq}`, isUnsent: false, mentions: [], ...fields };
}
export function sent(seq: number, fields: Partial<ArrivedMessage> = {}): ArrivedItem {
  return { rev: seq, kind: "message", message: message(seq, fields) };
}
export function change(rev: number, seq: number, fields: Partial<ArrivedMessage> = {}): ArrivedItem {
  return { rev, kind: "change", message: message(seq, fields) };
}

export const listening: Reader = { isReachable: () => true, isBlocked: () => false };

/** The row after a delivery of these items, with its pushes. */
export function after(
  before: InboxRow,
  items: readonly ArrivedItem[],
  { row = {}, reader = listening, now = t0 }: { row?: Partial<InboxRow>; reader?: Reader; now?: number } = {},
): InboxRow {
  const last = items.at(-1)?.rev ?? before.rev;
  const headSeq = Math.max(before.headSeq, ...items.map((item) => item.message?.seq ?? 0));
  const moved = { ...before, rev: Math.max(before.rev, last), headSeq, ...row };
  return { ...moved, pushes: decideNotify({ before, after: moved, begins: false, items, me, reader, now }) };
}

export const seqs = ({ pushes }: InboxRow): number[] => (pushes?.due ?? []).map(({ seq }) => seq);
