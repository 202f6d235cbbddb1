import { expect, test } from "vitest";
import { linkAnswer, maySettle } from "../../../core/account/links.ts";
import { codeOf, groupedCode, readCode } from "../../../core/account/short-codes.ts";

test("[A25] a code is read however people type it, and only if it is one", () => {
  const code = codeOf(Uint8Array.from({ length: 16 }, (_, n) => n * 37));
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/);
  const typed = [code, groupedCode(code), groupedCode(code).toLowerCase(), ` ${code.split("").join(" ")}\n`];
  for (const each of [...typed, groupedCode(code).replaceAll("-", "\u2013")]) expect(readCode(each, 16)).toBe(code);
  // Letters that look like another one.
  expect(readCode("oOiI lL01", 8)).toBe("00111101");
  for (const each of [
    "",
    code.slice(1),
    `${code}0`,
    `U${code.slice(1)}`,
    `${code.slice(1)}!`,
    `${code.slice(1)}\u00e9`,
  ])
    expect([each, readCode(each, 16)]).toEqual([each, null]);
});

test("[A25] every character of a code is as likely as another", () => {
  const all = codeOf(Uint8Array.from({ length: 256 }, (_, n) => n));
  const counts = new Map<string, number>();
  for (const each of all) counts.set(each, (counts.get(each) ?? 0) + 1);
  expect([...counts.values()]).toEqual(Array.from({ length: 32 }, () => 8));
});

test("[A26] a link waits, is settled once, and is over in time", () => {
  const open = { until: 100, isDeclined: false, approvedBy: null };
  const approved = { ...open, approvedBy: "ana" };
  const declined = { ...open, isDeclined: true };
  expect([open, approved, declined, undefined].map((link) => linkAnswer(link, 99))).toEqual([
    "waiting",
    "approved",
    "declined",
    "unknown",
  ]);
  expect([open, approved, declined].map((link) => linkAnswer(link, 100))).toEqual(["unknown", "unknown", "unknown"]);
  expect([open, approved, declined, undefined].map((link) => maySettle(link, "ana", 99))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(maySettle(approved, "bo", 99)).toBe(false);
  expect(maySettle(open, "ana", 100)).toBe(false);
});
