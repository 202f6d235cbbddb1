/** Owns what users' objects send each other about presence. */
import type { TimeMs } from "../../schema/ids.ts";
import type { Presence } from "../../schema/wire/presence.ts";

/**
 * A user's presence as one viewer may see it. `asOf` orders the reports of one user. `until`, if the viewer asked for a watch: how long it holds; 0 if
 * the user has too many watchers, or has no account.
 */
export type Seen = Omit<Presence, "userId"> & { asOf: number; until?: TimeMs };
