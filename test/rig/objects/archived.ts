/** For tests of the archive: conversations that seal early, the queue's work done at once, and the answers that the same reads would have if nothing were archived. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { archiveMarks } from "../../../objects/conversation/sealing/marks.ts";
import { Manifest } from "../../../objects/conversation/archive/manifest.ts";
import { Journal } from "../../../objects/conversation/messages/journal.ts";
import { Messages } from "../../../objects/conversation/messages/messages.ts";
import { Reads } from "../../../objects/conversation/reads/reads.ts";
import { Store } from "../../../objects/conversation/store.ts";
import { Database } from "../../../objects/shared/platform/database.ts";
import type { Outcome } from "../../../schema/errors.ts";
import type { ChangesPage, ChangesQuery, PageQuery } from "../../../schema/http/conversation/messages.ts";
import type { ConversationId, Rev, Seq, UserId } from "../../../schema/ids.ts";
import { conversationHolds } from "../../../schema/limits.ts";
import { readChain, readChanges, readMessage, readPage } from "../../../workers/archive/reads.ts";
import { consumeArchive } from "../../../workers/queues/archive.ts";

const objectOf = (id: ConversationId) => env.CONVERSATIONS.getByName(id);

/** Lets conversations of this test seal early, in small segments. */
export function lowerMarks(marks: Partial<typeof archiveMarks> = {}): void {
  const before = { ...archiveMarks };
  Object.assign(archiveMarks, {
    highWaterMessages: 60,
    lowWaterMessages: 20,
    segmentMessagesMax: 40,
    changedRowsMax: 5,
    recentRevs: 0,
    sendsHints: false,
    ...marks,
  });
  onTestFinished(() => void Object.assign(archiveMarks, before));
}

/** Does all that is to be done for the archive, and notes first how each message stands. Messages are sealed once the inboxes have them. */
export async function seal(id: ConversationId): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    await noteRows(id);
    await consumeArchive({ conversationId: id }, env);
    const [state] = await sql<{ through: number; head: number }>(
      id,
      "SELECT COALESCE((SELECT seq FROM archive), 0) AS through, (SELECT MAX(seq) FROM messages) AS head",
    );
    const { through, head } = state ?? { through: 0, head: 0 };
    const recorded = Math.floor(head / conversationHolds.sentSegmentMessages) * conversationHolds.sentSegmentMessages;
    const sealable = Math.min(head - archiveMarks.lowWaterMessages, recorded) - through;
    if (head - through < archiveMarks.highWaterMessages || sealable < archiveMarks.segmentMessagesMax) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
    // A conversation that woke asks the inboxes what they have when its alarm goes off.
    if (tries % 20 === 19) await runDurableObjectAlarm(objectOf(id));
  }
  throw new Error("nothing is sealed");
}

export async function sql<R extends Record<string, SqlStorageValue>>(
  id: ConversationId,
  statement: string,
  ...values: SqlStorageValue[]
): Promise<R[]> {
  return await runInDurableObject(objectOf(id), (_object, { storage }) =>
    storage.sql.exec<R>(statement, ...values).toArray(),
  );
}

type ArchiveSize = { through: number; segments: number; objects: number; rows: number };

/** The last archived seq, how many segments and objects in R2 there are, and how many rows of messages the object has. */
export async function archiveOf(id: ConversationId): Promise<ArchiveSize> {
  const [row] = await sql<ArchiveSize>(
    id,
    `SELECT COALESCE((SELECT seq FROM archive), 0) AS through, (SELECT COUNT(*) FROM segments) AS segments,
       (SELECT COUNT(*) FROM segments) + (SELECT COUNT(*) FROM segment_groups) AS objects, (SELECT COUNT(*) FROM messages) AS rows`,
  );
  return row ?? { through: 0, segments: 0, objects: 0, rows: 0 };
}

const noting = `
  CREATE TABLE IF NOT EXISTS test_messages AS SELECT * FROM messages WHERE 0;
  CREATE TABLE IF NOT EXISTS test_texts AS SELECT * FROM texts WHERE 0;
  DELETE FROM test_texts WHERE seq IN (SELECT seq FROM messages);
  DELETE FROM test_messages WHERE seq IN (SELECT seq FROM messages);
  INSERT INTO test_messages SELECT * FROM messages;
  INSERT INTO test_texts SELECT * FROM texts;
`;

/** Keeps a copy of the rows of all messages, as they are now. A row that is gone stays as it was: no message changes without its row. */
export async function noteRows(id: ConversationId): Promise<void> {
  await runInDurableObject(
    objectOf(id),
    (_object, { storage }) => void storage.transactionSync(() => storage.sql.exec(noting)),
  );
}

/** What can be read, as text: of a refusal its code. */
export type Reader = {
  page: (viewer: UserId, query: PageQuery) => Promise<string>;
  message: (viewer: UserId, seq: Seq) => Promise<string>;
  verify: (viewer: UserId, from: Seq, to: Seq) => Promise<string>;
  /** All pages, put together. */
  changes: (viewer: UserId, query: ChangesQuery) => Promise<string>;
};

