/** Decides how a refresh is answered: the one rule that tells a lost answer from a stolen token. */
import { timeouts } from "../../schema/limits.ts";

/**
 * `given` and `present` are generations: the token's, and that of the newest token handed out. `isUsed`: something of the newest answer
 * was used, its access token on a request or its refresh token in a refresh, so the answer did arrive.
 */
export type RefreshFacts = {
  isAuthentic: boolean;
  given: number;
  present: number;
  rotatedAt: number;
  isUsed: boolean;
  now: number;
};

export type RefreshDecision = "rotate" | "repeat" | "revoke" | "refuse";

/**
 * The newest token rotates. The one before it gets the same answer again while that answer may have been lost: as long as nothing of it
 * was used, and for a minute in any case, because two tabs may refresh at once. Otherwise, and for an older token, two parties hold the
 * device's tokens, and nobody can tell which of them is the thief: the device is revoked. A token that this server did not make is refused and revokes nothing.
 */
export function decideRefresh({ isAuthentic, given, present, rotatedAt, isUsed, now }: RefreshFacts): RefreshDecision {
  if (!isAuthentic || given > present) return "refuse";
  if (given === present) return "rotate";
  if (given < present - 1) return "revoke";
  return !isUsed || now - rotatedAt <= timeouts.refreshRepeatMs ? "repeat" : "revoke";
}
