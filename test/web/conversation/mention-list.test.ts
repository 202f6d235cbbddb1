import { expect, test } from "vitest";
import type { User } from "parley-sdk";
import { writtenDirection } from "../../../web/conversation/composer/writing/direction.ts";
import { handleOf, offeredTo, optionsFor } from "../../../web/conversation/composer/mention-list.tsx";

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

test("[W121] all members are offered to who may mention them, by their word and by the page's", () => {
  const handles = (typed: string, mayAll: boolean) => optionsFor({ at: 0, typed }, members, mayAll).map(handleOf);
  expect(handles("", true)).toEqual(["handle0", "handle1", "handle2", "handle3", "handle4", "all"]);
  expect(handles("al", true)).toEqual(["all"]);
  expect(handles("every", true)).toEqual(["all"]);
  expect(handles("al", false)).toEqual([]);
  expect(handles("mar", true)).toEqual(["handle8"]);
});

test.each([
  ["", "auto"],
  ["hello", "auto"],
  ["مرحبا @ana", "auto"],
  ["@ana مرحبا", "rtl"],
  ["\n@ana.lima, @bob: www.example.org שלום", "rtl"],
  ["@ana hello مرحبا", "ltr"],
  ["@ana", undefined],
  ["@ana 👍", undefined],
  ["👍", undefined],
  ["12", "auto"],
])("the direction of %j that is being written is %s", (text, direction) => {
  expect(writtenDirection(text)).toBe(direction);
});