/** Reads as the gateway does. */
export function readerOf(id: ConversationId): Reader {
  return {
    page: async (viewer, query) => textOf(await readPage(env, id, viewer, query)),
    message: async (viewer, seq) => textOf(await readMessage(env, id, viewer, seq)),
    verify: async (viewer, from, to) => textOf(await readChain(env, id, viewer, { from, to })),
    changes: async (viewer, query) =>
      await allChanges((asked) => readChanges(env, id, viewer, asked), query, await lastMadeBy(id, query.rev)),
  };
}

class Undone extends Error {}

/** Reads of an object in which every message has its row, as the copies say. Each of `asks` is one read. */
export async function readUnarchived(
  id: ConversationId,
  asks: (reader: Reader) => Promise<string>[],
): Promise<string[]> {
  const texts: string[] = [];
  await noteRows(id);
  await runInDurableObject(objectOf(id), async (_object, { storage }) => {
    let waiting: Promise<string>[] = [];
    try {
      storage.transactionSync(() => {
        storage.sql.exec(`
          DELETE FROM messages; INSERT INTO messages SELECT * FROM test_messages;
          DELETE FROM texts; INSERT INTO texts SELECT * FROM test_texts;
          DELETE FROM archive; DELETE FROM segments;
        `);
        const db = new Database(storage);
        const manifest = new Manifest(db);
        const [messages, journal] = [new Messages(db, manifest, { erase: () => undefined }), new Journal(db)];
        const large: ConstructorParameters<typeof Reads>[0]["large"] = {
          shownTo: () => (row) => row,
          reactionsOf: () => undefined,
        };
        const reads = new Reads({ store: new Store(db, manifest), messages, journal, manifest, large });
        const now = (outcome: Outcome<unknown>): Promise<string> => Promise.resolve(textOf(outcome));
        waiting = asks({
          page: (viewer, query) => now(reads.page(viewer, query)),
          message: (viewer, seq) => now(reads.message(viewer, seq)),
          verify: (viewer, from, to) => now(reads.verify(viewer, from, to)),
          changes: (viewer, query) => {
            const pages: ChangesPage[] = [];
            for (let rev = query.rev; ;) {
              const outcome = reads.changes(viewer, { ...query, rev });
              if (!outcome.ok) return Promise.resolve(outcome.refusal.code);
              const page = JSON.parse(textOf(outcome)) as ChangesPage;
              pages.push(page);
              rev = page.rev;
              if (!page.more) return Promise.resolve(together(pages, query, lastNoted(storage, query.rev)));
            }
          },
        });
        throw new Undone();
      });
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
    }
    texts.push(...(await Promise.all(waiting)));
  });
  return texts;
}

function textOf(outcome: Outcome<unknown>): string {
  if (!outcome.ok) return outcome.refusal.code;
  return typeof outcome.value === "string" ? outcome.value : JSON.stringify(outcome.value);
}

async function allChanges(
  ask: (query: ChangesQuery) => Promise<Outcome<string>>,
  query: ChangesQuery,
  lastMade: Seq,
): Promise<string> {
  const pages: ChangesPage[] = [];
  for (let rev = query.rev; ;) {
    const outcome = await ask({ ...query, rev });
    if (!outcome.ok) return outcome.refusal.code;
    const page = JSON.parse(outcome.value) as ChangesPage;
    if (page.rev <= rev && page.more) return `stuck at ${rev}`;
    pages.push(page);
    rev = page.rev;
    if (!page.more) return together(pages, query, lastMade);
  }
}

/** The last message that was made by a rev, as the copies of the rows say. */
function lastNoted(storage: DurableObjectStorage, rev: Rev): Seq {
  const rows = storage.sql.exec<{ seq: number | null }>(
    "SELECT MAX(seq) AS seq FROM test_messages WHERE created_rev <= ?",
    rev,
  );
  return rows.one().seq ?? 0;
}

async function lastMadeBy(id: ConversationId, rev: Rev): Promise<Seq> {
  await noteRows(id);
  return await runInDurableObject(objectOf(id), (_object, { storage }) => lastNoted(storage, rev));
}

/**
 * Pages may be cut at different places: what they say together counts. With `messages: "mutated"` each page leaves out the messages made after the rev that it
 * begins at. So a page that begins later may have a message that was made after the first one's; it does not count. `lastMade`: the last message before.
 */
function together(pages: readonly ChangesPage[], query: ChangesQuery, lastMade: Seq): string {
  const isMeant = ({ seq }: { seq: Seq }): boolean => query.messages !== "mutated" || seq <= lastMade;
  return JSON.stringify({
    messages: pages.flatMap(({ messages }) => messages).filter(isMeant),
    notices: pages.flatMap(({ notices }) => notices),
    missing: pages.flatMap(({ missing = [] }) => missing),
    conversation: pages.findLast(({ conversation }) => conversation !== undefined)?.conversation,
    rev: pages.at(-1)?.rev,
  });
}
