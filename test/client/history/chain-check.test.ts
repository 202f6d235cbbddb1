import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Message } from "../../../client/index.ts";
import { checkChain } from "../../../client/history/chain-check.ts";
import { bodyDigest, bodyOf } from "../../../core/body.ts";
import { attachment, type Attachment } from "../../../schema/wire/attachment.ts";
import { chainHash, hashOfNothing } from "../../../core/chain.ts";
import { modelWith } from "../../rig/client/conversation/conversation-on-screen.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Messages with the hashes that the server gives them, and the range that it answers. */
function chained(count: number, attachments: readonly Attachment[] = []) {
  const messages = new Map<number, Message>();
  let hash = hashOfNothing;
  const items = [...modelWith(count).messages.values()].map((message) => {
    const { seq, senderId, sentAt, text } = message;
    const salt = `salt ${seq}`;
    const content = bodyDigest(sha256, salt, bodyOf(text, attachments));
    hash = chainHash(sha256, hash, { seq, senderId, sentAt, contentHash: content });
    messages.set(seq, { ...message, attachments: [...attachments], hash });
    return { seq, senderId, sentAt, contentHash: content, salt };
  });
  return { messages, range: { from: 1, to: count, startHash: hashOfNothing, items, hash } };
}

test("[S6] a device that has the chain's messages finds that it has, changed ones included", async () => {
  const { messages, range } = chained(5);
  const [second, third] = [messages.get(2), messages.get(3)];
  if (second !== undefined) messages.set(2, { ...second, text: "another", editedAt: 9 });
  if (third !== undefined) messages.set(3, { ...third, text: "", unsentAt: 9 });
  const items = range.items.map((item) => (item.seq === 3 ? { ...item, salt: null } : item));
  const found = await checkChain({ ...range, items }, (seq) => messages.get(seq));
  expect(found).toEqual({ from: 1, to: 5, hash: range.hash, isSound: true, differing: [] });
});

test("another text, sender, time or hash is found, and so is a range that does not add up", async () => {
  const { messages, range } = chained(5);
  const change = (seq: number, by: Partial<Message>) => {
    const message = messages.get(seq);
    if (message !== undefined) messages.set(seq, { ...message, ...by });
  };
  change(1, { text: "forged" });
  change(2, { sentAt: 77 });
  change(4, { hash: "0" });
  const held = (seq: number) => messages.get(seq);
  expect((await checkChain(range, held)).differing).toEqual([1, 2, 4]);
  for (const bad of [
    { ...range, hash: "0".repeat(64) },
    { ...range, items: range.items.slice(1) },
    { ...range, items: range.items.map((item) => (item.seq === 3 ? { ...item, contentHash: "0" } : item)) },
  ])
    expect((await checkChain(bad, () => undefined)).isSound).toBe(false);
});

test("[S24] a device finds that a message has other attachments than were sent, fewer, or in another order", async () => {
  const none = { width: null, height: null, durationMs: null, thumbhash: null, waveform: null, hasPreview: false };
  const file = { kind: "file", name: "a.zip", type: "application/zip", bytes: 1, ...none };
  const [a, b] = ["a", "b"].map((name) => attachment.parse({ ...file, id: `g_1.${name}`, sha256: sha256(name) }));
  if (a === undefined || b === undefined) throw new Error("nothing is attached");
  const { messages, range } = chained(6, [a, b]);
  expect((await checkChain(range, (seq) => messages.get(seq))).differing).toEqual([]);
  const others = [[], [a], [b, a], [a, { ...b, sha256: sha256("x") }], [a, { ...b, name: "c.zip" }]];
  for (const [at, attachments] of others.entries()) {
    const message = messages.get(at + 1);
    if (message !== undefined) messages.set(at + 1, { ...message, attachments });
  }
  // The chain covers ids and bytes, not names.
  expect((await checkChain(range, (seq) => messages.get(seq))).differing).toEqual([1, 2, 3, 4]);
});
