/** For tests of pages: ways to fill a conversation and to read it. The size of each page is checked. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Buffer } from "node:buffer";
import { expect } from "vitest";
import { conversationStub } from "../../../objects/shared/platform/calls.ts";
import type { ConversationId, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { ChangesPage, MessagesPage } from "../../../schema/http/conversation/messages.ts";
import { sendCommand, type TestPerson } from "./people.ts";
import { readChanges, readPage } from "../../../workers/archive/reads.ts";

export const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);
export const pageQuery = { limit: 50, before: undefined, after: undefined, around: undefined };

export async function pageText(id: ConversationId, by: TestPerson, query: object = {}): Promise<string> {
  const answer = await readPage(env, id, by.userId, { ...pageQuery, ...query });
  if (!answer.ok) throw new Error(answer.refusal.code);
  return answer.value;
}

export async function pageOf(id: ConversationId, by: TestPerson, query: object = {}): Promise<MessagesPage> {
  const text = await pageText(id, by, query);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(batches.pageBytesMax + 1_024);
  return JSON.parse(text) as MessagesPage;
}

export async function changesOf(
  id: ConversationId,
  by: TestPerson,
  rev: number,
  query: object = {},
): Promise<ChangesPage> {
  const answer = await readChanges(env, id, by.userId, { rev, limit: 500, ...query });
  if (!answer.ok) throw new Error(answer.refusal.code);
  expect(Buffer.byteLength(answer.value)).toBeLessThanOrEqual(batches.pageBytesMax + 1_024);
  return JSON.parse(answer.value) as ChangesPage;
}

export async function exec(id: ConversationId, sql: string, ...values: (string | number)[]): Promise<void> {
  await runInDurableObject(objectOf(id), (_object, state) => {
    state.storage.sql.exec(sql, ...values);
  });
}

/** Writes so many changes of the title behind the newest message. */
export async function flipTitle(id: ConversationId, by: UserId, times: number): Promise<void> {
  await exec(
    id,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1),
       head AS (SELECT MAX(rev) AS rev FROM (SELECT MAX(created_rev) AS rev FROM messages UNION ALL SELECT MAX(rev) FROM changes)),
       place AS (SELECT COALESCE(MAX(seq), 0) AS seq FROM messages)
     INSERT INTO changes (rev, at, seq, notice)
     SELECT head.rev + i, 1, NULL, json_object('conversationId', ?2, 'rev', head.rev + i, 'afterSeq', place.seq, 'at', 1, 'by', ?3, 'kind', 'title_changed', 'title', 'title ' || i)
     FROM n, head, place`,
    times,
    id,
    by,
  );
  await evictDurableObject(objectOf(id));
}

/** Makes the JSON of messages large, as if many members had reacted to them. */
export async function reactMuch(id: ConversationId, seqs: { from: number; to: number }, bytes: number): Promise<void> {
  const ids = Array.from({ length: Math.ceil(bytes / 40) }, (_, i) => `u_${String(i).padStart(34, "0")}`);
  await exec(
    id,
    "UPDATE messages SET reactions = ? WHERE seq BETWEEN ? AND ?",
    JSON.stringify([{ emoji: "👍", userIds: ids }]),
    seqs.from,
    seqs.to,
  );
}

export async function sendMany(id: ConversationId, by: TestPerson, texts: readonly string[]): Promise<void> {
  for (let from = 0; from < texts.length; from += 50) {
    const commands = texts.slice(from, from + 50).map((text) => sendCommand(text, crypto.randomUUID()));
    const answers = await conversationStub(env, id).submit(by.actor, commands);
    expect(answers.every((answer) => answer.ok)).toBe(true);
  }
}

export const seqsOf = (page: MessagesPage): number[] => page.messages.map((message) => message.seq);
