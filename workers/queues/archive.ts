/** Serves the archive queue: asks a conversation for the next piece of work for its archive, and does it, piece by piece. Each piece may be repeated or lost. */
import { encodeSegment, isSameMessage } from "../../core/archive/segment.ts";
import type { StoredMessage } from "../../core/stored-message.ts";
import { archive } from "../../schema/archive-limits.ts";
import type { ConversationId } from "../../schema/ids.ts";
import type { ArchiveDone, ArchiveWork, IndexPlace, SegmentName } from "../../objects/contract/archive.ts";
import {
  digestOf,
  packed,
  readFromBucket,
  type SegmentRead,
  sha256,
  unpacked,
} from "../../objects/shared/archive/segment-store.ts";
import { isMinted } from "../../objects/shared/identity/mint.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import { call, conversationStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { putIndex } from "../archive/put-index.ts";
import { reach } from "../../objects/shared/archive/fault-points.ts";

type Rewrite = Extract<ArchiveWork, { do: "rewrite" }>;

/** False if it is no hint of this queue. If it throws, the platform sends the hint again. */
export async function consumeArchive(hint: unknown, env: Env): Promise<boolean> {
  const { conversationId } = (typeof hint === "object" && hint !== null ? hint : {}) as { conversationId?: unknown };
  if (typeof conversationId !== "string" || !isMinted(env.ID_SECRET, conversationId, "conversation")) return false;
  await serve(env, conversationId as ConversationId);
  return true;
}

async function serve(env: Env, id: ConversationId): Promise<void> {
  let done: ArchiveDone | null = null;
  for (let works = 0; works < archive.worksPerHintMax; works++) {
    const reported: ArchiveDone | null = done;
    const asked = await call("conversation.archive", () => conversationStub(env, id).archive(reported));
    if (!asked.ok) throw new Error(asked.refusal.detail);
    if (asked.value.do === "nothing") return;
    done = await work(env, asked.value);
  }
  // There is more work here. The last piece is reported as done, and the hint goes back into the queue, behind those of other conversations.
  const last: ArchiveDone | null = done;
  await call("conversation.archive", () => conversationStub(env, id).archive(last));
  cost.queueOperations++;
  await env.ARCHIVE_QUEUE.send({ conversationId: id });
}

async function work(env: Env, todo: Exclude<ArchiveWork, { do: "nothing" }>): Promise<ArchiveDone> {
  switch (todo.do) {
    case "seal":
      return await write(env, todo, { hashBefore: todo.hashBefore, messages: todo.messages, replaces: null });
    case "rewrite":
      return await rewrite(env, todo);
    case "delete":
      await reach("archive: before the deletion");
      await env.ARCHIVE.delete(todo.puts.map(({ key }) => key));
      await reach("archive: deleted");
      return { did: "delete", generations: todo.puts.map(({ generation }) => generation) };
  }
}

async function rewrite(env: Env, todo: Rewrite): Promise<ArchiveDone> {
  const { old, generation, replaces, changed } = todo;
  if (todo.hashBefore !== undefined)
    return await write(env, todo, { hashBefore: todo.hashBefore, messages: changed, replaces });
  const read = await readTwice(env, old, todo.isErased === true);
  if (read.ok) {
    const present = new Map(changed.map((message) => [message.seq, message]));
    const { first, last, hashBefore } = read.segment;
    const messages = Array.from(
      { length: last - first + 1 },
      (_, at) => present.get(first + at) ?? read.segment.row(first + at),
    );
    return await write(env, todo, { hashBefore, messages, replaces });
  }
  // The fault was logged. The other segments need not wait for this one.
  if (todo.isErased !== true) return { did: "fail", first: old.first, generation };
  const index = todo.hasWords === true && todo.index !== undefined ? await putIndex(env, todo.index, []) : undefined;
  await reach("archive: before it reports a loss");
  return { did: "lose", first: old.first, generation, replaces, ...(index === undefined ? {} : { index }) };
}

/** What is left of a segment that cannot be read will be deleted, so a single bad answer of R2 does not suffice. */
async function readTwice(env: Env, name: SegmentName, isDeletedElse: boolean): Promise<SegmentRead> {
  const read = await readFromBucket(env, name);
  return read.ok || !isDeletedElse ? read : await readFromBucket(env, name);
}

/** Puts a segment into R2, after it has read the messages back from the segment's bytes and compared them. Then it puts the index of its words. */
async function write(
  env: Env,
  {
    conversationId,
    generation,
    key,
    rev,
    index: place,
  }: { conversationId: ConversationId; generation: number; key: string; rev: number; index?: IndexPlace },
  { hashBefore, messages, replaces }: { hashBefore: string; messages: StoredMessage[]; replaces: number | null },
): Promise<ArchiveDone> {
  const [first, last] = [messages[0], messages.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a segment without messages");
  const bytes = packed(encodeSegment(sha256, conversationId, hashBefore, messages));
  const copy = unpacked(bytes);
  for (const message of messages)
    if (!isSameMessage(copy.row(message.seq), message)) throw new Error("a segment does not say what was written");
  const digest = digestOf(bytes);
  await reach("archive: before the put");
  cost.bucketWrites++;
  await env.ARCHIVE.put(key, bytes, { sha256: digest });
  await reach("archive: after the put");
  cost.bucketReads++;
  const there = await env.ARCHIVE.head(key);
  if (there?.size !== bytes.byteLength) throw new Error("a segment is not there after it was put");
  const index = place === undefined ? undefined : await putIndex(env, place, messages);
  await reach("archive: before it reports");
  return {
    did: "write",
    segment: {
      generation,
      replaces,
      rev,
      digest,
      bytes: bytes.byteLength,
      first: first.seq,
      last: last.seq,
      firstRev: first.createdRev,
      lastRev: last.createdRev,
      firstAt: first.sentAt,
      lastAt: last.sentAt,
      ...(index === undefined ? {} : { index }),
    },
  };
}
