/**
 * Owns the scenario `uploads`: how many bytes a second go up and down, against a bare Worker that only streams to and from R2; what the servers' memory grows by
 * while ten files go up at once; what texts wait for meanwhile; and what a picture costs. Locally R2 is simulated on the one thread that does everything else, so
 * each figure stands beside that of the bare Worker, where the same simulator is all there is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { spawnServer } from "../../scripts/server/server.ts";
import { signUp } from "../../test/rig/server/http.ts";
import { Heap, residentBytesOf } from "../large/heap.ts";
import type { LoadProcess } from "../load/process.ts";
import { median } from "../report.ts";
import { startBare } from "../servers.ts";
import { type PictureCost, pictureCost } from "./cost.ts";
import { type Against, type Bench, gather, serverEnv } from "./gather.ts";
import type { Place } from "./job.ts";
import { MoverProcess } from "./mover-process.ts";
import { type TextsRows, textsBeside } from "./texts.ts";

export const uploadsBench = { name: "uploads" } as const;

const mib = 1_048_576;
/** The parts of a lone file that are under way at once, as in the SDK. */
const partsAtOnce = 4;
const together = 10;
const sampleMs = 100;
const settleMs = 3_000;
const inspectorPort = 19_231;

/** MiB a second, or seconds; each run by itself. */
type Rates = Record<Against, number[]>;

export interface MemoryRows {
  /** By what the process had grown at most, over its size before: with one file, and with as many as go together. */
  readonly one: number;
  readonly together: number;
}

export interface UploadsRows {
  readonly fileBytes: number;
  readonly pictureBytes: number;
  readonly up: Rates;
  readonly upTogether: Rates;
  readonly upPicture: Rates;
  /** Seconds that completing a lone file took. */
  readonly completing: Rates;
  readonly down: Rates;
  readonly downTogether: Rates;
  readonly memory: Record<Against, MemoryRows>;
  /** What the heap and buffers of Parley's own isolate had grown by at most, while files went up together. */
  readonly isolateBytes: number;
  readonly texts: TextsRows;
  readonly costs: readonly PictureCost[];
}

export async function measureUploads(
  load: LoadProcess,
  isQuick: boolean,
  say: (what: string) => void,
): Promise<UploadsRows> {
  const [fileBytes, rounds] = isQuick ? [20 * mib, 1] : [100 * mib, 3];
  const pictureBytes = 4 * mib;
  const parley = await spawnServer({ env: serverEnv });
  const bare = await startBare();
  const mover = new MoverProcess();
  try {
    const bench = await gather({ load, mover, parley, bare });
    const memory = { parley: { one: 0, together: 0 }, bare: { one: 0, together: 0 } };
    const rates = (): Rates => ({ parley: [], bare: [] });
    const [up, upTogether, upPicture, completing] = [rates(), rates(), rates(), rates()];
    const [down, downTogether] = [rates(), rates()];
    const both = ["parley", "bare"] as const;
    say("uploads: memory …");
    for (const against of both) {
      const pid = against === "parley" ? parley.runtimePid() : (bare.pids()[0] ?? 0);
      await warm(bench, against, pictureBytes);
      const before = residentBytesOf(pid);
      const grownBy = async (files: number, into: Rates): Promise<number> =>
        (await peakOf(pid, async () => void into[against].push((await goUp(bench, against, files, fileBytes)).rate))) -
        before;
      memory[against] = { one: await grownBy(1, up), together: await grownBy(together, upTogether) };
    }
    say("uploads: rates …");
    for (let round = 1; round < rounds; round++)
      for (const against of both) {
        const { rate, completingSeconds } = await goUp(bench, against, 1, fileBytes);
        up[against].push(rate);
        completing[against].push(completingSeconds);
      }
    for (let round = 1; round < rounds; round++)
      for (const against of both) upTogether[against].push((await goUp(bench, against, together, fileBytes)).rate);
    for (let round = 0; round < rounds; round++)
      for (const against of both) upPicture[against].push((await goUp(bench, against, 40, pictureBytes)).rate);
    for (const against of both) {
      const names = await uploaded(bench, against, together, fileBytes);
      const read = async (which: readonly string[]): Promise<number> => {
        const { seconds } = await mover.run({
          do: "down",
          place: await bench.place(against),
          names: which,
          bytes: fileBytes,
        });
        return (which.length * fileBytes) / mib / seconds;
      };
      for (let round = 0; round < rounds; round++) down[against].push(await read(names.slice(0, 1)));
      for (let round = 0; round < rounds; round++) downTogether[against].push(await read(names));
      await mover.run({ do: "remove", place: await bench.place(against), names });
    }
    say(
      `uploads: ${JSON.stringify({ up, upTogether, upPicture, completing, down, downTogether, memory })}; texts beside files …`,
    );
    const texts = await textsBeside(bench, fileBytes, isQuick);
    say(`uploads: texts ${JSON.stringify(texts)}; costs …`);
    const costs = await pictureCost(bench, isQuick);
    const isolateBytes = await isolateGrowth(mover, fileBytes);
    return {
      fileBytes,
      pictureBytes,
      up,
      upTogether,
      upPicture,
      completing,
      down,
      downTogether,
      memory,
      isolateBytes,
      texts,
      costs,
    };
  } finally {
    mover.stop();
    await Promise.all([parley.stop(), bare.stop()]);
  }
}

