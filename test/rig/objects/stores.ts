/** Everything that is stored anywhere, as text, for tests that search it for what must not be stored. */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inflateRawSync } from "node:zlib";
import { openedIndex } from "../../../objects/shared/archive/index-store.ts";
import { isEmptied } from "./gathered/emptied.ts";
import type { ConversationId } from "../../../schema/ids.ts";

/** The rows of all tables of all objects and of the directory, each line with where it stands. */
export async function storedEverywhere(): Promise<string> {
  const found: string[] = [];
  const read = (kind: string, { sql }: DurableObjectStorage): void => {
    const statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'";
    for (const { name } of sql.exec<{ name: string }>(statement).toArray())
      for (const row of sql.exec(`SELECT * FROM "${name}"`)) found.push(`${kind} ${name} ${textOf(row)}`);
  };
  for (const id of (await listDurableObjectIds(env.USERS)).filter((each) => !isEmptied(each)))
    await runInDurableObject(env.USERS.get(id), (_, { storage }) => read("USERS", storage));
  for (const id of (await listDurableObjectIds(env.CONVERSATIONS)).filter((each) => !isEmptied(each)))
    await runInDurableObject(env.CONVERSATIONS.get(id), (_, { storage }) => read("CONVERSATIONS", storage));
  for (const shard of [0, 1] as const) {
    const database = env[`DIRECTORY_${shard}`];
    if (database === undefined) continue;
    for (const table of ["handles", "profiles", "profile_words"]) {
      const { results } = await database.prepare(`SELECT * FROM ${table}`).all();
      for (const row of results) found.push(`D1 ${table} ${JSON.stringify(row)}`);
    }
  }
  return found.join("\n");
}

function textOf(row: Record<string, SqlStorageValue>): string {
  return JSON.stringify(row, (_, value: unknown) =>
    value instanceof ArrayBuffer ? Buffer.from(value).toString("latin1") : value,
  );
}

/** Everything that lies in R2, or what is there of one conversation, as text, each object a line with its key: of an index its tokens, of what cannot be unpacked the bytes. */
export async function storedInBucket(id?: ConversationId): Promise<string> {
  const found: string[] = [];
  const { objects } = await env.ARCHIVE.list(id === undefined ? {} : { prefix: `archive/${id}/` });
  for (const { key } of objects) {
    const object = await env.ARCHIVE.get(key);
    if (object !== null) found.push(`${key} ${textIn(key, new Uint8Array(await object.arrayBuffer()))}`);
  }
  return found.join("\n");
}

function textIn(key: string, bytes: Uint8Array<ArrayBuffer>): string {
  if (key.includes("/words-")) return tokensIn(bytes) ?? tokensIn(bytes.slice(0, -1)) ?? latin(bytes);
  try {
    return inflateRawSync(bytes).toString("utf8");
  } catch {
    return latin(bytes);
  }
}

/** Tests damage an index by one byte more, behind it; its tokens are there all the same. */
function tokensIn(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    return [...openedIndex(bytes).entries()].map(({ token }) => token).join(" ");
  } catch {
    return undefined;
  }
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
