/**
 * Owns how a handle is claimed. The directory has one row for each handle, and the user's object has the account: the two must agree on whose it is.
 * The claim is made first, then the account or the new name. Example: the sign-up of A claims a handle and is cut off before the account is made. Then B
 * signs up with the same handle. B is given the user id of A's claim and makes the account there, so no handle is lost to a call that was cut off.
 */
import { decideClaim } from "../../../core/account/handle-claims.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import type { UserId } from "../../../schema/ids.ts";
import { timeouts } from "../../../schema/limits.ts";
import { call, userStub } from "../platform/calls.ts";
import { now } from "../platform/clock.ts";
import type { Directory } from "./directory.ts";
import type { Env } from "../platform/env.ts";

/** How often a swap is tried. Each lost one means that somebody else's swap went through meanwhile. */
const roundsMax = 4;

/**
 * Claims `handle` for `by`.
 * For a sign-up it answers the user whose object is to make the account: `by`, or the user of a claim that was cut off, or the user who has
 * the handle; then that object answers `exists`. For a rename it answers `by`, or `handle_taken`.
 * `near`: where that object is to be made, if there is none yet.
 */
export async function claimHandle(
  env: Env,
  directory: Directory,
  handle: string,
  by: UserId,
  purpose: "signUp" | "rename",
  near?: DurableObjectNamespaceGetDurableObjectOptions,
): Promise<Outcome<UserId>> {
  for (let round = 0; round < roundsMax; round++) {
    const at = now();
    const claimed = await directory.claimHandle(handle, by, at);
    if (!claimed.ok) return claimed;
    const claim = claimed.value;
    const isOwn = claim.userId === by;
    const isNew = isOwn && claim.claimedAt === at;
    const isOld = at - claim.claimedAt >= timeouts.handleClaimMs;
    const holder =
      isNew || isOwn || !isOld
        ? undefined
        : await call("user.holdsHandle", () => userStub(env, claim.userId, near).holdsHandle(handle));
    if (holder !== undefined && !holder.ok) return holder;
    const decision = decideClaim({ purpose, isNew, isOwn, isOld, holder: holder?.value });
    if (decision.do === "take") return done(claim.userId);
    if (decision.do === "refuse") return refuse("handle_taken", "handle: is taken");
    // The time is part of what a swap compares: it must differ from the one before even within a millisecond.
    const swapped = await directory.swapClaim(handle, claim, {
      userId: decision.by === "asker" ? by : claim.userId,
      claimedAt: Math.max(at, claim.claimedAt + 1),
    });
    if (!swapped.ok) return swapped;
    if (swapped.value) return done(decision.by === "asker" ? by : claim.userId);
  }
  return refuse("unavailable", "handle: is being claimed by many at once");
}
