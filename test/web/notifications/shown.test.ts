import { globSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { show, shownBy } from "../../../web/pushes/shown.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
});
afterEach(async () => {
  // The locks end with the timers, and other files of this process have the same locks.
  await advance(2_000);
  vi.useRealTimers();
});

/** Keeps and loses notifications as Chromium does. */
function chromium(systemMs: number) {
  let kept: { tag: string; isShown: boolean }[] = [];
  return {
    showNotification: (_title: string, { tag = "" }: NotificationOptions) => {
      const added = { tag, isShown: false };
      kept.push(added);
      setTimeout(() => (added.isShown = true), systemMs);
      return Promise.resolve();
    },
    getNotifications: () => {
      kept = kept.filter(({ isShown }) => isShown);
      return Promise.resolve(kept);
    },
  } as unknown as ServiceWorkerRegistration;
}

async function advance(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    // Locks are not of the timers.
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(50);
  }
}

test("[W39] a notification that the system shows a moment later is not lost by a reading", async () => {
  const registration = chromium(300);
  for (const tag of ["1", "2"]) await show(registration, "Bo", { tag });
  const reading = shownBy(registration);
  const later = show(registration, "Bo", { tag: "3" });
  await advance(3_000);
  await later;
  expect((await reading).map(({ tag }) => tag)).toEqual(["1", "2", "3"]);
});

test("[W39] a page that stops in the middle of a reading holds up no notification for long", async () => {
  let goOn = (): void => undefined;
  const reading = shownBy({
    getNotifications: () => new Promise((resolve) => (goOn = () => resolve([]))),
  } as unknown as ServiceWorkerRegistration);
  await advance(100);
  const shown: string[] = [];
  const showing = show(
    { showNotification: (title: string) => Promise.resolve(void shown.push(title)) } as ServiceWorkerRegistration,
    "Bo",
    {},
  );
  await advance(100);
  expect(shown).toEqual([]);
  await advance(1_000);
  await showing;
  expect(shown).toEqual(["Bo"]);
  goOn();
  expect(await reading).toEqual([]);
});

test("[W39] the app shows and reads notifications nowhere else", () => {
  const files = globSync("web/**/*.{ts,tsx}").filter((file) => !file.includes("node_modules"));
  const own = files.filter((file) => /\.(?:getNotifications|showNotification)\(/.test(readFileSync(file, "utf8")));
  expect(own).toEqual(["web/pushes/shown.ts"]);
});
