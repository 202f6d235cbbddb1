/** Owns the filters of a search in a chat: a sender, and days in the time zone of this device. */
import type { SearchAsk } from "parley-sdk";

/** Days have the form of date fields, "2026-03-01". An empty text is no filter. */
export interface Filters {
  readonly senderId: string;
  readonly from: string;
  readonly until: string;
}

export const noFilters: Filters = { senderId: "", from: "", until: "" };

/** A text that is no day is ignored. */
export function askOf({ senderId, from, until }: Filters): Pick<SearchAsk, "senderId" | "since" | "until"> {
  const since = midnightOf(from, 0);
  const end = midnightOf(until, 1);
  return {
    ...(senderId === "" ? {} : { senderId }),
    ...(since === null ? {} : { since }),
    ...(end === null ? {} : { until: end - 1 }),
  };
}

export function countOf({ senderId, from, until }: Filters): number {
  return [senderId, from, until].filter((each) => each !== "").length;
}

/** The midnight at which the day begins, or `later` days after it. It is computed by the calendar, because some days have 23 or 25 hours. The server knows no times before 1970. */
function midnightOf(day: string, later: number): number | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (year === undefined) return null;
  const at = new Date(Number(year), Number(month) - 1, Number(date) + later).getTime();
  return Number.isNaN(at) ? null : Math.max(1, at);
}
