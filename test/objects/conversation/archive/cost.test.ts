/** What the archive costs: bytes that stay in the object, bytes in R2, rows, reads. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, onTestFinished, test, vi } from "vitest";
import { archiveMarks } from "../../../../objects/conversation/sealing/marks.ts";
import { cost } from "../../../../objects/shared/platform/meter.ts";
import { conversationStub } from "../../../../objects/shared/platform/calls.ts";
import type { MessagesPage } from "../../../../schema/http/conversation/messages.ts";
import type { ConversationId } from "../../../../schema/ids.ts";
import { consumeArchive } from "../../../../workers/queues/archive.ts";
import { forgetSegments } from "../../../../workers/archive/read-segment.ts";
import { archiveOf, readerOf } from "../../../rig/objects/archived.ts";
import { foundDm, sendCommand, somebody, submit, type TestPerson } from "../../../rig/objects/people.ts";
import { seeded } from "../../../rig/random.ts";

const words = [
  "the",
  "and",
  "you",
  "that",
  "was",
  "for",
  "are",
  "with",
  "his",
  "they",
  "have",
  "this",
  "from",
  "one",
  "had",
  "word",
  "but",
  "not",
  "what",
  "all",
  "were",
  "when",
  "your",
  "can",
  "said",
  "there",
  "use",
  "each",
  "which",
  "she",
  "how",
  "their",
  "will",
  "other",
  "about",
  "out",
  "many",
  "then",
  "them",
  "these",
  "some",
  "her",
  "would",
  "make",
  "like",
  "him",
  "into",
  "time",
  "has",
  "look",
  "two",
  "more",
  "write",
  "see",
  "number",
  "way",
  "could",
  "people",
];

async function fill(id: ConversationId, people: readonly TestPerson[], count: number): Promise<void> {
  const random = seeded(5);
  for (let sent = 0; sent < count; sent += 256) {
    const by = people[(sent / 256) % people.length];
    const commands = Array.from({ length: Math.min(256, count - sent) }, () => {
      const text = Array.from(
        { length: 3 + Math.floor(random() * 24) },
        () => words[Math.floor(random() * words.length)],
      ).join(" ");
      return sendCommand(text, crypto.randomUUID());
    });
    if (by !== undefined) await conversationStub(env, id).submit(by.actor, commands);
  }
}

const sizeOf = (id: ConversationId): Promise<number> =>
  runInDurableObject(env.CONVERSATIONS.getByName(id), (_object, { storage }) => storage.sql.databaseSize);

test(
  "[H2] [H8] of 22,000 archived messages at most 48 bytes each stay in the object and 0.35 of their JSON lie in R2; archiving them wrote at most 0.4 rows a message, and one read finds any of them",
  { timeout: 120_000 },
  async () => {
    archiveMarks.sendsHints = false;
    onTestFinished(() => void (archiveMarks.sendsHints = true));
    const [ana, bo, cy] = [somebody("ana"), somebody("bo"), somebody("cy")];
    const [small, id] = [await foundDm(ana, cy), await foundDm(ana, bo)];
    await fill(small, [ana, cy], 1_280);
    let rows = 0;
    const archived = async (): Promise<void> => {
      // A statement of a send whose memory is not collected yet would keep the old table, and its rows would be deleted one by one.
      await evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
      await vi.waitFor(
        async () => {
          const before = { ...cost };
          await consumeArchive({ conversationId: id }, env);
          rows += cost.rowsWritten - before.rowsWritten;
          expect((await archiveOf(id)).rows).toBeLessThan(archiveMarks.highWaterMessages);
        },
        { timeout: 30_000, interval: 50 },
      );
    };
    await fill(id, [ana, bo], 11_520);
    await archived();
    await fill(id, [ana, bo], 11_520);
    await archived();
    // A statement whose memory is not collected yet may have kept the old table. It goes at the latest when the object wakes.
    await evictDurableObject(env.CONVERSATIONS.getByName(id)).catch(() => undefined);
    await readerOf(id).page(bo.userId, { limit: 1 });
    const { through, rows: held } = await archiveOf(id);
    expect(through).toBe(21_504);
    expect(held).toBe(23_040 - through);
    expect(rows / through).toBeLessThan(0.4);

    const left = (await sizeOf(id)) - ((await sizeOf(small)) * held) / 1_280;
    // Segments and the index of their words.
    const { objects } = await env.ARCHIVE.list({ prefix: `archive/${id}/` });
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    const page = JSON.parse(await readerOf(id).page(bo.userId, { limit: 100, after: 5_000 })) as MessagesPage;
    const raw = page.messages.reduce((sum, message) => sum + JSON.stringify(message).length, 0) / page.messages.length;
    expect(left / through).toBeLessThan(48);
    expect(bytes / through / raw).toBeLessThan(0.35);

    forgetSegments();
    const reads = cost.bucketReads;
    await readerOf(id).page(bo.userId, { limit: 50, around: 3_333 });
    expect(cost.bucketReads - reads).toBeLessThanOrEqual(1);
    await readerOf(id).message(bo.userId, 9_000);
    await readerOf(id).page(bo.userId, { limit: 50 });
    expect(cost.bucketReads - reads).toBeLessThanOrEqual(2);
    // A change of an old message is a row and a half more than of a new one.
    const before = { ...cost };
    await submit(id, bo, { do: "react", seq: 77, emoji: "👍", isOn: true });
    expect(cost.bucketReads - before.bucketReads).toBe(1);
  },
);
