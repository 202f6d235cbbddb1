/** Decides how two people stand to each other. */

/** `putAt`: since when this user has the other in their contacts; `putsAt`: since when the other has this user. Null = not. */
export type ContactFacts = { putAt: number | null; putsAt: number | null; isBlocked: boolean };

export type ContactStanding = { state: "mutual" | "outgoing" | "incoming"; since: number };

/** Null = nothing to show. A contact request of a person whom this user blocks is not shown. The blocked person cannot tell, because their own list does not change. */
export function contactStanding({ putAt, putsAt, isBlocked }: ContactFacts): ContactStanding | null {
  if (putAt !== null) {
    return putsAt === null ? { state: "outgoing", since: putAt } : { state: "mutual", since: Math.max(putAt, putsAt) };
  }
  return putsAt === null || isBlocked ? null : { state: "incoming", since: putsAt };
}
