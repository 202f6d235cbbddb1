/** Owns what a program sees of other people's presence. */
import type { Observable } from "./observable.ts";

export interface UserPresence {
  /**
   * Users who hide their presence from this user are `offline`, too. `unknown`: no watch includes them, their presence has not arrived yet, or the
   * link is down, so that what arrived last may be out of date.
   */
  readonly status: "online" | "offline" | "unknown";
  /** When the user was last active, in milliseconds of the server's clock (`Presence.now`); null if that is unknown or hidden, or if the user never was. */
  readonly lastActiveAt: number | null;
}

/** A watch that was begun: the users whom the program shows now. */
export interface PresenceWatch {
  /** Watches these users, and no others, from now on. */
  update(userIds: readonly string[]): void;
  /** Ends the watch; later calls of `update` are ignored. */
  end(): void;
}

export interface Presence {
  /**
   * Watches users until the watch ends. `of` shows their presence, which follows changes within seconds. Watches may overlap; the SDK gathers them into
   * one, so it costs little to change and end them often, as in scrolling. The user's own id is left out, and so are texts that are no ids. All
   * watches together can have `limits.watchedUsersMax` (500) users: those that were asked for last. The others are `unknown`. A watch never fails: without
   * a link all users are `unknown`, and the SDK watches them again when there is a link.
   */
  watch(userIds: readonly string[]): PresenceWatch;
  /** The presence of a user, while a watch includes them; the same object for the same id. It never calls the server by itself. */
  of(userId: string): Observable<UserPresence>;
  /** The server's clock in milliseconds, as exactly as the SDK knows it, to compute how long ago `lastActiveAt` is. */
  readonly now: () => number;
}
