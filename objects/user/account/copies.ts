/** Owns the copies of this user that others keep, as they have to be now. */
import { blockMarks } from "../../../core/account/block-marks.ts";
import type { UserId } from "../../../schema/ids.ts";
import type { Guard, MemberChange, Person } from "../../contract/person.ts";
import type { Reader } from "../../shared/platform/database.ts";
import type { Subject } from "../member-changes.ts";
import { type AccountRow, blockedIds, isBlocked, readAccount, userOf } from "./account-store.ts";

/** The copy that conversations keep of this user; undefined where there is no account. */
export function personOf(db: Reader, userId: UserId): Person | undefined {
  const account = readAccount(db);
  if (account === undefined) return undefined;
  return {
    user: userOf(userId, account),
    showsRead: account.settings.readReceipts,
    showsTyping: account.settings.typing,
    blocks: blockedIds(db),
    changedAt: account.changedAt,
  };
}

/** Who may bring this user, as the directory keeps it. */
export function guardOf(db: Reader, { settings: { reach } }: Pick<AccountRow, "settings">): Guard {
  return { reach, blocks: blockMarks(blockedIds(db)) };
}

/** The present state of these things, for conversations; undefined where there is nothing to send. */
export function changeOf(
  db: Reader,
  userId: UserId,
  subjects: readonly Subject[],
  blocks: readonly UserId[],
): MemberChange | undefined {
  const account = readAccount(db);
  const isProfile = subjects.includes("face");
  const isShows = subjects.includes("shows");
  if (account === undefined || (!isProfile && !isShows && blocks.length === 0)) return undefined;
  const { readReceipts, typing } = account.settings;
  return {
    userId,
    changedAt: account.changedAt,
    ...(isProfile ? { user: userOf(userId, account) } : {}),
    ...(isShows ? { shows: { read: readReceipts, typing } } : {}),
    blocks: blocks.map((other): [UserId, boolean] => [other, isBlocked(db, other)]),
  };
}
