/**
 * Owns the scenario `large-live`: a group of ten thousand of whom two thousand sockets look, held by the conversation and its relays, against one bare room with as many
 * sockets. How many deliveries a second; how long the last socket of all waits for a message; and how long where everybody slept before.
 */
import { spawnServer } from "../../scripts/server/server.ts";
import { type HttpPerson, signUp } from "../../test/rig/server/http.ts";
import { importPeople, operatorSecret } from "../../test/rig/server/imported-people.ts";
import type { Session } from "../../schema/http/accounts.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import type { JobSocket, Result, SocketJob } from "../load/job.ts";
import type { LoadProcess } from "../load/process.ts";
import { median } from "../report.ts";
import { startBare } from "../servers.ts";

export const largeLiveBench = { name: "large-live" } as const;

const socketsPerDevice = 5;
const senders = 20;
const peoplePerCall = 1_000;
const signUpsAtOnce = 4;
/** A message each so often finds the objects asleep. */
const asleepMs = 15_000;
const messagesPerSecond = 5;
/** A job opens its sockets within this time. */
const tokenSpareMs = 300_000;

/** The targets: ratios in one run. */
const wanted = { deliveriesTimes: 0.8, lastTimes: 2 };

type Rates = { perSecond: number; firstMs: number; lastMs: number; wokenMs: number };

export type LargeLiveRows = {
  members: number;
  sockets: number;
  /** Live sockets that one object holds. */
  perObject: number;
  parley: Rates;
  bare: Rates;
};

type Sizes = { members: number; readers: number; perObject: number; runs: number; measureMs: number; wakes: number };

export async function measureLargeLive(load: LoadProcess, isQuick: boolean): Promise<LargeLiveRows> {
  const sizes: Sizes = isQuick
    ? { members: 1_000, readers: 40, perObject: 80, runs: 1, measureMs: 3_000, wakes: 1 }
    : { members: 10_000, readers: 400, perObject: 1_000, runs: 3, measureMs: 5_000, wakes: 3 };
  const parley = await spawnServer({
    env: {
      PARLEY_RATE_LIMITS: "off",
      OPERATOR_SECRET: operatorSecret,
      ...(isQuick ? { PARLEY_RELAY_SOCKETS: String(sizes.perObject) } : {}),
    },
  });
  const bare = await startBare();
  try {
    const readers = await signedUp(parley.url, sizes.readers);
    const id = await grow(parley.url, readers, sizes.members);
    const sockets = readers.length * socketsPerDevice;
    const ofParley = (pace: SocketJob["pace"], measureMs: number): SocketJob => ({
      ...jobOf(parley.port, pace, measureMs, [parley.runtimePid()]),
      readyText: '"type":"hello"',
      ackText: '"ref":"',
      saysSeen: true,
      receivers: sockets,
      sockets: socketsOf(sockets, id, `/v1/conversations/${id}/live`, (socket) => ({
        Authorization: `Bearer ${readers[socket % readers.length]?.token}`,
        "Sec-WebSocket-Protocol": "parley.v1",
      })),
    });
    const ofBare = (pace: SocketJob["pace"], measureMs: number): SocketJob => ({
      ...jobOf(bare.port, pace, measureMs, bare.pids()),
      ackText: '"ref":"',
      saysSeen: false,
      receivers: sockets,
      sockets: socketsOf(sockets, id, "/group-commit-room/large", () => ({})),
    });
    const rates = { parley: [] as Rates[], bare: [] as Rates[] };
    for (let run = 0; run < sizes.runs; run++) {
      rates.parley.push(await ratesOf(load, ofParley, sizes, () => freshen(readers)));
      rates.bare.push(await ratesOf(load, ofBare, sizes, () => Promise.resolve()));
    }
    return {
      members: sizes.members,
      sockets,
      perObject: sizes.perObject,
      parley: medianOf(rates.parley),
      bare: medianOf(rates.bare),
    };
  } finally {
    await Promise.all([parley.stop(), bare.stop()]);
  }
}

