/** Owns short texts about numbers that several places show. */
import { plural, t } from "@lingui/core/macro";
import { numberText } from "./formats.ts";

export function membersText(count: number): string {
  return plural(count, { one: "# member", other: "# members" });
}

/** What a badge says to screen readers. */
export function unreadText(count: number): string {
  return t({
    message: plural(count, { one: "# unread", other: "# unread" }),
    comment: "Number of unread messages",
  });
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
