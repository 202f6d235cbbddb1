/**
 * Owns whether the place that an unsent act or edit names is still that of the same message. After the server's store was restored from a backup, which
 * gives the conversation another epoch, it may be that of another one.
 */
import { ParleyError } from "../../errors.ts";

/** What is known of one conversation's places. */
export interface Places {
  /** The epoch of the places that are known here; undefined where none is. */
  epoch(): string | undefined;
  /** Resolves when it is known whether that epoch is still the server's. */
  renew(): Promise<void>;
}

export function storeRestored(): ParleyError {
  return new ParleyError({ code: "conflict", detail: "the server's store was restored", retry: "never" });
}

/** Before what was made in an epoch, maybe long ago, is asked of the server again. Errors: `conflict` where the places are those of another epoch by now; those of asking. */
export async function checkPlaces(places: Places | undefined, madeIn: string | undefined): Promise<void> {
  await places?.renew();
  const now = places?.epoch();
  if (madeIn !== undefined && now !== undefined && madeIn !== now) throw storeRestored();
}