export function largeLiveTableOf({ members, sockets, perObject, parley, bare }: LargeLiveRows): string {
  const met = (isMet: boolean): string => (isMet ? "met" : "MISSED");
  const ratio = parley.perSecond / bare.perSecond;
  const spread = parley.lastMs / parley.firstMs;
  const last = parley.lastMs / bare.lastMs;
  const line = (name: string, rates: Rates): string =>
    `  ${name.padEnd(18)} ${Math.round(rates.perSecond)} deliveries/s; at ${messagesPerSecond} messages/s the first socket has a message after ${rates.firstMs.toFixed(1)} ms, the last after ${rates.lastMs.toFixed(1)} ms; the last after a sleep ${rates.wokenMs.toFixed(1)} ms`;
  return [
    `large-live: a group of ${members} with ${sockets} live sockets, up to ${perObject} at each object`,
    line("parley", parley),
    line("group-commit-room", bare),
    `  deliveries per second ÷ bare: ${ratio.toFixed(2)} (wanted ≥ ${wanted.deliveriesTimes}: ${met(ratio >= wanted.deliveriesTimes)})`,
    `  the last socket ÷ the first one: ${spread.toFixed(2)} × (wanted ≤ ${wanted.lastTimes} ×: ${met(spread <= wanted.lastTimes)}); of the bare room ${(bare.lastMs / bare.firstMs).toFixed(2)} ×; the last one ÷ the bare room's: ${last.toFixed(2)} ×`,
    "",
  ].join("\n");
}

async function ratesOf(
  load: LoadProcess,
  job: (pace: SocketJob["pace"], measureMs: number) => SocketJob,
  { measureMs, wakes }: Sizes,
  ready: () => Promise<void>,
): Promise<Rates> {
  const run = async (pace: SocketJob["pace"], ms: number): Promise<Result> => {
    await ready();
    return checked(await load.run(job(pace, ms)));
  };
  const busy = await run({ outstandingPerSender: 2 }, measureMs);
  const calm = await run({ perSecond: messagesPerSecond }, 2 * measureMs);
  const woken = await run({ perSecond: 1_000 / asleepMs }, asleepMs * (wakes + 1) - 1_000);
  return {
    perSecond: busy.deliveries / busy.seconds,
    firstMs: calm.firstMs.p50,
    lastMs: calm.lastMs.p50,
    wokenMs: woken.lastMs.p50,
  };
}

function checked(result: Result): Result {
  if (result.errors > 0 || result.lost > 0)
    throw new Error(`${result.lost} messages lost, ${result.errors} faults: ${result.firstError}`);
  return result;
}

function medianOf(runs: readonly Rates[]): Rates {
  const of = (pick: (rates: Rates) => number): number => median(runs.map(pick));
  return {
    perSecond: of(({ perSecond }) => perSecond),
    firstMs: of(({ firstMs }) => firstMs),
    lastMs: of(({ lastMs }) => lastMs),
    wokenMs: of(({ wokenMs }) => wokenMs),
  };
}

function jobOf(
  port: number,
  pace: SocketJob["pace"],
  measureMs: number,
  serverPids: readonly number[],
): Pick<SocketJob, "kind" | "port" | "pace" | "warmUpMs" | "measureMs" | "serverPids"> {
  return { kind: "sockets", port, pace, warmUpMs: 1_000, measureMs, serverPids };
}

/** The senders are spread over all sockets, and so over all objects that hold them. */
function socketsOf(
  count: number,
  sendsTo: string,
  path: string,
  headersOf: (socket: number) => Record<string, string>,
): JobSocket[] {
  const every = Math.floor(count / senders);
  return Array.from({ length: count }, (_, n) => ({
    path,
    headers: headersOf(n),
    ...(n % every === 0 && n / every < senders ? { sendsTo } : {}),
  }));
}

async function signedUp(url: string, count: number): Promise<HttpPerson[]> {
  const people: HttpPerson[] = [];
  await inParallel(
    Array.from({ length: count }, (_, n) => n),
    signUpsAtOnce,
    async (n) => void people.push(await signUp(url, `r${n}`)),
  );
  return people;
}

/** Nobody's access token ends while a job opens its sockets. */
async function freshen(readers: readonly HttpPerson[]): Promise<void> {
  await inParallel(readers, signUpsAtOnce, async (reader) => {
    const { accessTokenExpiresAt, refreshToken } = reader.session;
    if (accessTokenExpiresAt - Date.now() > tokenSpareMs) return;
    const { status, body } = await reader.ask<Session>("POST", "/v1/sessions/refresh", { refreshToken });
    if (status !== 200) throw new Error(`refresh: ${status}`);
    reader.session = body;
  });
}

async function grow(url: string, readers: readonly HttpPerson[], members: number): Promise<string> {
  const [owner, ...others] = readers;
  if (owner === undefined) throw new Error("nobody signed up");
  const { id } = await owner.must<{ id: string }>(201, "POST", "/v1/conversations", {
    title: "Large",
    memberIds: [],
    mode: "large",
  });
  const crowd = (await importPeople(url, "crowd", members - readers.length)).map(({ userId }) => userId);
  const all = [...others.map((reader) => reader.id), ...crowd];
  for (let from = 0; from < all.length; from += peoplePerCall)
    await owner.must(200, "POST", `/v1/conversations/${id}/members`, {
      userIds: all.slice(from, from + peoplePerCall),
    });
  return id;
}
