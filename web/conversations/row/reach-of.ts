/** Owns how far a message has come, as far as this device knows. Pure. */
import type { Receipts } from "parley-sdk";

export interface Reached {
  readonly isDelivered: boolean;
  readonly isRead: boolean;
}

/**
 * `members`: of a group; null where they are not known, undefined in a direct chat. A receipt of one member says nothing of the others, so "all have read it" is known only once
 * something is known of each.
 */
export function reachOf(
  seq: number,
  receipts: Receipts,
  members: readonly { readonly user: { readonly id: string } }[] | null | undefined,
  ownId: string,
): Reached {
  const { byUser } = receipts;
  if (members === undefined) {
    const isRead = seq <= receipts.readByAny;
    return { isRead, isDelivered: isRead || seq <= receipts.deliveredToAny };
  }
  const isWhole = members !== null && members.every(({ user }) => user.id === ownId || byUser.has(user.id));
  if (!isWhole || byUser.size === 0) return { isRead: false, isDelivered: false };
  const isRead = seq <= receipts.readByAll;
  return { isRead, isDelivered: isRead || seq <= receipts.deliveredToAll };
}
