/**
 * Decides about presence: who is online, when that has to be looked at again, and who may know.
 * A frame counts, whether a socket's or a sync request's; a closed socket and a silent one are the same.
 */
import type { Settings } from "../schema/http/me.ts";
import type { TimeMs } from "../schema/ids.ts";
import { heartbeat, timeouts } from "../schema/limits.ts";
import type { Presence } from "../schema/wire/presence.ts";

/** A user's presence without saying whose. */
export type Status = Omit<Presence, "userId">;

/** What is shown to those who may not know, and of those who do not exist: not told apart. */
export const hidden: Status = { status: "offline", lastActiveAt: null };

/** Whether one looks the same as the other. When somebody who is online was last active moves on all the time, and says nothing new. */
export function isSameStatus(one: Status, other: Status): boolean {
  return one.status === other.status && (one.status === "online" || one.lastActiveAt === other.lastActiveAt);
}

/** `countingAt`: the last frame of a device that is still signed in; `activeAt`: that of any device ever. Null = none. */
export type FrameFacts = { countingAt: TimeMs | null; activeAt: TimeMs | null; now: TimeMs };

/** Online is who was heard at most 30 s ago. A clock that jumped back makes nobody older. */
export function decideStatus({ countingAt, activeAt, now }: FrameFacts): Status {
  const isOnline = countingAt !== null && now - countingAt <= heartbeat.timeoutMs;
  return { status: isOnline ? "online" : "offline", lastActiveAt: activeAt === null ? null : Math.min(activeAt, now) };
}

/** Whether a socket that was last heard then is as good as closed. */
export function isSilent(heardAt: TimeMs, now: TimeMs): boolean {
  return now - heardAt > heartbeat.timeoutMs;
}

/**
 * When to look again at somebody who is online and watched: at the end of the timeout where nothing is open that could still be heard; later where
 * something is, so that who pings is seldom looked at.
 */
export function nextReviewAt(countingAt: TimeMs, isOpen: boolean): TimeMs {
  return countingAt + (isOpen ? timeouts.presenceReviewMs : heartbeat.timeoutMs + 1);
}

export type LostFacts = {
  /** The last frame that was noted. */
  notedAt: TimeMs;
  /** When somebody who is watched was to be looked at again; null where nobody watches. */
  reviewAt: TimeMs | null;
  /** When a local server began, which took every socket. Null on the platform, where threads come and go without a restart. */
  restartedAt: TimeMs | null;
  now: TimeMs;
};

/**
 * The last frame of a socket that was lost without a word, at an unknown moment: as a deploy, a move of the object or a killed server loses it. What is known is
 * the frame that was noted, which may be hours old, and where somebody watches, the frame that the last look found. Who is watched is waited for a little,
 * so that who comes back at once was never gone, but not past the time at which a silence since that look has to be announced. Who is not watched counts from
 * the frame that is known: they may be shown as active last too early, and never too late. A local server knows its restart, and waits from there.
 */
export function decideLostAt({ notedAt, reviewAt, restartedAt, now }: LostFacts): TimeMs {
  if (reviewAt === null) return notedAt;
  const foundAt = Math.max(notedAt, reviewAt - timeouts.presenceReviewMs);
  const announcedBy = reviewAt + timeouts.presenceLateMs - (timeouts.presenceReviewMs - heartbeat.timeoutMs);
  const isJustRestarted =
    restartedAt !== null && now - restartedAt <= heartbeat.timeoutMs && restartedAt <= announcedBy;
  if (isJustRestarted) return Math.max(foundAt, restartedAt);
  return Math.max(foundAt, Math.min(now + timeouts.presenceLostMs, announcedBy) - heartbeat.timeoutMs);
}

export type ViewFacts = { setting: Settings["presence"]; isContact: boolean; isBlocked: boolean; isSelf: boolean };

/** Whether somebody may know of a user's presence; `contacts` are those whom the user has put, not those who put the user. */
export function mayKnow({ setting, isContact, isBlocked, isSelf }: ViewFacts): boolean {
  if (isSelf) return true;
  if (isBlocked || setting === "nobody") return false;
  return setting === "everyone" || isContact;
}
