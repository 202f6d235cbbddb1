/** Quiet hours by the clock on the user's wall: over midnight, in other zones, and on the days when clocks change. */
import { expect, test } from "vitest";
import { isQuiet } from "../../../core/push/quiet-hours.ts";

const berlin = "Europe/Berlin";
const at = (iso: string): number => Date.parse(iso);

/** The minutes of a day, as the clock shows them, that are quiet, out of the given instants. */
function quiet(from: string, to: string, timeZone: string, ...instants: string[]): boolean[] {
  return instants.map((iso) => isQuiet({ from, to, timeZone }, at(iso)));
}

test("[N3] quiet hours run from their first minute to the one before their last, over midnight too", () => {
  const zone = "UTC";
  expect(
    quiet(
      "22:00",
      "07:00",
      zone,
      "2026-05-01T21:59:59Z",
      "2026-05-01T22:00:00Z",
      "2026-05-01T23:59:59Z",
      "2026-05-02T00:00:00Z",
      "2026-05-02T06:59:59Z",
      "2026-05-02T07:00:00Z",
    ),
  ).toEqual([false, true, true, true, true, false]);
  expect(
    quiet(
      "13:00",
      "14:30",
      zone,
      "2026-05-01T12:59:59Z",
      "2026-05-01T13:00:00Z",
      "2026-05-01T14:29:59Z",
      "2026-05-01T14:30:00Z",
    ),
  ).toEqual([false, true, true, false]);
  expect(quiet("00:00", "23:59", zone, "2026-05-01T00:00:00Z", "2026-05-01T23:59:30Z")).toEqual([true, false]);
});

test("[N3] where both ends are the same there are none, and where there are none nothing is quiet", () => {
  expect(
    quiet("08:00", "08:00", "UTC", "2026-05-01T07:59:00Z", "2026-05-01T08:00:00Z", "2026-05-01T20:00:00Z"),
  ).toEqual([false, false, false]);
  expect(isQuiet(null, at("2026-05-01T03:00:00Z"))).toBe(false);
});

test("[N3] the user's time zone decides, half hours and the other side of the date line included", () => {
  // 22:00 in Kolkata is 16:30 in UTC.
  expect(quiet("22:00", "07:00", "Asia/Kolkata", "2026-05-01T16:29:59Z", "2026-05-01T16:30:00Z")).toEqual([
    false,
    true,
  ]);
  // Kiritimati is 14 hours ahead: its midnight is 10:00 in UTC, the day before.
  expect(quiet("00:00", "01:00", "Pacific/Kiritimati", "2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z")).toEqual([
    true,
    false,
  ]);
  expect(quiet("22:00", "07:00", berlin, "2026-01-15T20:59:59Z", "2026-01-15T21:00:00Z")).toEqual([false, true]);
  expect(quiet("22:00", "07:00", berlin, "2026-07-15T19:59:59Z", "2026-07-15T20:00:00Z")).toEqual([false, true]);
});

test("[N3] when clocks go forward, hours that begin in the gap begin with its end, and none are lost", () => {
  // On 2026-03-29 in Berlin 02:00 becomes 03:00, at 01:00 in UTC.
  expect(
    quiet(
      "02:30",
      "06:00",
      berlin,
      "2026-03-29T00:59:59Z",
      "2026-03-29T01:00:00Z",
      "2026-03-29T03:59:59Z",
      "2026-03-29T04:00:00Z",
    ),
  ).toEqual([false, true, true, false]);
  // Hours that end in the gap end with its beginning, which is the same moment.
  expect(quiet("22:00", "02:30", berlin, "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z")).toEqual([true, false]);
  // Hours that lie wholly in the gap do not come on that day.
  expect(
    quiet("02:10", "02:50", berlin, "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"),
  ).toEqual([false, false, false]);
});

test("[N3] when clocks go back, each time of day that comes twice counts both times", () => {
  // On 2026-10-25 in Berlin 03:00 becomes 02:00, at 01:00 in UTC: 02:00 to 03:00 comes at 00:00 and at 01:00 in UTC.
  expect(
    quiet(
      "22:00",
      "02:30",
      berlin,
      "2026-10-25T00:29:59Z",
      "2026-10-25T00:30:00Z",
      "2026-10-25T01:00:00Z",
      "2026-10-25T01:29:59Z",
      "2026-10-25T01:30:00Z",
    ),
  ).toEqual([true, false, true, true, false]);
  expect(
    quiet(
      "02:30",
      "06:00",
      berlin,
      "2026-10-25T00:29:59Z",
      "2026-10-25T00:30:00Z",
      "2026-10-25T01:00:00Z",
      "2026-10-25T01:30:00Z",
      "2026-10-25T04:59:59Z",
      "2026-10-25T05:00:00Z",
    ),
  ).toEqual([false, true, false, true, true, false]);
  // A night of quiet hours around it is an hour longer, without a hole.
  const hours = { from: "22:00", to: "07:00", timeZone: berlin };
  const minutes = Array.from({ length: 24 * 60 }, (_, n) => at("2026-10-24T12:00:00Z") + n * 60_000);
  expect(minutes.filter((minute) => isQuiet(hours, minute))).toHaveLength(10 * 60);
});

test("[N3] in the southern summer, and where clocks move by half an hour, it is the same", () => {
  // Lord Howe goes back by 30 minutes on 2026-04-05: 02:00 becomes 01:30, at 15:00 in UTC of the day before.
  expect(
    quiet(
      "01:30",
      "02:00",
      "Australia/Lord_Howe",
      "2026-04-04T14:29:59Z",
      "2026-04-04T14:30:00Z",
      "2026-04-04T15:00:00Z",
      "2026-04-04T15:29:59Z",
      "2026-04-04T15:30:00Z",
    ),
  ).toEqual([false, true, true, true, false]);
});
