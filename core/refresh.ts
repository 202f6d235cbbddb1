/** Decides what a refresh token is worth: the one rule that tells a lost answer from a stolen token. */
import { timeouts } from "../schema/limits.ts";

/** `given` and `present` are generations: the token's, and that of the newest token handed out. */
export type RefreshFacts = { isAuthentic: boolean; given: number; present: number; rotatedAt: number; now: number };

export type RefreshDecision = "rotate" | "repeat" | "revoke" | "refuse";

/**
 * The newest token rotates. The one before it, soon after, means that the answer was lost: the same answer again. An older or later
 * one means that two hold the device's tokens, and no one can say who is the thief: the device goes. What we did not make says nothing.
 */
export function decideRefresh({ isAuthentic, given, present, rotatedAt, now }: RefreshFacts): RefreshDecision {
  if (!isAuthentic || given > present) return "refuse";
  if (given === present) return "rotate";
  return given === present - 1 && now - rotatedAt <= timeouts.refreshRepeatMs ? "repeat" : "revoke";
}
