/**
 * Owns the scenario `large`: what a message costs in a large group of whom nobody looks, against a direct message, and what it costs by the parts that are priced;
 * how long adding its members takes, and how much memory; how long the first answer of its object takes after it slept, against a direct chat's, also with a hundred
 * thousand members; and how long the first page of an inbox of many large groups takes, against small ones.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { type Server as Parley, spawnServer } from "../../scripts/server/server.ts";
import { ask, type HttpPerson, signUp } from "../../test/rig/server/http.ts";
import { open } from "../../test/rig/server/http-socket.ts";
import {
  importPeople,
  type ImportedPerson,
  operatorSecret,
  signInImported,
} from "../../test/rig/server/imported-people.ts";
import type { Session } from "../../schema/http/account/accounts.ts";
import { costBy } from "../cost/meter.ts";
import { median } from "../report.ts";
import { fillCrowd } from "./crowd.ts";
import { Heap, residentBytesOf } from "./heap.ts";
import { busyCostOf, costOf, look, type Priced, priceTableOf, reckoned } from "./price.ts";

export const largeBench = { name: "large" } as const;

const settleMs = 8_000;
/** After this time without a call an object sleeps. */
const asleepMs = 13_000;
const messages = 5;
const busyMessages = 20;
const peoplePerCall = 1_000;
const smallGroup = 100;
/** One in so many looks. */
const lookersPart = 100;
const crowd = 100_000;
const worker = "parley";
const mebibyte = 1_048_576;

/** The targets. */
const wanted = {
  rowsMore: 2,
  callsMore: 0,
  slowestAddMs: 2_000,
  memoryBytes: 64 * mebibyte,
  wakeTimes: 3,
  helloTimes: 2,
};

/** Bytes beyond those before the group was: at most while it grows, garbage included; and of the group awake, without garbage, as large as it has grown, and with a crowd. */
type Memory = { growingBytes: number; grownBytes: number; crowdBytes: number; residentBytes: number };

export type LargeRows = {
  members: number;
  /** Per message. */
  direct: Cost;
  large: Cost;
  prices: Priced[];
  /** Of each call that adds a thousand people, in the order of time. */
  addMs: number[];
  memory: Memory;
  /** Medians. `crowd`: with a hundred thousand members. */
  wakeMs: { direct: number; large: number; crowd: number };
  groups: number;
  helloMs: { small: number; large: number };
};

export async function measureLarge(isQuick: boolean): Promise<LargeRows> {
  const [members, groups, lookers] = isQuick ? [2_000, 20, 10] : [10_000, 200, 10_000 / lookersPart];
  const inspectorPort = 19_229;
  const parley = await spawnServer({
    env: {
      PARLEY_COST_METER: "on",
      PARLEY_RATE_LIMITS: "off",
      OPERATOR_SECRET: operatorSecret,
      PARLEY_INSPECTOR: String(inspectorPort),
    },
  });
  try {
    const people = await importPeople(parley.url, "crowd", members);
    const [owner, peer, small, large] = [
      await signUp(parley.url, "owner"),
      await signUp(parley.url, "peer"),
      await signUp(parley.url, "small"),
      await signUp(parley.url, "large"),
    ];
    const dm = await owner.dm(peer);
    await sleep(asleepMs);
    const heap = await Heap.open(inspectorPort, worker, parley.url);
    const [liveBefore, residentBefore] = [await heap.live(), residentBytesOf(parley.runtimePid())];
    const { group, addMs, peak } = await grow(owner, people, heap);
    const grown = await memoryOf(heap, owner, group);
    heap.close();
    await sleep(settleMs);
    const direct = await costOf(parley, owner, dm, messages);
    const inLarge = await costOf(parley, owner, group, messages);
    const prices = await pricesOf(parley, { owner, people, group, lookers, quiet: inLarge });
    await freshen(owner);
    const wakeMs = { direct: await wakes(owner, dm, isQuick), large: await wakes(owner, group, isQuick) };
    const helloMs = {
      small: await helloOf(owner, small, groups, "small", isQuick),
      large: await helloOf(owner, large, groups, "large", isQuick),
    };
    await parley.killAll();
    fillCrowd(parley.stateFolder, crowd);
    await parley.restart();
    await freshen(owner);
    const heapOfCrowd = await Heap.open(inspectorPort, worker, parley.url);
    await sleep(asleepMs);
    const liveAsleep = await heapOfCrowd.live();
    const crowdBytes = (await memoryOf(heapOfCrowd, owner, group)) - liveAsleep;
    heapOfCrowd.close();
    return {
      members: members + 1,
      direct,
      large: inLarge,
      prices,
      addMs,
      memory: {
        growingBytes: peak - liveBefore,
        grownBytes: grown - liveBefore,
        crowdBytes,
        residentBytes: residentBytesOf(parley.runtimePid()) - residentBefore,
      },
      wakeMs: { ...wakeMs, crowd: await wakes(owner, group, isQuick) },
      groups,
      helloMs,
    };
  } finally {
    await parley.stop();
  }
}

