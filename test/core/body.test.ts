import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyDigest, bodyOf, textBody } from "../../core/body.ts";

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

test("[S24] the digest of a text with attachments covers their ids and hashes, in their order", () => {
  const salt = "0123456789abcdef0123456789abcdef";
  const [a, b] = [
    { id: "g_1.a", sha256: sha256("a") },
    { id: "g_1.b", sha256: sha256("b") },
  ] as const;
  expect(bodyDigest(sha256, salt, bodyOf("🦜", [a, b]))).toBe(
    sha256(`${salt}\n🦜\u0000g_1.a:${sha256("a")},g_1.b:${sha256("b")}`),
  );
  expect(bodyDigest(sha256, salt, bodyOf("", [a]))).toBe(sha256(`${salt}\n\u0000g_1.a:${sha256("a")}`));
  // A message without attachments keeps the digest that it always had.
  for (const none of [undefined, []]) expect(bodyOf("hello", none)).toEqual(textBody("hello"));
});

const text = fc.string({ unit: "grapheme" }).map((any) => any.replaceAll("\u0000", ""));
const attachment = fc.record({
  id: fc.stringMatching(/^g_[a-z0-9]{1,6}\.[A-Za-z0-9_-]{1,6}$/),
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
});
const body = fc.record({ text, attachments: fc.array(attachment, { maxLength: 4 }) });

test("[S24] two bodies have one digest only if they are the same text with the same attachments in the same order", () => {
  fc.assert(
    fc.property(body, body, (one, other) => {
      const digest = (of: typeof one): string => bodyDigest(sha256, "salt", bodyOf(of.text, of.attachments));
      expect(digest(one) === digest(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      const turned = { ...one, attachments: one.attachments.toReversed() };
      expect(digest(one) === digest(turned)).toBe(JSON.stringify(one) === JSON.stringify(turned));
    }),
  );
});
