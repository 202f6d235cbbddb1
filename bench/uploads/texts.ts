/**
 * Owns what texts wait for while files go up. On Parley alone, beside files that go up to it, and beside the same files that go to the bare Worker; and of the bare
 * Worker, whose texts go through a bare chain of objects, the same. The last tells what the simulator of R2 does to whatever else is on its thread.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { JobSocket, SocketJob } from "../load/job.ts";
import { type Bench, freshen } from "./gather.ts";
import type { Place } from "./job.ts";

const perSecond = 20;
const beginMs = 3_000;

/** Milliseconds from send to delivery: the median, and the 99th percentile. */
export interface Wait {
  readonly p50: number;
  readonly p99: number;
}

export interface TextsRows {
  readonly parley: { readonly alone: Wait; readonly besideOne: Wait; readonly besideTen: Wait };
  readonly bare: { readonly alone: Wait; readonly besideOne: Wait; readonly besideTen: Wait };
  /** Parley's texts, and ten files that go to the bare Worker. */
  readonly besideBare: Wait;
}

export async function textsBeside(bench: Bench, bytes: number, isQuick: boolean): Promise<TextsRows> {
  const measureMs = isQuick ? 3_000 : 15_000;
  const wait = async (texts: "parley" | "bare", files: number, to?: "parley" | "bare"): Promise<Wait> => {
    const job = texts === "parley" ? await parleyTexts(bench, measureMs) : bareTexts(bench, measureMs);
    if (to === undefined) return waitOf(await bench.load.run(job));
    return await beside(bench, await bench.place(to), files, bytes, async () => waitOf(await bench.load.run(job)));
  };
  return {
    parley: {
      alone: await wait("parley", 0),
      besideOne: await wait("parley", 1, "parley"),
      besideTen: await wait("parley", 10, "parley"),
    },
    bare: {
      alone: await wait("bare", 0),
      besideOne: await wait("bare", 1, "bare"),
      besideTen: await wait("bare", 10, "bare"),
    },
    besideBare: await wait("parley", 10, "bare"),
  };
}

/** Files go up all the time while the work is done. */
async function beside<T>(
  { mover, bare }: Bench,
  place: Place,
  files: number,
  bytes: number,
  work: () => Promise<T>,
): Promise<T> {
  const partsAtOnce = files === 1 ? 4 : 1;
  const faults: Error[] = [];
  // More files than there is time for: the rest is cut off.
  void mover
    .run({ do: "up", place, files: files * 20, bytes, filesAtOnce: files, partsAtOnce })
    .catch((error: Error) => faults.push(error));
  await sleep(beginMs);
  const done = await work();
  mover.cut();
  for (const fault of faults) throw fault;
  await bare.quiet();
  await sleep(beginMs);
  return done;
}

function waitOf({ deliveryMs, errors, lost, firstError }: Awaited<ReturnType<Bench["load"]["run"]>>): Wait {
  if (errors + lost > 0) throw new Error(`${lost} messages lost, ${errors} faults: ${firstError}`);
  return { p50: deliveryMs.p50, p99: deliveryMs.p99 };
}

const pace = { kind: "sockets", receivers: 2, pace: { perSecond }, warmUpMs: 1_000 } as const;

async function parleyTexts({ parley, people, chats }: Bench, measureMs: number): Promise<SocketJob> {
  const sockets: JobSocket[] = [];
  for (const person of [people.writer, people.reader]) {
    await freshen(person);
    const headers = { Authorization: `Bearer ${person.token}`, "Sec-WebSocket-Protocol": "parley.v1" };
    sockets.push({ path: "/v1/sync", headers, ...(person === people.writer ? { sendsTo: chats.texts } : {}) });
  }
  const serverPids = [parley.runtimePid()];
  const rest = { readyText: '"more":false', ackText: '"ref":"', saysSeen: true };
  return { ...pace, ...rest, sockets, port: parley.port, measureMs, serverPids };
}

function bareTexts({ bare }: Bench, measureMs: number): SocketJob {
  const sockets = [
    { path: "/chain/u0", headers: {}, sendsTo: "pair.0" },
    { path: "/chain/u1", headers: {} },
  ];
  const rest = { ackText: '"ok","ref":"', saysSeen: false };
  return { ...pace, ...rest, sockets, port: bare.port, measureMs, serverPids: bare.pids() };
}