/** So that V8 compiles what is hot, and the databases are open. */
async function warm(bench: Bench, against: Against, bytes: number): Promise<void> {
  await goUp(bench, against, 20, bytes);
  await goUp(bench, against, 1, 4 * bytes);
}

async function uploaded(bench: Bench, against: Against, files: number, bytes: number): Promise<readonly string[]> {
  const place = await bench.place(against);
  return (await bench.mover.run({ do: "up", place, files, bytes, ...atOnce(files) })).names;
}

function atOnce(files: number): { filesAtOnce: number; partsAtOnce: number } {
  return { filesAtOnce: Math.min(files, together), partsAtOnce: files === 1 ? partsAtOnce : 1 };
}

/** `rate`: MiB a second, completing included. What was uploaded is removed. */
async function goUp(
  bench: Bench,
  against: Against,
  files: number,
  bytes: number,
): Promise<{ rate: number; completingSeconds: number }> {
  const { mover } = bench;
  const place = await bench.place(against);
  const moved = await mover.run({ do: "up", place, files, bytes, ...atOnce(files) });
  await mover.run({ do: "remove", place: await bench.place(against), names: moved.names });
  await sleep(settleMs);
  return { rate: (files * bytes) / mib / moved.seconds, completingSeconds: moved.completingSeconds };
}

async function peakOf(pid: number, work: () => Promise<void>): Promise<number> {
  let peak = residentBytesOf(pid);
  const sampling = setInterval(() => (peak = Math.max(peak, residentBytesOf(pid))), sampleMs);
  await work().finally(() => clearInterval(sampling));
  return peak;
}

/** Of a server of its own, because a debugger that looks on makes it slower. */
async function isolateGrowth(mover: MoverProcess, bytes: number): Promise<number> {
  const parley = await spawnServer({ env: { ...serverEnv, PARLEY_INSPECTOR: String(inspectorPort) } });
  try {
    const [uploader, reader] = [await signUp(parley.url), await signUp(parley.url)];
    const conversationId = await uploader.dm(reader);
    const place: Place = { kind: "parley", port: parley.port, token: uploader.token, conversationId };
    await mover.run({ do: "up", place, files: 20, bytes: mib, ...atOnce(20) });
    const heap = await Heap.open(inspectorPort, "parley", parley.url);
    await heap.live();
    const before = await heap.usedWithBuffers();
    const peak = await heap.peakOf(
      () => mover.run({ do: "up", place, files: together, bytes, ...atOnce(together) }),
      () => heap.usedWithBuffers(),
    );
    heap.close();
    return peak - before;
  } finally {
    await parley.stop();
  }
}

export function ratioOf({ parley, bare }: Rates): number {
  return median(parley.map((rate, run) => rate / (bare[run] ?? Infinity)));
}
