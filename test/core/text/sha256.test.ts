import { createHash, randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { sha256OfShort } from "../../../core/text/sha256.ts";

const reference = (text: string): string => createHash("sha256").update(text).digest("hex");

test("the hash of a short ASCII text is SHA-256, whatever its length within or at the edge of a block, in any order", () => {
  const lengths = Array.from({ length: 504 }, (_, length) => length);
  for (const length of [...lengths, ...lengths.toReversed()]) {
    const text = Array.from({ length }, () => String.fromCharCode(randomInt(128))).join("");
    expect(sha256OfShort(text), JSON.stringify(text)).toBe(reference(text));
  }
});

test("a text that is longer, or not ASCII, is left to the platform, and leaves nothing behind", () => {
  expect(sha256OfShort("a".repeat(504))).toBeUndefined();
  for (const text of ["é", `${"a".repeat(100)}é`, "🦜", "\ud800", `\u0080${"b".repeat(60)}`])
    expect(sha256OfShort(text)).toBeUndefined();
  expect(sha256OfShort("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
