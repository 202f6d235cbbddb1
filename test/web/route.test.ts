import { afterEach, expect, test, vi } from "vitest";
import { pageAt, pathOfPage } from "parley-sdk";
import { hashOf, inviteCodeIn, mendAddress, parseRoute } from "../../web/app/route.ts";

afterEach(() => vi.unstubAllGlobals());

const inbox = { at: "inbox" };
const conversation = { at: "conversation", conversationId: "g_1-a.b" };
const message = { ...conversation, seq: 123 };
const join = { at: "join", code: "c.o-d_e" };

test.each([
  ["", inbox],
  ["#", inbox],
  ["#/", inbox],
  ["#/c/g_1-a.b", conversation],
  ["#/c/g_1-a.b/", conversation],
  ["#/c/g_1-a.b/m/123", message],
  ["#/c/g_1-a.b/m/123/", message],
  ["#/c/g_1-a.b/m/0", conversation],
  ["#/c/g_1-a.b/m/1e3", conversation],
  ["#/c/g_1-a.b/later", conversation],
  ["#/join/c.o-d_e", join],
  ["#/c", inbox],
  ["#/c/", inbox],
  ["#/c/a b", inbox],
  [`#/c/${"a".repeat(65)}`, inbox],
  ["#/nothing/x", inbox],
])("%j leads to %j", (hash, page) => {
  expect(parseRoute(hash)).toEqual(page);
});

test("the address of a page leads to that page", () => {
  for (const path of ["/", "/c/g_1-a.b", "/c/g_1-a.b/m/123", "/join/c.o-d_e"]) {
    const page = pageAt(path);
    expect(page).not.toBeNull();
    if (page !== null) expect([pathOfPage(page), parseRoute(hashOf(page))]).toEqual([path, page]);
  }
  expect(["", "/c", "/c/a/b", "/v2/me", "/c/%41", "//", "/index.html"].map(pageAt)).toEqual(Array(7).fill(null));
});

test("the code of an invite is found in a link, with or without its #, and alone", () => {
  for (const text of [" c.o-d_e\n", "https://parley.test/#/join/c.o-d_e", "#/join/c.o-d_e"])
    expect(inviteCodeIn(text)).toBe("c.o-d_e");
  expect(inviteCodeIn("https://parley.test/join/c.o-d_e")).toBe("c.o-d_e");
  expect(inviteCodeIn("two words")).toBeNull();
});

test.each([
  ["/", "", undefined],
  ["/", "#/c/a", undefined],
  ["/c/g_1", "", "/#/c/g_1"],
  ["/join/code", "", "/#/join/code"],
  ["/elsewhere", "", "/"],
  ["/c/g_1", "#/c/g_2", "/#/c/g_2"],
])("the address %s%s is shown as %j", (pathname, hash, shown) => {
  let replaced: unknown;
  vi.stubGlobal("location", { pathname, hash });
  vi.stubGlobal("history", { replaceState: (_state: null, _title: string, address: string) => (replaced = address) });
  mendAddress();
  expect(replaced).toBe(shown);
});
