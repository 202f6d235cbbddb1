/** Decides how two people stand to each other. */

/** `putAt`: since when this user has the other in their contacts; `putsAt`: since when the other has this user. Null = not. */
export type ContactFacts = { putAt: number | null; putsAt: number | null; isBlocked: boolean };

export type ContactStanding = { state: "mutual" | "outgoing" | "incoming"; since: number };

/** Null = nothing to show. A request of a blocked person is not shown; to the blocked person nothing looks different. */
export function contactStanding({ putAt, putsAt, isBlocked }: ContactFacts): ContactStanding | null {
  if (putAt !== null) {
    return putsAt === null ? { state: "outgoing", since: putAt } : { state: "mutual", since: Math.max(putAt, putsAt) };
  }
  return putsAt === null || isBlocked ? null : { state: "incoming", since: putsAt };
}
