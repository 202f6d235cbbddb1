/**
 * Owns the scenario `history-archived`: what people do in a conversation 99 % of whose messages lie in the archive, against the same in one of 1,000 messages; searches
 * in it; live traffic beside a search and an export; and what archiving takes of R2 and the queue.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { archive } from "../../schema/archive-limits.ts";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { type Server, spawnServer } from "../../scripts/server/server.ts";
import type { HttpPerson } from "../../test/rig/server/http.ts";
import { readCost } from "../cost/meter.ts";
import { median } from "../report.ts";
import {
  absentWord,
  type Filled,
  type Filling,
  filling,
  imported,
  operatorSecret,
  rareWords,
  signIn,
  spreadCount,
  spreadWords,
} from "./fill.ts";
import { Line } from "./live.ts";

export const archivedBench = { name: "history-archived" } as const;

/** How many messages the archived conversation has, and how long each thing is measured. */
export type ArchivedSpan = "quick" | "usual" | "long";
const spans = {
  quick: { messages: [12_000], rounds: 40, wakes: 2, besideSeconds: 3, besideRounds: 1 },
  usual: { messages: [103_000], rounds: 200, wakes: 6, besideSeconds: 6, besideRounds: 3 },
  long: { messages: [103_000, 1_000_000], rounds: 200, wakes: 6, besideSeconds: 6, besideRounds: 3 },
} as const;

const smallMessages = 1_000;
/** An object sleeps after about ten seconds in which nobody asks. */
const asleepMs = 13_000;

/** Medians in milliseconds, and how many times the first may be of the second. */
export interface Ratio {
  readonly act: string;
  readonly ms: number;
  readonly againstMs: number;
  readonly against: string;
  readonly atMostTimes: number;
}

export interface ArchivedRows {
  readonly messages: number;
  readonly archived: number;
  readonly filling: Filling;
  readonly ratios: Ratio[];
  /** A page around an archived message whose segment nobody has read: milliseconds, and objects read from R2. */
  readonly cold: { ms: number; reads: number };
  /**
   * The first page of a search for a word that few messages hold. `beyond`: segments that were read and do not hold it. `indexes`: what the first search of all read and took,
   * and how many of these indexes the next one read again.
   */
  readonly rare: {
    ms: number;
    segments: number;
    beyond: number;
    timesPerSegment: number;
    indexes: { reads: number; ms: number; again: number };
  };
}

/** `sizes`: in place of those of the span. */
export async function measureArchived(
  span: ArchivedSpan,
  say: (text: string) => void,
  sizes: readonly number[] = [],
): Promise<ArchivedRows[]> {
  const all: ArchivedRows[] = [];
  for (const messages of sizes.length > 0 ? sizes : spans[span].messages) {
    const server = await spawnServer({ env: { PARLEY_COST_METER: "on", OPERATOR_SECRET: operatorSecret } });
    try {
      say(`importing ${messages} messages, and archiving them …`);
      const { filled: small } = await imported(server, "small", smallMessages);
      const { filled: large, filling: filled } = await filling(server, "large", messages);
      all.push(await measure(server, { small, large, filled }, span, say));
    } finally {
      await server.stop();
    }
  }
  return all;
}

type World = { small: Filled; large: Filled; filled: Filling };

async function measure(
  server: Server,
  { small, large, filled }: World,
  span: ArchivedSpan,
  say: (text: string) => void,
): Promise<ArchivedRows> {
  const ratios: Ratio[] = [];
  const note = (ratio: Ratio): void => {
    ratios.push(ratio);
    say(`  ${ratio.act}: ${ratio.ms.toFixed(2)} ms against ${ratio.againstMs.toFixed(2)} ms`);
  };
  const { rounds, wakes, besideSeconds, besideRounds } = spans[span];
  const both = [small, large] as const;
  const compare = async (
    act: string,
    atMostTimes: number,
    times: number,
    of: (conversation: Filled, n: number) => Promise<number>,
  ): Promise<void> => {
    const [inSmall, inLarge]: [number[], number[]] = [[], []];
    for (let n = 0; n < times; n++) {
      // Each is the first one as often as the other.
      for (const conversation of n % 2 === 0 ? both : both.toReversed())
        (conversation === small ? inSmall : inLarge).push(await of(conversation, n));
    }
    note({
      act,
      ms: median(inLarge),
      againstMs: median(inSmall),
      against: `in one of ${smallMessages}`,
      atMostTimes,
    });
  };

  let { ana, bo } = await signIn(server);
  const at = Math.floor(large.messages / 10);
  const before = await readCost(server);
  const coldMs = await timed(() => page(bo, large, `?around=${at}&limit=50`));
  const cold = { ms: coldMs, reads: (await readCost(server)).bucketReads - before.bucketReads };

  await compare("newest page", 1.1, rounds, ({ id }) => timed(() => page(bo, { id }, "?limit=50")));
  await compare("send over HTTP", 1.1, rounds, ({ id }, n) => timed(() => ana.send(id, `message ${n} of the bench`)));
  const revs = new Map(await Promise.all(both.map(async ({ id }) => [id, await revOf(bo, id)] as const)));
  await compare("changes", 1.1, rounds, ({ id }) =>
    timed(() => bo.must(200, "GET", `/v1/conversations/${id}/changes?rev=${(revs.get(id) ?? 0) - 20}`)),
  );
  const lines = new Map<string, Line>();
  for (const { id } of both) lines.set(id, await Line.open(ana, bo, id, "sync"));
  await compare("delivery to a sync socket", 1.1, rounds, async ({ id }) => (await lines.get(id)?.deliver()) ?? 0);
  for (const line of lines.values()) line.close();
  await compare("first page after sleep", 1.1, wakes, async ({ id }) => {
    await sleep(asleepMs);
    return await timed(() => page(bo, { id }, "?limit=50"));
  });

  ({ ana, bo } = await signIn(server));
  const newest = await medianOf(rounds, () => page(bo, large, "?limit=50"));
  const around = await medianOf(rounds, () => page(bo, large, `?around=${at}&limit=50`));
  note({
    act: "page around an old message, cached",
    ms: around,
    againstMs: newest,
    against: "the newest page",
    atMostTimes: 3,
  });
  const rare = await rareSearches(server, bo, large, newest);

  const line = await Line.open(ana, bo, large.id, "live");
  const beside = async (act: string, work: (isOver: () => boolean) => Promise<unknown>): Promise<void> => {
    const [alone, busy]: [number[], number[]] = [[], []];
    for (let n = 0; n < besideRounds; n++) {
      alone.push(median(await line.paced(besideSeconds)));
      busy.push(median(await line.paced(besideSeconds, work)));
    }
    note({
      act: `live delivery beside ${act}`,
      ms: median(busy),
      againstMs: median(alone),
      against: "with nothing beside it",
      atMostTimes: 1.3,
    });
  };
  let searches = 0;
  await beside(`searches that read ${spreadCount(large.messages)} segments, one a second`, async () => {
    const word = spreadWords[searches++ % spreadWords.length] ?? "";
    const restMs = 1_000 - (await timed(() => wholeSearch(bo, large, word)));
    await sleep(Math.max(0, restMs));
  });
  await beside("a running export", (isOver) => exported(bo, large, isOver));
  line.close();
  return { messages: large.messages, archived: large.archived, filling: filled, ratios, cold, rare };
}

