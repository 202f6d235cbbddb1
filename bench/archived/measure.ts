/** Owns the scenario `history-archived`: what people do in a conversation most of whose messages lie in the archive, against the same in one of 1,000 messages. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { archive } from "../../schema/archive-limits.ts";
import type { Cost } from "../../objects/shared/meters/meter.ts";
import { type Server, spawnServer } from "../../scripts/server/server.ts";
import { type HttpPerson, signUp } from "../../test/rig/server/http.ts";
import { sendMany } from "../../test/rig/browser/many-messages.ts";

export const archivedBench = { name: "history-archived" } as const;

const smallMessages = 1_000;
const archivedWaitMs = 120_000;

type Act = "newest page" | "send" | "changes" | "around the first tenth";
/** Medians in milliseconds, in the small conversation and in the archived one. `around`: once its segment was read. */
export type ArchivedRow = { act: Act; smallMs: number; archivedMs: number; atMostTimes: number };
export type ArchivedRows = { messages: number; archived: number; rows: ArchivedRow[]; coldMs: number };

export async function measureArchived(isQuick: boolean): Promise<ArchivedRows> {
  const messages = isQuick ? 12_000 : 100_000;
  const server = await spawnServer({ env: { PARLEY_COST_METER: "on" } });
  try {
    const [ana, bo, cy] = [await signUp(server.url), await signUp(server.url), await signUp(server.url)];
    const [small, large] = [await ana.dm(bo), await ana.dm(cy)];
    await sendMany(ana, small, smallMessages);
    await sendMany(ana, large, messages);
    const archived = await archivedOf(server, messages);
    const reader = { small: bo, large: cy };
    const at = Math.floor(messages / 10);
    const coldMs = await timed(() => page(cy, large, `?around=${at}&limit=50`));
    const rounds = isQuick ? 50 : 300;
    const rows: ArchivedRow[] = [];
    const compare = async (
      act: Act,
      atMostTimes: number,
      of: (who: HttpPerson, id: string, n: number) => Promise<unknown>,
      ofLarge = of,
    ) => {
      const [inSmall, inLarge]: [number[], number[]] = [[], []];
      for (let n = 0; n < rounds; n++) {
        inSmall.push(await timed(() => of(reader.small, small, n)));
        inLarge.push(await timed(() => ofLarge(reader.large, large, n)));
      }
      rows.push({ act, smallMs: medianOf(inSmall), archivedMs: medianOf(inLarge), atMostTimes });
    };
    const newest = (who: HttpPerson, id: string) => page(who, id, "?limit=50");
    await compare("newest page", 1.1, newest);
    await compare("send", 1.1, (who, id, n) => who.send(id, `message ${n} of the bench`));
    await compare("changes", 1.1, async (who, id) => {
      const { head } = await who.must<{ head: { rev: number } }>(
        200,
        "GET",
        `/v1/conversations/${id}/messages?limit=1`,
      );
      await who.must(200, "GET", `/v1/conversations/${id}/changes?rev=${head.rev - 20}`);
    });
    await compare("around the first tenth", 3, newest, (who, id) => page(who, id, `?around=${at}&limit=50`));
    return { messages, archived, rows, coldMs };
  } finally {
    await server.stop();
  }
}

export function archivedTableOf({ messages, archived, rows, coldMs }: ArchivedRows): string {
  const lines = rows.map(({ act, smallMs, archivedMs, atMostTimes }) => {
    const times = archivedMs / smallMs;
    const verdict = times <= atMostTimes ? "" : " MISSED";
    return `  ${act}: ${archivedMs.toFixed(2)} ms against ${smallMs.toFixed(2)} ms: ${times.toFixed(2)} × (at most ${atMostTimes} ×)${verdict}`;
  });
  return [
    `history-archived: ${messages} messages, ${archived} of them archived, against ${smallMessages}; medians over HTTP`,
    ...lines,
    `  a page in a segment that nobody has read: ${coldMs.toFixed(1)} ms`,
  ].join("\n");
}

function page(who: HttpPerson, id: string, query: string): Promise<unknown> {
  return who.must(200, "GET", `/v1/conversations/${id}/messages${query}`);
}

/** Waits until nothing more is archived; answers how many messages are. */
async function archivedOf(server: Server, messages: number): Promise<number> {
  const due = Math.floor((messages - archive.lowWaterMessages - 256) / archive.segmentMessagesMax);
  const least = Math.max(1, due - Math.ceil(archive.highWaterMessages / archive.segmentMessagesMax));
  const giveUpAt = performance.now() + archivedWaitMs;
  let puts = 0;
  for (let before = -1; puts < least || puts !== before; await sleep(12_000)) {
    if (performance.now() > giveUpAt) throw new Error(`only ${puts} segments were written`);
    before = puts;
    const cost = (await (await fetch(`${server.url}/v1/cost`)).json()) as Cost;
    puts = cost.bucketWrites;
  }
  return puts * archive.segmentMessagesMax;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
