import { memoryStorage } from "parley-sdk";
import { expect, test } from "vitest";
import { PushStore } from "../../../web/pushes/push-store.ts";

const place = (seq: number, userId = "u1", conversationId = "c1") => ({ userId, conversationId, seq });

test("[W39] what was shown is known one by one, for each account and conversation, and in bounded room", async () => {
  const storage = memoryStorage();
  const store = new PushStore(storage);
  await store.noteShown(place(7));
  await store.noteShown(place(5));
  const known = async (...places: ReturnType<typeof place>[]) =>
    await Promise.all(places.map((each) => store.wasShown(each)));
  // 6 is late, and not a repeat.
  expect(await known(place(5), place(6), place(7), place(7, "u2"), place(7, "u1", "c2"))).toEqual([
    ...[true, false, true, false, false],
  ]);
  for (let seq = 100; seq < 400; seq++) await store.noteShown(place(seq));
  expect(await known(place(6), place(349), place(399), place(400))).toEqual([true, true, true, false]);
  const [[, row] = []] = await storage.list({ from: "app/push/of/u1/shown/", to: "app/push/of/u1/shown/~" });
  expect(JSON.stringify(row).length).toBeLessThan(500);
});

test("forgetting an account leaves nothing of it, and all of the others", async () => {
  const storage = memoryStorage();
  const store = new PushStore(storage);
  for (const userId of ["u1", "u10"]) {
    await store.choose(userId, "on", { deviceId: "d", endpoint: "e", at: 1 });
    await store.noteShown(place(1, userId));
    await store.keepBadge(userId, 2);
  }
  await store.forget("u1");
  const left = await storage.list({ from: "", to: "~" });
  expect(left.filter(([key]) => /u1(\/|$)/.test(key))).toEqual([]);
  expect(await store.badges(["u1", "u10"])).toBe(2);
  expect([...(await store.choices()).keys()]).toEqual(["u10"]);
  expect(await store.wasShown(place(1, "u10"))).toBe(true);
});

test("it looks at most once in a while, and again after the clock was set back", async () => {
  const store = new PushStore(memoryStorage());
  const asked = [];
  for (const now of [1_000, 20_000, 31_000, 32_000, 500]) asked.push(await store.mayLook("u1", now, 30_000));
  expect(asked).toEqual([true, false, true, false, true]);
});
