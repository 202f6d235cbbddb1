/**
 * Owns how a notice or a reaction in an earlier form is read: in today's. Objects and the SDK's caches have stored such forms, and an object that a deploy
 * has not reached yet still answers with them.
 */

/**
 * `stored`: a notice in any form that there ever was. Earlier notices about a member had `userId`, and the one of the founding had `memberIds`. A notice in
 * today's form is answered as it is. Earlier policies did not say who may write.
 */
export function presentNotice(stored: unknown): unknown {
  if (typeof stored !== "object" || stored === null) return stored;
  if ("policy" in stored && typeof stored.policy === "object" && stored.policy !== null && !("write" in stored.policy))
    return { ...stored, policy: { ...stored.policy, write: "member" } };
  if ("userId" in stored) {
    const { userId, ...rest } = stored;
    return { ...rest, userIds: [userId], count: 1 };
  }
  if ("memberIds" in stored && Array.isArray(stored.memberIds)) {
    const { memberIds, ...rest } = stored;
    return { ...rest, count: memberIds.length };
  }
  return stored;
}

/** Only earlier forms have these fields, or such a policy. In a text within the JSON the quotes would be escaped. */
const olderForm = /"(?:userId|memberIds)":|"policy":\{(?![^}]*"write":)/;

/** The same for a notice as JSON. */
export function presentNoticeText(stored: string): string {
  return olderForm.test(stored) ? JSON.stringify(presentNotice(JSON.parse(stored))) : stored;
}

/** Earlier reactions had no `count`. They named everybody. */
export function presentReaction(stored: unknown): unknown {
  const isOlder = typeof stored === "object" && stored !== null && !("count" in stored) && "userIds" in stored;
  return isOlder && Array.isArray(stored.userIds) ? { ...stored, count: stored.userIds.length } : stored;
}

/** A message whose reactions may be in an earlier form. */
export function presentMessage(stored: unknown): unknown {
  const hasReactions = typeof stored === "object" && stored !== null && "reactions" in stored;
  if (!hasReactions || !Array.isArray(stored.reactions)) return stored;
  return { ...stored, reactions: stored.reactions.map(presentReaction) };
}