export function largeTableOf(rows: LargeRows): string {
  const { members, direct, large, prices, addMs, memory, wakeMs, groups, helloMs } = rows;
  const more = costBy((name) => large[name] - direct[name]);
  const [wake, wakeOfCrowd] = [wakeMs.large / wakeMs.direct, wakeMs.crowd / wakeMs.direct];
  const hello = helloMs.large / helloMs.small;
  const slowest = Math.max(...addMs);
  const met = (isMet: boolean): string => (isMet ? "met" : "MISSED");
  const parts = (cost: Cost): string =>
    `${cost.rowsWritten.toFixed(2)} rows written, ${cost.objectCalls.toFixed(2)} calls, ${cost.queueOperations.toFixed(2)} queue operations, awake ${cost.awakeMs.toFixed(1)} ms`;
  const mib = (bytes: number): string => (bytes / mebibyte).toFixed(1);
  const most = Math.max(memory.growingBytes, memory.grownBytes, memory.crowdBytes);
  return [
    `large: a group of ${members} of whom nobody looks`,
    `  a message to it: ${parts(large)}; a direct message: ${parts(direct)}`,
    `  more than that: ${more.rowsWritten.toFixed(2)} rows (wanted ≤ ${wanted.rowsMore}: ${met(more.rowsWritten <= wanted.rowsMore)}), ${more.objectCalls.toFixed(2)} calls (wanted ≤ ${wanted.callsMore}: ${met(more.objectCalls <= wanted.callsMore)})`,
    `  a call that adds ${peoplePerCall} people: ${Math.round(Math.min(...addMs))} to ${Math.round(slowest)} ms (wanted ≤ ${wanted.slowestAddMs}: ${met(slowest <= wanted.slowestAddMs)})`,
    `  memory, MiB of heap of the whole isolate: ${mib(memory.growingBytes)} more at most while it grows, garbage included; the group awake ${mib(memory.grownBytes)}, with ${crowd} members ${mib(memory.crowdBytes)} (wanted ≤ ${mib(wanted.memoryBytes)}: ${met(most <= wanted.memoryBytes)})`,
    `  the first answer after a sleep: ${wakeMs.large.toFixed(1)} ms against ${wakeMs.direct.toFixed(1)} of a direct chat: ${wake.toFixed(2)} × (wanted ≤ ${wanted.wakeTimes} ×: ${met(wake <= wanted.wakeTimes)})`,
    `  the same with ${crowd} members: ${wakeMs.crowd.toFixed(1)} ms: ${wakeOfCrowd.toFixed(2)} × (${met(wakeOfCrowd <= wanted.wakeTimes)})`,
    `  the first page of an inbox of ${groups} large groups: ${helloMs.large.toFixed(1)} ms against ${helloMs.small.toFixed(1)} of small ones: ${hello.toFixed(2)} × (wanted ≤ ${wanted.helloTimes} ×: ${met(hello <= wanted.helloTimes)})`,
    ...priceTableOf(prices),
    "",
  ].join("\n");
}

type Grown = { group: string; addMs: number[]; peak: number };

