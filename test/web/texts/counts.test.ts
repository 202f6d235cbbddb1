import { expect, test } from "vitest";
import { unreadBadge, unreadText } from "../../../web/texts/counts.ts";

test("[W48] unread messages are exact up to 9,999, where the number stands still in a large group", () => {
  expect([1, 999, 9_998, 9_999].map(unreadBadge)).toEqual(["1", "999", "9,998", "9,999+"]);
  expect(unreadText(9_998)).toBe("9,998 unread");
  expect(unreadText(9_999)).toBe("9,999 unread or more");
});