/**
 * Medians over the words but the first, by whose search V8 compiles what is hot. Before them a word is searched that stands nowhere: that reads the indexes and no segment.
 * The same search again shows how many indexes the gateway has no room for.
 */
async function rareSearches(
  server: Server,
  by: HttpPerson,
  large: Filled,
  newestMs: number,
): Promise<ArchivedRows["rare"]> {
  let hits: { message: { seq: number } }[] = [];
  const searched = async (word: string): Promise<{ ms: number; reads: number }> => {
    const before = await readCost(server);
    const ms = await timed(async () => {
      hits = (await search(by, large, word, undefined)).hits;
    });
    return { ms, reads: (await readCost(server)).bucketReads - before.bucketReads };
  };
  const first = await searched(absentWord);
  const again = await searched(absentWord);
  const all: { ms: number; segments: number; beyond: number; timesPerSegment: number }[] = [];
  for (const word of rareWords) {
    const { ms, reads } = await searched(word);
    const segments = Math.max(0, reads - again.reads);
    const holding = new Set(hits.map(({ message }) => Math.floor((message.seq - 1) / archive.segmentMessagesMax))).size;
    const timesPerSegment = ms / newestMs / Math.max(1, segments);
    all.push({ ms, segments, beyond: Math.max(0, segments - holding), timesPerSegment });
  }
  const of = (pick: (one: (typeof all)[number]) => number): number => median(all.slice(1).map(pick));
  return {
    ms: of(({ ms }) => ms),
    segments: of(({ segments }) => segments),
    beyond: Math.max(...all.map(({ beyond }) => beyond)),
    timesPerSegment: of(({ timesPerSegment }) => timesPerSegment),
    indexes: { reads: first.reads, ms: first.ms, again: again.reads },
  };
}

type Found = { hits: { message: { seq: number } }[]; cursor: string | null };

function search(by: HttpPerson, { id }: Filled, q: string, cursor: string | null | undefined): Promise<Found> {
  const query = new URLSearchParams({ q, conversationId: id, limit: "50", ...(cursor == null ? {} : { cursor }) });
  return by.must<Found>(200, "GET", `/v1/search?${query.toString()}`);
}

async function wholeSearch(by: HttpPerson, large: Filled, q: string): Promise<void> {
  let cursor: string | null = null;
  do ({ cursor } = await search(by, large, q, cursor));
  while (cursor !== null);
}

async function exported({ base, token }: HttpPerson, { id }: Filled, isOver: () => boolean): Promise<void> {
  const answer = await fetch(`${base}/v1/conversations/${id}/export`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok || answer.body === null) throw new Error(`export: ${answer.status} ${await answer.text()}`);
  const reader = answer.body.getReader();
  while (!isOver() && !(await reader.read()).done);
  await reader.cancel();
}

function page(by: HttpPerson, { id }: Pick<Filled, "id">, query: string): Promise<unknown> {
  return by.must(200, "GET", `/v1/conversations/${id}/messages${query}`);
}

async function revOf(by: HttpPerson, id: string): Promise<number> {
  const { head } = await by.must<{ head: { rev: number } }>(200, "GET", `/v1/conversations/${id}/messages?limit=1`);
  return head.rev;
}

async function medianOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let n = 0; n < times; n++) all.push(await timed(work));
  return median(all);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** What archiving takes of R2 and the queue, in operations per 1,000 messages. */
export function operationsOf({
  spent,
  messages,
}: Filling): Pick<Cost, "bucketWrites" | "bucketReads" | "queueOperations"> {
  const per = (count: number): number => (1_000 * count) / messages;
  return {
    bucketWrites: per(spent.bucketWrites),
    bucketReads: per(spent.bucketReads),
    queueOperations: per(spent.queueOperations),
  };
}
