/**
 * Decides about presence: whether a user is online, when to look again, and who may know.
 * Every frame of a socket and every sync request is a sign of life. A socket that is silent for too long counts as closed.
 */
import type { Settings } from "../schema/http/account/me.ts";
import type { TimeMs } from "../schema/ids.ts";
import { heartbeat, timeouts } from "../schema/limits.ts";
import type { Presence } from "../schema/wire/presence.ts";

/** The presence of a user, without the user's id. */
export type Status = Omit<Presence, "userId">;

/** Shown to viewers who may not know, and for users who do not exist, so that the two cannot be told apart. */
export const hidden: Status = { status: "offline", lastActiveAt: null };

/** Whether two presences look the same to a viewer. `lastActiveAt` of a user who is online changes all the time, so it is not compared. */
export function isSameStatus(one: Status, other: Status): boolean {
  return one.status === other.status && (one.status === "online" || one.lastActiveAt === other.lastActiveAt);
}

/** `countingAt`: when a device that is still signed in was last heard. `activeAt`: when any device was, also one that is signed out by now. Null = never. */
export type FrameFacts = { countingAt: TimeMs | null; activeAt: TimeMs | null; now: TimeMs };

/** A user is online if a frame was heard at most 30 s ago. A clock that jumped back makes no frame older. */
export function decideStatus({ countingAt, activeAt, now }: FrameFacts): Status {
  const isOnline = countingAt !== null && now - countingAt <= heartbeat.timeoutMs;
  return { status: isOnline ? "online" : "offline", lastActiveAt: activeAt === null ? null : Math.min(activeAt, now) };
}

/** Whether a socket has been silent for so long that it counts as closed. */
export function isSilent(heardAt: TimeMs, now: TimeMs): boolean {
  return now - heardAt > heartbeat.timeoutMs;
}

/**
 * When to look again at a user who is online and watched. With no open socket or poll: when the timeout ends, for nothing can be heard until then. With an
 * open one: later, so that a device that pings costs few alarms.
 */
export function nextReviewAt(countingAt: TimeMs, isOpen: boolean): TimeMs {
  return countingAt + (isOpen ? timeouts.presenceReviewMs : heartbeat.timeoutMs + 1);
}

export type LostFacts = {
  /** When the last frame came, as it was noted. */
  notedAt: TimeMs;
  /** When the user was to be looked at again; null where nobody watches. */
  reviewAt: TimeMs | null;
  /** When a local server began, which took every socket. Null on the platform, where threads come and go without a restart. */
  restartedAt: TimeMs | null;
  now: TimeMs;
};

/**
 * When the last frame of a lost socket counts as received. A deploy, a move of the object or a killed server loses sockets at an unknown moment. The object
 * knows of two frames: the one that was noted, which may be hours old, and, if somebody watches the user, the one that the last look found. A watched user
 * gets a moment more, so that a device that reconnects at once never shows as offline. That moment ends when a silence since the last look would have to be
 * announced. For a user whom nobody watches the known frame counts: `lastActiveAt` may be too early, never too late. A local server knows when it restarted,
 * and counts from there.
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

/** Whether a viewer may see a user's presence. `isContact`: the user has put the viewer into their contacts; whether the viewer did the same does not count. */
export function mayKnow({ setting, isContact, isBlocked, isSelf }: ViewFacts): boolean {
  if (isSelf) return true;
  if (isBlocked || setting === "nobody") return false;
  return setting === "everyone" || isContact;
}
