/** Owns what a program sees of other people's presence. */
import type { Observable } from "./observable.ts";

export interface UserPresence {
  /**
   * `offline` is also what those show who hide themselves from this user. `unknown`: nobody watches them, they were not told of yet, or the link
   * is down and what was told may be long over.
   */
  readonly status: "online" | "offline" | "unknown";
  /** When they were last heard of, in milliseconds of the server's clock (`Presence.now`); null if that is unknown, hidden, or never was. */
  readonly lastActiveAt: number | null;
}

/** A watch that was begun: whom somebody looks at now. */
export interface PresenceWatch {
  /** Watches these and no others from now on. */
  update(userIds: readonly string[]): void;
  /** Ends it; what is said after that is ignored. */
  end(): void;
}

export interface Presence {
  /**
   * Watches people for as long as they are looked at: `of` tells what they are, and follows within seconds. Watches may overlap and are
   * gathered into one; to change and end them often, as in scrolling, costs little. The account itself is left out, as is what is no id. Together
   * at most `limits.watchedUsersMax` (500) are watched, those that were asked for last; the others are `unknown`. It never fails: without a link, people are
   * `unknown`, and are asked for again when there is one.
   */
  watch(userIds: readonly string[]): PresenceWatch;
  /** What somebody is, as far as somebody watches them; the same object for the same id. Asks nothing by itself. */
  of(userId: string): Observable<UserPresence>;
  /** The server's clock in milliseconds, as well as it is known, to tell how long ago `lastActiveAt` is. */
  readonly now: () => number;
}
