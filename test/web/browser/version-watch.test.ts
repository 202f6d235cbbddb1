import { expect, test } from "vitest";
import { VersionWatch } from "../../../web/versions/version-watch.ts";
import { settled } from "../../rig/wound-clock.ts";

const [minute, hour] = [60_000, 3_600_000];

function watchOf(answer: () => Promise<string | null>, ageMs = 0) {
  const state = { now: 0, asked: 0, told: 0 };
  const watch = new VersionWatch({
    beganAt: -ageMs,
    now: () => state.now,
    latestScript: () => {
      state.asked++;
      return answer();
    },
    ownScript: "/assets/main-1.js",
  });
  watch.subscribe(() => state.told++);
  return { watch, state };
}

test("[W28] a page asks when it is seen after an hour, when its connection is back after a minute, and at once when a file is gone", async () => {
  const { watch, state } = watchOf(() => Promise.resolve("/assets/main-1.js"));
  state.now = hour - 1;
  watch.becameVisible();
  expect(state.asked).toBe(0);
  state.now = hour;
  watch.becameVisible();
  expect(state.asked).toBe(1);
  state.now += minute - 1;
  watch.connected();
  expect(state.asked).toBe(1);
  state.now++;
  watch.connected();
  expect(state.asked).toBe(2);
  watch.missedFile();
  expect(state.asked).toBe(3);
  await settled();
  expect([watch.getSnapshot(), state.told]).toEqual([null, 0]);
});

test("[W28] a page that was there for a minute before anything watched asks when its connection is back", () => {
  const { watch, state } = watchOf(() => Promise.resolve("/assets/main-1.js"), minute);
  watch.connected();
  expect(state.asked).toBe(1);
});

test("[W28] no answer counts for nothing and is asked for again; a newer version is announced once", async () => {
  const answers: (() => Promise<string | null>)[] = [
    () => Promise.reject(new Error("no network")),
    () => Promise.resolve(null),
    () => Promise.resolve("/assets/main-2.js"),
  ];
  const { watch, state } = watchOf(() => answers.shift()?.() ?? Promise.resolve("/assets/main-3.js"));
  for (let n = 0; n < 5; n++) {
    watch.missedFile();
    await settled();
  }
  expect([watch.getSnapshot(), state.told, state.asked]).toEqual(["/assets/main-2.js", 1, 3]);
});
