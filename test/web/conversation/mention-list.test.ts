import { expect, test } from "vitest";
import type { User } from "parley-sdk";
import { offeredTo } from "../../../web/conversation/composer/mention-list.tsx";

const names = ["प्रिया", "สมชาย", "தமிழ்", "مُحَمَّد", "Nguyễn", "İlker", "Straße", "王小明", "Ann Marie"];
const members = names.map((name, index): User => {
  const id = `u${index}`;
  return { id, handle: `handle${index}`, name, bio: "", avatarUrl: null } as User;
});

test.each([
  ["प्रि", "प्रिया"],
  ["สม", "สมชาย"],
  ["தமி", "தமிழ்"],
  ["محم", "مُحَمَّد"],
  ["nguyen", "Nguyễn"],
  ["Nguye\u0302\u0303n", "Nguyễn"],
  ["ilker", "İlker"],
  ["strasse", "Straße"],
  ["小明", "王小明"],
  ["mar", "Ann Marie"],
  ["handle8", "Ann Marie"],
])("[W9] @%s completes %s", (typed, name) => {
  expect(offeredTo({ at: 0, typed }, members).map((user) => user.name)).toEqual([name]);
});
