import { expect, test } from "vitest";
import { Announcements } from "../../../web/ui/announcements.ts";
import { WoundClock } from "../../rig/wound-clock.ts";

function rig() {
  const clock = new WoundClock();
  const announcements = new Announcements<string>((ms, task) => void clock.after(ms, task));
  const spoken: string[] = [];
  const seen = new Set<number>();
  announcements.subscribe(() => {
    for (const { number, what } of announcements.getSnapshot()) {
      if (!seen.has(number)) spoken.push(what);
      seen.add(number);
    }
  });
  return { clock, announcements, spoken };
}

test("the same words twice are two lines, and three at once are three, one after the other", async () => {
  const { clock, announcements, spoken } = rig();
  announcements.say("yes");
  announcements.say("yes");
  announcements.say("no");
  expect(spoken).toEqual(["yes"]);
  await clock.wind(3_000);
  expect(spoken).toEqual(["yes", "yes", "no"]);
  await clock.wind(10_000);
  expect(announcements.getSnapshot()).toEqual([]);
  announcements.say("no");
  expect(spoken.at(-1)).toBe("no");
  expect(spoken.length).toBe(4);
});

test("of many lines at once the latest are announced", async () => {
  const { clock, announcements, spoken } = rig();
  for (let n = 1; n <= 100; n++) announcements.say(`${n}`);
  await clock.wind(60_000);
  expect(spoken[0]).toBe("1");
  expect(spoken.at(-1)).toBe("100");
  expect(spoken.length).toBeLessThan(10);
});
