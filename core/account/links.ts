/** Decides about sign-ins by another device: who may approve a link, and what its device is answered. */

/** `approvedBy`: the user who approved it. */
export type LinkState = { until: number; isDeclined: boolean; approvedBy: string | null };

export type LinkAnswer = "unknown" | "waiting" | "declined" | "approved";

/** What the asking device is answered. A link that is over is as if it had never been. */
export function linkAnswer(link: LinkState | undefined, now: number): LinkAnswer {
  if (link === undefined || now >= link.until) return "unknown";
  if (link.isDeclined) return "declined";
  return link.approvedBy === null ? "waiting" : "approved";
}

/** Whether this user may settle the link. The first answer holds; the same user may repeat an approval whose answer was lost. */
export function maySettle(link: LinkState | undefined, by: string, now: number): boolean {
  const answer = linkAnswer(link, now);
  return answer === "waiting" || (answer === "approved" && link?.approvedBy === by);
}
