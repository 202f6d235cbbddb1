import { expect, test } from "vitest";
import { showBadge, unreadIn, unreadOf } from "../../../web/pushes/app-badge.ts";

test("[W45] requests do not count, and a browser without numbers, or one that refuses, does no harm", async () => {
  const rows = [
    { unread: 2, request: false },
    { unread: 5, request: true },
    { unread: 1, request: false },
  ];
  expect([unreadIn(rows), unreadIn([])]).toEqual([3, 0]);
  expect(unreadOf({ conversations: rows, archived: rows } as never)).toBe(6);
  const shown: (number | "none")[] = [];
  const navigator = {
    setAppBadge: (count: number) => Promise.resolve(void shown.push(count)),
    clearAppBadge: () => Promise.resolve(void shown.push("none")),
  };
  for (const count of [3, 0]) await showBadge(navigator, count);
  expect(shown).toEqual([3, "none"]);
  await showBadge({}, 3);
  await showBadge({ setAppBadge: () => Promise.reject(new Error("refused")) }, 3);
});
