import { afterEach, expect, test, vi } from "vitest";
import { pageAt, pathOfPage } from "parley-sdk";
import {
  hashOf,
  inviteCodeIn,
  inviteLink,
  mendAddress,
  messageLink,
  parseRoute,
} from "../../../web/navigation/route.ts";

afterEach(() => vi.unstubAllGlobals());

const inbox = { at: "inbox" };
const conversation = { at: "conversation", conversationId: "g_1-a.b" };
const message = { ...conversation, seq: 123 };
const ofAna = { ...conversation, userId: "u_1-a.b" };
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
  ["#/u/u_1-a.b", { ...inbox, userId: "u_1-a.b" }],
  ["#/u/u_1-a.b/", { ...inbox, userId: "u_1-a.b" }],
  ["#/u/u_1-a.b/nothing", { ...inbox, userId: "u_1-a.b" }],
  ["#/u/u_1-a.b/c/g_1-a.b", ofAna],
  ["#/u/u_1-a.b/c/g_1-a.b/m/123", { ...ofAna, seq: 123 }],
  ["#/u/u_1-a.b/c/g_1-a.b/later", ofAna],
  ["#/u/u_1-a.b/u/other/c/x", { ...inbox, userId: "u_1-a.b" }],
  ["#/u/u_1-a.b/join/c.o-d_e", { ...inbox, userId: "u_1-a.b" }],
  ["#/u/a b", inbox],
  ["#/u/@ana.b_1", { at: "person", handle: "ana.b_1" }],
  ["#/u/@Ana/", { at: "person", handle: "ana" }],
  ["#/u/@a", inbox],
  ["#/start/group", { at: "start", what: "group" }],
  ["#/start/nothing", inbox],
  ["#/u/u_1-a.b/start/chat", { ...inbox, userId: "u_1-a.b" }],
])("%j leads to %j", (hash, page) => {
  expect(parseRoute(hash)).toEqual(page);
});

test("the address of a page leads to that page", () => {
  for (const path of [
    "/",
    "/c/g_1-a.b",
    "/c/g_1-a.b/m/123",
    "/join/c.o-d_e",
    "/u/u1",
    "/u/u1/c/g1",
    "/u/u1/c/g1/m/2",
  ]) {
    const page = pageAt(path);
    expect(page).not.toBeNull();
    if (page !== null) expect([pathOfPage(page), parseRoute(hashOf(page))]).toEqual([path, page]);
  }
  expect(["", "/c", "/c/a/b", "/v2/me", "/c/%41", "//", "/index.html"].map(pageAt)).toEqual(Array(7).fill(null));
});

test("[W38] an address made on a page of an account names that account, a link for others names none, and an invite is nobody's", () => {
  vi.stubGlobal("location", { origin: "https://parley.test", hash: "#/u/u1/c/g_1" });
  expect(hashOf({ at: "inbox" })).toBe("#/u/u1");
  expect(hashOf({ at: "conversation", conversationId: "g_2", seq: 3 })).toBe("#/u/u1/c/g_2/m/3");
  expect(hashOf({ at: "conversation", conversationId: "g_2", userId: "u2" })).toBe("#/u/u2/c/g_2");
  expect(hashOf({ at: "join", code: "code" })).toBe("#/join/code");
  expect(messageLink("g_1", 5)).toBe("https://parley.test/#/c/g_1/m/5");
  expect(inviteLink("code")).toBe("https://parley.test/#/join/code");
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
  ["/u/u1/c/g_1", "", "/#/u/u1/c/g_1"],
  ["/elsewhere", "", "/"],
  ["/c/g_1", "#/c/g_2", "/#/c/g_2"],
])("the address %s%s is shown as %j", (pathname, hash, shown) => {
  let replaced: unknown;
  vi.stubGlobal("location", { pathname, hash });
  vi.stubGlobal("history", { replaceState: (_state: null, _title: string, address: string) => (replaced = address) });
  mendAddress();
  expect(replaced).toBe(shown);
});
