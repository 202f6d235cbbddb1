/**
 * Owns the scenario `large-live`: a group of ten thousand of whom two thousand sockets look, held by the conversation and its relays, against one bare room with as many
 * sockets. How many deliveries a second; how long the last socket of all waits for a message; and how long where everybody slept before. It takes about six minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { spawnServer } from "../../scripts/server/server.ts";
import { type HttpPerson, signUp } from "../../test/rig/server/http.ts";
import type { Session } from "../../schema/http/account/accounts.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import type { JobSocket, Result, SocketJob } from "../load/job.ts";
import type { LoadProcess } from "../load/process.ts";
import { median } from "../report.ts";
import { startBare } from "../servers.ts";
import { fillCrowd } from "./crowd.ts";

export const largeLiveBench = { name: "large-live" } as const;

const socketsPerDevice = 5;
const senders = 20;
const signUpsAtOnce = 4;
/** A message each so often finds the objects asleep. */
const asleepMs = 15_000;
const messagesPerSecond = 5;
/** So long one server is left alone before the other is measured. */
const restMs = 1_500;
/** A job opens its sockets within this time. */
const tokenSpareMs = 300_000;

/** The targets: ratios in one run. */
const wanted = { deliveriesTimes: 0.8, lastTimes: 2 };

/** `perFrame`: messages in a frame, on average. */
/** `quickestMs`, `slowestMs`: the medians of the socket that is served best, and of the one that is served worst. */
type Rates = {
  perSecond: number;
  perFrame: number;
  firstMs: number;
  lastMs: number;
  quickestMs: number;
  slowestMs: number;
};

export type LargeLiveRows = {
  members: number;
  sockets: number;
  /** Live sockets that one object holds. */
  perObject: number;
  parley: Rates;
  bare: Rates;
  /** Of the last socket, where everybody slept. */
  wokenMs: { parley: number; bare: number };
};

type Sizes = { members: number; readers: number; perObject: number; runs: number; measureMs: number; wakes: number };

export async function measureLargeLive(load: LoadProcess, isQuick: boolean): Promise<LargeLiveRows> {
  const sizes: Sizes = isQuick
    ? { members: 1_000, readers: 40, perObject: 80, runs: 1, measureMs: 3_000, wakes: 1 }
    : { members: 10_000, readers: 400, perObject: 1_000, runs: 3, measureMs: 4_000, wakes: 2 };
  const parley = await spawnServer({
    env: {
      PARLEY_RATE_LIMITS: "off",
      ...(isQuick ? { PARLEY_RELAY_SOCKETS: String(sizes.perObject) } : {}),
    },
  });
  const bare = await startBare();
  try {
    const readers = await signedUp(parley.url, sizes.readers);
    const id = await groupOf(readers);
    // The crowd is written into the file of the group's object. The server that is measured has not made the accounts either, as the bare one has not.
    await parley.killAll();
    fillCrowd(parley.stateFolder, sizes.members);
    await parley.restart();
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
    const ready = () => freshen(readers);
    const rates = { parley: [] as Rates[], bare: [] as Rates[] };
    for (let run = 0; run < sizes.runs; run++) {
      await ready();
      rates.parley.push(await ratesOf(load, ofParley, sizes.measureMs));
      await sleep(restMs);
      rates.bare.push(await ratesOf(load, ofBare, sizes.measureMs));
      await sleep(restMs);
    }
    await ready();
    return {
      members: sizes.members,
      sockets,
      perObject: sizes.perObject,
      parley: medianOf(rates.parley),
      bare: medianOf(rates.bare),
      wokenMs: { parley: await wokenOf(load, ofParley, sizes.wakes), bare: await wokenOf(load, ofBare, sizes.wakes) },
    };
  } finally {
    await Promise.all([parley.stop(), bare.stop()]);
  }
}

export function largeLiveTableOf({ members, sockets, perObject, parley, bare, wokenMs }: LargeLiveRows): string {
  const met = (isMet: boolean): string => (isMet ? "met" : "MISSED");
  const ratio = parley.perSecond / bare.perSecond;
  const spread = parley.slowestMs / parley.quickestMs;
  const last = parley.lastMs / bare.lastMs;
  const line = (name: string, rates: Rates, woken: number): string =>
    `  ${name.padEnd(18)} ${Math.round(rates.perSecond)} deliveries/s, ${rates.perFrame.toFixed(1)} in a frame; at ${messagesPerSecond} messages/s the first socket has a message after ${rates.firstMs.toFixed(1)} ms, the last after ${rates.lastMs.toFixed(1)} ms; the last after a sleep ${woken.toFixed(1)} ms`;
  return [
    `large-live: a group of ${members} with ${sockets} live sockets, up to ${perObject} at each object`,
    line("parley", parley, wokenMs.parley),
    line("group-commit-room", bare, wokenMs.bare),
    `  deliveries per second ÷ bare: ${ratio.toFixed(2)} (wanted ≥ ${wanted.deliveriesTimes}: ${met(ratio >= wanted.deliveriesTimes)})`,
    `  the median of the socket that is served worst ÷ that of the one served best: ${spread.toFixed(2)} × (${parley.slowestMs.toFixed(1)} and ${parley.quickestMs.toFixed(1)} ms; wanted ≤ ${wanted.lastTimes} ×: ${met(spread <= wanted.lastTimes)}); of the bare room ${(bare.slowestMs / bare.quickestMs).toFixed(2)} ×`,
    `  of one message the last socket ÷ the first one: ${(parley.lastMs / parley.firstMs).toFixed(2)} ×; of the bare room ${(bare.lastMs / bare.firstMs).toFixed(2)} ×; the last one ÷ the bare room's: ${last.toFixed(2)} ×`,
    "",
  ].join("\n");
}

type JobOf = (pace: SocketJob["pace"], measureMs: number) => SocketJob;

async function ratesOf(load: LoadProcess, job: JobOf, measureMs: number): Promise<Rates> {
  const busy = checked(await load.run(job({ outstandingPerSender: 2 }, measureMs)));
  const calm = checked(
    await load.run({ ...job({ perSecond: messagesPerSecond }, 4 * measureMs), comparesSockets: true }),
  );
  return {
    perSecond: busy.deliveries / busy.seconds,
    perFrame: 1 / busy.framesPerDelivery,
    firstMs: calm.firstMs.p50,
    lastMs: calm.lastMs.p50,
    quickestMs: calm.socketsMs.quickest,
    slowestMs: calm.socketsMs.slowest,
  };
}

async function wokenOf(load: LoadProcess, job: JobOf, wakes: number): Promise<number> {
  const woken = checked(await load.run(job({ perSecond: 1_000 / asleepMs }, asleepMs * (wakes + 1) - 1_000)));
  return woken.lastMs.p50;
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
    perFrame: of(({ perFrame }) => perFrame),
    firstMs: of(({ firstMs }) => firstMs),
    lastMs: of(({ lastMs }) => lastMs),
    quickestMs: of(({ quickestMs }) => quickestMs),
    slowestMs: of(({ slowestMs }) => slowestMs),
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

/** Of these people, who see each other's messages. */
async function groupOf(readers: readonly HttpPerson[]): Promise<string> {
  const [owner, ...others] = readers;
  if (owner === undefined) throw new Error("nobody signed up");
  const { id } = await owner.must<{ id: string }>(201, "POST", "/v1/conversations", {
    title: "Large",
    memberIds: others.map((reader) => reader.id),
    mode: "large",
  });
  return id;
}
