/**
 * Decides whether quiet hours are on. What the clock on the user's wall shows decides. So hours that begin in the gap when clocks go forward begin with
 * its end, and in the hour that comes twice when clocks go back each time of day counts both times.
 */
import type { Settings } from "../../schema/http/account/me.ts";
import type { TimeMs } from "../../schema/ids.ts";

type QuietHours = NonNullable<Settings["notifications"]["quietHours"]>;

/** From `from` up to and without `to`, over midnight where `to` is the earlier one. Where both are the same, there are no quiet hours. */
export function isQuiet(hours: QuietHours | null, at: TimeMs): boolean {
  if (hours === null) return false;
  const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)];
  if (from === to) return false;
  const minute = minuteAt(at, hours.timeZone);
  return from < to ? from <= minute && minute < to : from <= minute || minute < to;
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

/** The format that was used last. To make one costs a hundred times as much as to use it. */
let last: { timeZone: string; format: Intl.DateTimeFormat } | undefined;

/** The minute of the day that clocks show there. */
function minuteAt(at: TimeMs, timeZone: string): number {
  if (last?.timeZone !== timeZone) {
    const format = new Intl.DateTimeFormat("en", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    last = { timeZone, format };
  }
  const parts = new Map(last.format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return (parts.get("hour") ?? 0) * 60 + (parts.get("minute") ?? 0);
}
