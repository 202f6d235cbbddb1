/** Owns how times are written. */
import { t } from "@lingui/core/macro";
import { format } from "./formats.ts";

const dates = (options: Intl.DateTimeFormatOptions) => format((locale) => new Intl.DateTimeFormat(locale, options));

const time = dates({ hour: "numeric", minute: "2-digit" });
const weekday = dates({ weekday: "short" });
const longWeekday = dates({ weekday: "long" });
const date = dates({ day: "numeric", month: "short" });
const dateOfYear = dates({ day: "numeric", month: "short", year: "numeric" });
const full = dates({ dateStyle: "full", timeStyle: "short" });
const ago = format((locale) => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }));
const dayMs = 86_400_000;

const minuteMs = 60_000;
/** The minute that was written last: a message says its time twice, and often the next one says the same. */
let lastClock: { readonly format: Intl.DateTimeFormat; readonly minute: number; readonly text: string } | undefined;

export function clockTime(at: number): string {
  const minute = Math.floor(at / minuteMs);
  const present = time();
  if (lastClock?.format !== present || lastClock.minute !== minute)
    lastClock = { format: present, minute, text: present.format(at) };
  return lastClock.text;
}

export function fullTime(at: number): string {
  return full().format(at);
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
  if (days <= 0) return time().format(at);
  return days < 7 ? weekday().format(at) : dateText(at, now);
}

/** For a separator between days. */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return t`Today`;
  if (days === 1) return t`Yesterday`;
  return days < 7 ? longWeekday().format(at) : dateOfYear().format(at);
}

/** For "last seen": coarser the longer ago it is. A time in the future, which comes from clocks that differ, counts as now. */
export function agoText(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  const days = daysBetween(at, now);
  if (minutes < 1) return t({ message: "just now", comment: "When somebody was last seen, or a device last used" });
  if (minutes < 60) return ago().format(-minutes, "minute");
  // Shortly after midnight, the evening before is hours ago, and not yesterday yet.
  if (days === 0 || minutes < 12 * 60) return ago().format(-Math.floor(minutes / 60), "hour");
  return days === 1 ? ago().format(-1, "day") : dateText(at, now);
}

function dateText(at: number, now: number): string {
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? date() : dateOfYear()).format(at);
}

/** The length of a sound or video: `0:07`, `12:30`, `1:02:03`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