/** A large group of these people, who are added a thousand at a time. */
async function grow(owner: HttpPerson, people: readonly ImportedPerson[], heap: Heap): Promise<Grown> {
  const { id } = await owner.must<{ id: string }>(201, "POST", "/v1/conversations", {
    title: "Large",
    memberIds: [],
    mode: "large",
  });
  const addMs: number[] = [];
  const peak = await heap.peakOf(async () => {
    for (let from = 0; from < people.length; from += peoplePerCall) {
      const userIds = people.slice(from, from + peoplePerCall).map(({ userId }) => userId);
      addMs.push(await timeOf(() => owner.must(200, "POST", `/v1/conversations/${id}/members`, { userIds })));
    }
  });
  return { group: id, addMs, peak };
}

/** With the group awake, and all that it has brought to others asleep. */
async function memoryOf(heap: Heap, owner: HttpPerson, group: string): Promise<number> {
  await sleep(settleMs + asleepMs);
  await owner.must(200, "GET", `/v1/conversations/${group}`);
  return await heap.live();
}

/** Of a group of a hundred, and of large ones of which one in a hundred looks. A group of a hundred thousand costs what a quiet one costs, and what each who looks adds. */
async function pricesOf(
  parley: Parley,
  facts: { owner: HttpPerson; people: readonly ImportedPerson[]; group: string; lookers: number; quiet: Cost },
): Promise<Priced[]> {
  const { owner, people, group, lookers, quiet } = facts;
  const looking: HttpPerson[] = [];
  for (const person of people.slice(0, lookers)) looking.push(await signInImported(parley.url, person));
  await freshen(owner);
  const memberIds = people.slice(0, smallGroup - 1).map(({ userId }) => userId);
  const { id } = await owner.must<{ id: string }>(201, "POST", "/v1/conversations", { title: "Small", memberIds });
  const close = await look(looking.slice(0, 1));
  const small = await costOf(parley, owner, id, messages);
  const smallBusy = await busyCostOf(parley, owner, id, busyMessages);
  close();
  await freshen(owner);
  const quietBusy = await busyCostOf(parley, owner, group, busyMessages);
  const closeAll = await look(looking);
  const watched = await costOf(parley, owner, group, messages);
  const watchedBusy = await busyCostOf(parley, owner, group, busyMessages);
  closeAll();
  const many = crowd / lookersPart;
  return [
    { of: `${smallGroup} members, one message by itself`, spent: small },
    { of: `${people.length}, ${lookers} look`, spent: watched },
    { of: `${crowd}, ${many} look (reckoned)`, spent: reckoned(quiet, watched, lookers, many) },
    { of: `${smallGroup} members, one message a second`, spent: smallBusy },
    { of: `${people.length}, ${lookers} look`, spent: watchedBusy },
    { of: `${crowd}, ${many} look (reckoned)`, spent: reckoned(quietBusy, watchedBusy, lookers, many) },
  ];
}

async function freshen(person: HttpPerson): Promise<void> {
  const { refreshToken } = person.session;
  const fresh = await ask<Session>(person.base, "POST", "/v1/sessions/refresh", { body: { refreshToken } });
  if (fresh.status !== 200) throw new Error(`refresh: ${fresh.status} ${fresh.text}`);
  person.session = fresh.body;
}

async function wakes(by: HttpPerson, id: string, isQuick: boolean): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < (isQuick ? 2 : 5); run++) {
    await sleep(asleepMs);
    times.push(await timeOf(() => by.must(200, "GET", `/v1/conversations/${id}`)));
  }
  return median(times);
}

/** The time from the upgrade to the first page of an inbox with so many groups. */
async function helloOf(
  owner: HttpPerson,
  reader: HttpPerson,
  groups: number,
  mode: "small" | "large",
  isQuick: boolean,
): Promise<number> {
  await freshen(reader);
  for (let n = 0; n < groups; n++) {
    const { id } = await owner.must<{ id: string }>(201, "POST", "/v1/conversations", {
      title: `${mode} ${n}`,
      memberIds: [reader.id],
      mode,
    });
    await owner.send(id, "a message");
  }
  await sleep(settleMs);
  const times: number[] = [];
  for (let run = 0; run < (isQuick ? 3 : 7); run++) {
    times.push(
      await timeOf(async () => {
        const socket = await open(reader.base, "/v1/sync", reader.token);
        await socket.next(({ type }) => type === "inbox", "the first page");
        socket.close();
      }),
    );
    await sleep(1_000);
  }
  return median(times);
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
