/** Owns what one row of the inbox is, how it is shown, what its owner may change of it, and the order of the list. */
import type { ConversationId, Epoch, Rev, Seq, TimeMs, UserId, Version } from "../../schema/ids.ts";
import type { SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { ConversationKind, ConversationMode } from "../../schema/wire/conversation.ts";
import type { LastMessage, Notify, Summary } from "../../schema/wire/inbox.ts";
import type { Role } from "../../schema/wire/message.ts";
import type { User } from "../../schema/wire/user.ts";
import type { Cleared } from "../marks/hidden.ts";
import type { Pushes } from "../push/pushes.ts";

export type InboxRow = {
  readonly conversationId: ConversationId;
  /** The user's version at this row's last change. */
  readonly version: Version;
  readonly epoch: Epoch;
  /** Every change of the conversation up to this rev is applied to the row. */
  readonly rev: Rev;
  readonly headSeq: Seq;
  /** When the last thing in the conversation happened. */
  readonly at: TimeMs;
  readonly read: Seq;
  /** Unsent messages of others after `read`. */
  readonly unsentUnread: number;
  /** Messages of others after `read` that mention the user and are not unsent. */
  readonly mentionsUnread: number;
  readonly last: LastMessage | null;

  readonly kind: ConversationKind;
  readonly mode: ConversationMode;
  readonly title: string | null;
  /** The picture of a group. */
  readonly avatarUrl?: string | null;
  readonly peer: User | null;
  readonly role: Role;
  readonly hasLeft: boolean;
  /** The stranger who brought the user in, as long as the row is a request; null where it is none. */
  readonly requestBy: UserId | null;

  readonly mutedUntil: TimeMs | null;
  /** Which messages are pushed. */
  readonly notify: Notify;
  readonly isPinned: boolean;
  readonly isArchived: boolean;
  readonly isMarkedUnread: boolean;
  readonly draft: string;
  /** The pushes that wait to be sent. Clients do not see them, so they change without a version. */
  readonly pushes: Pushes | null;
  /** What few rows have; absent, or null, in all others. */
  readonly kept?: KeptOfRow | null;
  /** How far the row of a large group is, which the conversation works out (pulled.ts); null in small ones, whose inboxes count. */
  readonly pulled: Pulled | null;
};

/**
 * `marksVersion`: the user's version when they last starred or hid a message of the conversation, or took that back, by which devices know that they have to
 * ask for the marks. `cleared`: up to where the user deleted the chat. `isDeleted`: nothing was written since, so lists leave the row out. `topHidden`: the
 * newest message that is hidden by itself. `last`: the newest message that is shown, where the newest of all is that one.
 */
export type KeptOfRow = {
  readonly marksVersion?: Version;
  readonly cleared?: Cleared;
  readonly isDeleted?: true;
  readonly topHidden?: Seq;
  readonly last?: LastMessage;
};

/**
 * The membership whose state a row has, by the conversation's number; and the greatest rev and seq of the messages that the user received one by one. Those
 * come apart from the row: its rev may be ahead of a message that is still to come. `pushedSeq`: the greatest seq of the messages that came for pushes alone.
 */
export type Pulled = {
  readonly membership: number;
  readonly itemsRev: Rev;
  readonly itemsSeq: Seq;
  readonly pushedSeq?: Seq;
};

/** Exact: the user's own messages lie at or below `read`, so every seq above it is a message of somebody else. */
export function unreadOf(row: Pick<InboxRow, "hasLeft" | "headSeq" | "read" | "unsentUnread">): number {
  return row.hasLeft ? 0 : Math.max(0, row.headSeq - row.read - row.unsentUnread);
}

/** Whether the row is muted now: a mute whose time is over does not count. */
export function isMuted(row: Pick<InboxRow, "mutedUntil">, now: TimeMs): boolean {
  return row.mutedUntil !== null && row.mutedUntil > now;
}

/** The row as clients see it. */
export function summaryOf(row: InboxRow, now: TimeMs): Summary {
  return {
    conversationId: row.conversationId,
    kind: row.kind,
    mode: row.mode,
    title: row.title,
    ...(row.kind === "group" ? { avatarUrl: row.avatarUrl ?? null } : {}),
    ...(row.peer === null ? {} : { peer: row.peer }),
    head: { seq: row.headSeq, rev: row.rev, at: row.at },
    lastMessage: shownLast(row),
    unread: unreadOf(row),
    mentionsUnread: row.mentionsUnread,
    read: row.read,
    markedUnread: row.isMarkedUnread,
    mutedUntil: isMuted(row, now) ? row.mutedUntil : null,
    notify: row.notify,
    pinned: row.isPinned,
    archived: row.isArchived,
    draft: row.draft,
    role: row.role,
    left: row.hasLeft,
    request: row.requestBy !== null,
    ...shownKept(row.kept ?? undefined),
    version: row.version,
  };
}

function shownKept({ marksVersion, cleared, isDeleted }: KeptOfRow = {}): Partial<Summary> {
  return {
    ...(marksVersion === undefined ? {} : { marksVersion }),
    ...(cleared === undefined ? {} : { cleared }),
    ...(isDeleted === undefined ? {} : { deleted: isDeleted }),
  };
}

/** The newest message that the user has not hidden from themself; null where it is not known. */
function shownLast({ last, kept }: InboxRow): LastMessage | null {
  if (last === null || kept == null) return last;
  if (last.seq <= (kept.cleared?.seq ?? 0)) return null;
  if (last.seq !== kept.topHidden) return last;
  return kept.last !== undefined && kept.last.seq > (kept.cleared?.seq ?? 0) ? kept.last : null;
}

/** What is kept of a row when a new message comes: a deleted chat is in the list again, and the message is the newest. */
export function withNews(kept: InboxRow["kept"]): InboxRow["kept"] {
  if (kept?.isDeleted === undefined) return withoutLast(kept);
  const { isDeleted: _deleted, last: _last, ...rest } = kept;
  return rest;
}

/** What is kept of a large group's row: nobody tells it of a change of that message, such as an unsend. */
export function withoutLast(kept: InboxRow["kept"]): InboxRow["kept"] {
  if (kept?.last === undefined) return kept;
  const { last: _last, ...rest } = kept;
  return rest;
}

/** What is kept of a row when a message changes that is shown as the newest. */
export function withChanged(kept: InboxRow["kept"], changed: LastMessage): InboxRow["kept"] {
  return kept?.last?.seq === changed.seq ? { ...kept, last: changed } : kept;
}

/** Without the words of a message, for a former member, who does not receive a later unsend. */
export function withoutWords(kept: InboxRow["kept"]): InboxRow["kept"] {
  return kept?.last === undefined ? kept : { ...kept, last: { ...kept.last, preview: "", attachments: [] } };
}

/** The row after its owner changed it; the same object where nothing changed. The caller raises the version. */
export function patchRow(row: InboxRow, patch: SummaryPatch): InboxRow {
  const patched: InboxRow = {
    ...row,
    requestBy: patch.request === false ? null : row.requestBy,
    mutedUntil: patch.mutedUntil === undefined ? row.mutedUntil : patch.mutedUntil,
    notify: patch.notify ?? row.notify,
    isPinned: patch.pinned ?? row.isPinned,
    isArchived: patch.archived ?? row.isArchived,
    isMarkedUnread: patch.markedUnread ?? row.isMarkedUnread,
    draft: patch.draft === undefined ? row.draft : (patch.draft ?? ""),
  };
  const isSame =
    patched.requestBy === row.requestBy &&
    patched.mutedUntil === row.mutedUntil &&
    patched.notify === row.notify &&
    patched.isPinned === row.isPinned &&
    patched.isArchived === row.isArchived &&
    patched.isMarkedUnread === row.isMarkedUnread &&
    patched.draft === row.draft;
  return isSame ? row : patched;
}

/** A place in the list, newest activity first, ties by id. A page begins after this place, even if the row that was here has moved since. */
export type Place = { at: TimeMs; conversationId: ConversationId };
