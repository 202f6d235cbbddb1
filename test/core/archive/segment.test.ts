/** What a segment of the archive gives back: each message exactly as it was put in, with its hashes. */
import { hash as digest } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { encodeSegment, isSameMessage, Segment } from "../../../core/archive/segment.ts";
import { bodyDigest, bodyOf } from "../../../core/body.ts";
import { chainHash, hashOfNothing } from "../../../core/chain.ts";
import { messageOf, type StoredMessage } from "../../../core/stored-message.ts";
import type { AttachmentId, ClientId, ConversationId, UserId } from "../../../schema/ids.ts";
import type { Attachment } from "../../../schema/wire/attachment.ts";
import { seeded } from "../../rig/random.ts";

const sha256 = (text: string): string => digest("sha256", text, "hex");
const id = "g_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" as ConversationId;

function conversation(
  random: () => number,
  first: number,
  count: number,
  withAttachments = false,
): { before: string; messages: StoredMessage[] } {
  const int = (below: number): number => Math.floor(random() * below);
  const people = Array.from({ length: 1 + int(5) }, (_, at) => `u_${at}` as UserId);
  const hex = (length: number): string => Array.from({ length }, () => int(16).toString(16)).join("");
  const before = first === 1 ? hashOfNothing : hex(64);
  let hash = before;
  let rev = first + int(9);
  let sentAt = 1_764_000_000_000;
  const messages = Array.from({ length: count }, (_, at): StoredMessage => {
    const seq = first + at;
    const text =
      random() < 0.05 ? "😀é漢".repeat(int(3_000)) : `line ${seq} ${"wörd ".repeat(int(12))}\n"quoted" \u2028`;
    const salt = hex(32);
    const senderId = people[int(people.length)] ?? ("u_0" as UserId);
    const attachments =
      withAttachments && random() < 0.3 ? Array.from({ length: 1 + int(3) }, () => attached(hex)) : [];
    const contentHash = bodyDigest(sha256, salt, bodyOf(text, attachments));
    rev += 1 + int(3);
    sentAt += int(100_000);
    hash = chainHash(sha256, hash, { seq, senderId, sentAt, contentHash });
    const isUnsent = random() < 0.1;
    const isEdited = random() < 0.1;
    return {
      seq,
      createdRev: rev,
      rev: isUnsent || isEdited ? rev + int(500) : rev,
      senderId,
      clientId: hex(20) as ClientId,
      text: isUnsent ? "" : isEdited ? `${text} edited` : text,
      isCut: false,
      sentAt,
      editedAt: isEdited ? sentAt + 5 : null,
      unsentAt: isUnsent ? sentAt + 9 : null,
      replyTo: random() < 0.2 ? 1 + int(seq) : null,
      mentions: random() < 0.1 ? [people[0] ?? senderId] : [],
      reactions: random() < 0.1 ? [{ emoji: "👍", userIds: people }] : [],
      ...(attachments.length === 0 ? {} : { attachments: isUnsent ? null : attachments }),
      hash,
      contentHash,
      salt: isUnsent ? null : salt,
      mentionsDigest: random() < 0.1 ? hex(64) : null,
    };
  });
  return { before, messages };
}

function attached(hex: (length: number) => string): Attachment {
  const id = `${hex(8)}.${hex(22)}` as AttachmentId;
  const none = { width: null, height: null, durationMs: null, thumbhash: null, waveform: null };
  return {
    id,
    kind: "file",
    name: `${hex(4)}.zip`,
    type: "application/zip",
    bytes: 7,
    sha256: hex(64),
    ...none,
    hasPreview: false,
  };
}

const seeds = [1, 2, 3, Math.floor(Math.random() * 2 ** 31)];
test.each(seeds)("[H1] a segment gives back every field of every message, in any order of asking (seed %i)", (seed) => {
  const random = seeded(seed);
  for (const count of [1, 2, 15, 16, 17, 200]) {
    const { before, messages } = conversation(random, random() < 0.5 ? 1 : 4_000, count);
    const segment = new Segment(sha256, encodeSegment(sha256, id, before, messages));
    expect(segment).toMatchObject({ first: messages[0]?.seq, last: messages.at(-1)?.seq, conversationId: id });
    const shuffled = messages.toSorted(() => random() - 0.5);
    for (const message of shuffled) expect(segment.row(message.seq), `seed ${seed}`).toEqual(message);
    for (const message of messages) {
      expect(segment.text(message.seq)).toBe(message.text);
      expect(segment.revOf(message.seq)).toBe(message.rev);
    }
    expect(() => segment.row(messages.length + 4_000)).toThrow();
  }
});

test("[H1] what is no segment is not read as one", () => {
  const { before, messages } = conversation(seeded(7), 1, 20);
  const json = encodeSegment(sha256, id, before, messages);
  expect(() => new Segment(sha256, json.slice(0, -5))).toThrow();
  expect(() => new Segment(sha256, json.replace('"count":20', '"count":21'))).toThrow();
  expect(() => new Segment(sha256, json.replace('"v":1', '"v":2'))).toThrow();
});

test("[H2] a segment of short messages takes less than 0.3 of their JSON", () => {
  const { before, messages } = conversation(seeded(8), 1, 1_024);
  const raw = JSON.stringify(messages.map((message) => messageOf(id, message, true))).length;
  const packed = deflateRawSync(encodeSegment(sha256, id, before, messages), { level: 9 }).length;
  expect(packed / raw).toBeLessThan(0.3);
});

test("[H4] a field that only some messages of a segment have is no difference where it is absent", () => {
  const { before, messages } = conversation(seeded(7), 1, 20);
  const mixed = messages.map((message) => (message.seq % 3 === 0 ? { ...message, later: message.seq } : message));
  const segment = new Segment(sha256, encodeSegment(sha256, id, before, mixed));
  for (const message of mixed) expect(isSameMessage(segment.row(message.seq), message)).toBe(true);
  const [first, second, third] = mixed;
  if (first === undefined || second === undefined || third === undefined) throw new Error("no messages");
  const other: StoredMessage & { later: number } = { ...third, later: 4 };
  expect(isSameMessage(segment.row(3), other)).toBe(false);
  expect(isSameMessage(first, second)).toBe(false);
});

test.each(seeds)("[S24] a segment gives messages with attachments back, and the same chain (seed %i)", (seed) => {
  const { before, messages } = conversation(seeded(seed), 1, 120, true);
  const json = encodeSegment(sha256, id, before, messages);
  const segment = new Segment(sha256, json);
  for (const message of messages) {
    const row = segment.row(message.seq);
    expect(isSameMessage(row, message), `seed ${seed}`).toBe(true);
    expect(messageOf(id, row, true).attachments).toEqual(message.attachments ?? []);
  }
  // A version of the code that knows no attachments reads the same chain from the same text.
  const form = JSON.parse(json) as { rest: Record<string, unknown> };
  delete form.rest["attachments"];
  const older = new Segment(sha256, JSON.stringify(form));
  expect(older.row(messages.length).hash).toBe(messages.at(-1)?.hash);
});

test("[S24] a segment of texts alone says nothing of attachments", () => {
  const { before, messages } = conversation(seeded(9), 1, 50);
  expect(encodeSegment(sha256, id, before, messages)).not.toContain("attachments");
});
