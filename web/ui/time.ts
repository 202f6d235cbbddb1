/** Owns how times are written. */

const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const longWeekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dateOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const dayMs = 86_400_000;

export function clockTime(at: number): string {
  return time.format(at);
}

export function fullTime(at: number): string {
  return full.format(at);
}

/** Local midnight before `at`; a day's name for comparisons. */
export function dayOf(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

function daysBetween(from: number, to: number): number {
  return Math.round((dayOf(to) - dayOf(from)) / dayMs);
}

/** For a row of a list: the time today, the weekday this week, else the date. */
export function shortTime(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return time.format(at);
  if (days < 7) return weekday.format(at);
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? date.format(at) : dateOfYear.format(at);
}

/** For a separator between days. */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return longWeekday.format(at);
  return dateOfYear.format(at);
}

/** For "last seen": coarser the longer ago it is. What lies ahead, because clocks differ, is now. */
export function agoText(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  const days = daysBetween(at, now);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  // Shortly after midnight, the evening before is hours ago, and not yesterday yet.
  if (days === 0 || minutes < 12 * 60) return `${Math.floor(minutes / 60)} h ago`;
  if (days === 1) return "yesterday";
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? date.format(at) : dateOfYear.format(at);
}
