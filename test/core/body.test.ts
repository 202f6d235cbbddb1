import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bodyDigest, textBody } from "../../core/body.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("the digest of a text is what clients compute by the protocol, for ever", () => {
  const salt = "0123456789abcdef0123456789abcdef";
  expect(bodyDigest(sha256, salt, textBody("🦜 hello"))).toBe(sha256(`${salt}\n🦜 hello`));
  expect(bodyDigest(sha256, salt, textBody("a"))).toBe(
    "755d7cc3db68b3d0d9995468b33bbd73b79c4bb7e705db9f2a1e52ee35d6ca8b",
  );
});

test("another text or another salt has another digest", () => {
  const digests = ["s", "t"].flatMap((salt) => ["a", "b"].map((text) => bodyDigest(sha256, salt, textBody(text))));
  expect(new Set(digests).size).toBe(4);
});
