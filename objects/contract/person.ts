/** Owns what objects send each other about a user as a person: the copy that a conversation stores, and changes of it. */
import type { Settings } from "../../schema/http/account/me.ts";
import type { TimeMs, UserId } from "../../schema/ids.ts";
import type { User } from "../../schema/wire/user.ts";

/**
 * The copy of a member that a conversation keeps: the public profile, the settings for receipts and typing, and the blocks.
 * `changedAt` rises with every change: a copy that arrives late must not replace a newer one.
 */
export type Person = { user: User; showsRead: boolean; showsTyping: boolean; blocks: UserId[]; changedAt?: TimeMs };

/** A change of a member, as of `changedAt`; absent fields did not change. `blocks`: users whom they block now (true), or no more (false). */
export type MemberChange = {
  userId: UserId;
  changedAt: TimeMs;
  user?: User;
  shows?: { read: boolean; typing: boolean };
  blocks: [UserId, boolean][];
};

/**
 * What the directory keeps of a user so that many can be brought into a group without a call to each. `blocks`: marks of those whom the user blocks. `reach`
 * is null where the user's object has to be asked in any case.
 */
export type Guard = { reach: Settings["reach"] | null; blocks: string };

/** How this user stands to a user who asks about them. */
export type Relation = { person: Person; isBlocked: boolean };
