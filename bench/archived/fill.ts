/**
 * Owns the conversations of `history-archived`: real texts (`npm run corpus`), brought by the importer (`npm run import`), and then archived, so that only the
 * newest ones lie in the object. Some messages hold words of their own, which a search looks for.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { archive } from "../../schema/archive-limits.ts";
import type { Session } from "../../schema/http/account/accounts.ts";
import { corpusTexts } from "../../scripts/import/corpus.ts";
import type { Server } from "../../scripts/server/server.ts";
import { ask, HttpPerson } from "../../test/rig/server/http.ts";
import { sendMany } from "../../test/rig/browser/many-messages.ts";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { costBy, readCost } from "../cost/meter.ts";

export const operatorSecret = "the bench brings its own history, and has no secrets";
const password = "a bench has no secrets";
const begin = Date.UTC(2020, 0, 1);
const minuteMs = 60_000;
/** After so long without a put, nothing is sealed any more. */
const restMs = 10_000;
const beginMaxMs = 180_000;

/** Stands in no message. */
export const absentWord = "zexylograph";
/** Each stands in `rareCount` messages, far from each other. Each search takes another one, so that no segment is in a cache. */
export const rareWords = ["axylograph", "bexylograph", "cexylograph", "dexylograph", "exylograph"];
const rareCount = 3;
/** Words that stand in a message of each of fifty segments. Each search takes another one, so that no segment is in a cache. */
export const spreadWords = [
  "aquaquark",
  "bequaquark",
  "cequaquark",
  "dequaquark",
  "equaquark",
  "faquaquark",
  "gequaquark",
];
const spreadMax = 50;

export interface Filled {
  readonly id: string;
  readonly title: string;
  messages: number;
  archived: number;
}

/** What the import and the archive took. `spent`: what the server's meter counted from the first message until nothing was sealed any more. */
export interface Filling {
  readonly messages: number;
  readonly importSeconds: number;
  readonly sealSeconds: number;
  readonly spent: Cost;
}

export const spreadCount = (messages: number): number =>
  Math.min(spreadMax, Math.floor(messages / archive.segmentMessagesMax / 2));

/** Two people who are in both conversations, signed in. */
export async function signIn({ url }: Server): Promise<{ ana: HttpPerson; bo: HttpPerson }> {
  const [ana, bo] = await Promise.all(
    ["ana", "bo"].map(async (name) => {
      const answer = await ask<Session>(url, "POST", "/v1/sessions", { body: { handle: `bench.${name}`, password } });
      if (answer.status >= 300) throw new Error(`sign-in: ${answer.status} ${answer.text}`);
      return new HttpPerson(url, password, answer.body);
    }),
  );
  if (ana === undefined || bo === undefined) throw new Error("nobody signed in");
  return { ana, bo };
}

/** A conversation of so many texts, imported. */
export async function imported(
  server: Server,
  title: string,
  messages: number,
): Promise<{ filled: Filled; seconds: number }> {
  const file = join(server.stateFolder, `${title}.ndjson`);
  await write(file, title, messages);
  const begunAt = performance.now();
  const script = join(import.meta.dirname, "../../scripts/import/import.ts");
  const child = spawn(process.execPath, [script, file, "--source", "bench", "--url", server.url], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, OPERATOR_SECRET: operatorSecret },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2_000)));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`the import ended with ${code}: ${said}`);
  const seconds = (performance.now() - begunAt) / 1_000;
  const { ana } = await signIn(server);
  const { conversations } = await ana.must<{ conversations: { conversationId: string; title: string }[] }>(
    200,
    "GET",
    "/v1/conversations",
  );
  const row = conversations.find((each) => each.title === title);
  if (row === undefined) throw new Error(`${title} is in no inbox`);
  return { filled: { id: row.conversationId, title, messages, archived: 0 }, seconds };
}

/**
 * Waits until nothing more is sealed. The object seals when it holds `highWaterMessages`, and keeps `lowWaterMessages`; so it gets as many messages more as make it seal
 * once again, and holds then little more than that.
 */
export async function archived(server: Server, filled: Filled, before: Cost): Promise<void> {
  const write = async (count: number, puts: number): Promise<void> => {
    const { ana } = await signIn(server);
    await sendMany(ana, filled.id, count, (n) => `one more message of an ordinary length, number ${n}`);
    filled.messages += count;
    if (filled.messages - filled.archived < archive.highWaterMessages) return;
    // A segment and an index for each.
    const written = (await settled(server, puts)).bucketWrites - before.bucketWrites;
    filled.archived = Math.floor(written / 2) * archive.segmentMessagesMax;
  };
  // On a busy machine all may be sealed before the import ends.
  await write(1, before.bucketWrites);
  const more = archive.highWaterMessages + 64 - (filled.messages - filled.archived);
  if (more < archive.highWaterMessages - 2 * archive.lowWaterMessages)
    await write(Math.max(1, more), (await readCost(server)).bucketWrites);
}

/** The meter, once something was put, and then nothing for some time. */
async function settled(server: Server, putsBefore: number): Promise<Cost> {
  const giveUpAt = performance.now() + beginMaxMs;
  for (let last = putsBefore; ; await sleep(restMs)) {
    const cost = await readCost(server);
    if (cost.bucketWrites === last && last > putsBefore) return cost;
    last = cost.bucketWrites;
    if (last === putsBefore && performance.now() > giveUpAt) throw new Error("nothing is sealed");
  }
}

export async function filling(
  server: Server,
  title: string,
  messages: number,
): Promise<{ filled: Filled; filling: Filling }> {
  const before = await readCost(server);
  const { filled, seconds } = await imported(server, title, messages);
  const importedAt = performance.now();
  await archived(server, filled, before);
  const after = await readCost(server);
  return {
    filled,
    filling: {
      messages: filled.messages,
      importSeconds: seconds,
      sealSeconds: (performance.now() - importedAt) / 1_000,
      spent: costBy((name) => after[name] - before[name]),
    },
  };
}

async function write(file: string, title: string, messages: number): Promise<void> {
  const out = createWriteStream(file);
  const put = async (line: object): Promise<void> => {
    if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, "drain");
  };
  const members = ["ana", "bo"];
  for (const id of members)
    await put({ type: "person", id, handle: `bench.${id}`, name: id, createdAt: begin, password });
  await put({ type: "conversation", id: title, kind: "group", title, createdAt: begin, members });
  const texts = [...corpusTexts()];
  const marks = marksOf(messages);
  for (let seq = 1; seq <= messages; seq++) {
    const mark = marks.get(seq);
    const text = texts[(seq * 7) % texts.length] ?? "";
    await put({
      type: "message",
      id: `${title}-${seq}`,
      conversation: title,
      sender: members[seq % 2],
      at: begin + seq * minuteMs,
      text: mark === undefined ? text : `${text} ${mark}`,
    });
  }
  out.end();
  await once(out, "finish");
}

/** Which messages hold a word of their own. */
function marksOf(messages: number): Map<number, string> {
  const marks = new Map<number, string>();
  // The newest tenth may not be archived yet.
  const old = Math.floor(0.88 * messages);
  for (const [place, word] of rareWords.entries())
    for (let n = 0; n < rareCount; n++)
      marks.set(Math.floor(((n + (place + 0.5) / rareWords.length) * old) / rareCount), word);
  const count = spreadCount(messages);
  for (const [place, word] of spreadWords.entries())
    for (let n = 0; n < count; n++) {
      const seq = Math.floor(((n + (place + 0.5) / spreadWords.length) * old) / count);
      marks.set(marks.has(seq) ? seq + 1 : seq, word);
    }
  return marks;
}
