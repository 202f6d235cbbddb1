/** Owns short texts about numbers that several places show. */
import { plural, t } from "@lingui/core/macro";
import { limits } from "parley-sdk";
import { numberText } from "./formats.ts";

export function membersText(count: number): string {
  return plural(count, { one: "# member", other: "# members" });
}

/** What a badge says to screen readers. */
export function unreadText(count: number): string {
  const most = numberText(limits.unreadMax);
  if (count >= limits.unreadMax) return t({ message: `${most} unread or more`, comment: "Number of unread messages" });
  return t({
    message: plural(count, { one: "# unread", other: "# unread" }),
    comment: "Number of unread messages",
  });
}

/** The number of unread messages in a badge. In a large group it stands still at 9,999, which then means as many or more. */
export function unreadBadge(count: number): string {
  const most = numberText(limits.unreadMax);
  if (count < limits.unreadMax) return numberText(count);
  return t({ message: `${most}+`, comment: "So many unread messages or more, in little room" });
}

/** A number in little room: "99+" is more than 99. */
export function cappedText(count: number, most: number): string {
  if (count <= most) return numberText(count);
  const capped = numberText(most);
  return t({ message: `${capped}+`, comment: "More than this number, in little room" });
}

export function atLeastText(count: number): string {
  return plural(count, { one: "At least # character.", other: "At least # characters." });
}

export function atMostText(count: number): string {
  return plural(count, { one: "At most # character.", other: "At most # characters." });
}

export function filesText(count: number): string {
  return plural(count, { one: "# file", other: "# files" });
}

/** How many members chose an option of a poll. */
export function votesText(count: number): string {
  return plural(count, { one: "# vote", other: "# votes" });
}
