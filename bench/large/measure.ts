/**
 * Owns the scenario `large`: what a message costs in a large group of whom nobody looks, against a direct message; how long adding its members takes; how long the
 * first answer of its object takes after it slept, against a direct chat's; and how long the first page of an inbox of many large groups takes, against small ones.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { type Server as Parley, spawnServer } from "../../scripts/server/server.ts";
import { type HttpPerson, signUp } from "../../test/rig/server/http.ts";
import { open } from "../../test/rig/server/http-socket.ts";
import { importPeople, operatorSecret } from "../../test/rig/server/imported-people.ts";
import { costBy, readCost } from "../cost/meter.ts";
import { median } from "../report.ts";

export const largeBench = { name: "large" } as const;

const settleMs = 8_000;
/** After this time without a call an object sleeps. */
const asleepMs = 13_000;
const messages = 5;
const peoplePerCall = 1_000;

/** The targets. */
const wanted = { rowsMore: 2, callsMore: 0, slowestAddMs: 2_000, wakeTimes: 3, helloTimes: 2 };

export type LargeRows = {
  members: number;
  /** Per message. */
  direct: Cost;
  large: Cost;
  /** Of each call that adds a thousand people, in the order of time. */
  addMs: number[];
  /** Medians. */
  wakeMs: { direct: number; large: number };
  groups: number;
  helloMs: { small: number; large: number };
};

export async function measureLarge(isQuick: boolean): Promise<LargeRows> {
  const [members, groups] = isQuick ? [2_000, 20] : [10_000, 200];
  const parley = await spawnServer({
    env: { PARLEY_COST_METER: "on", PARLEY_RATE_LIMITS: "off", OPERATOR_SECRET: operatorSecret },
  });
  try {
    const crowd = (await importPeople(parley.url, "crowd", members)).map(({ userId }) => userId);
    const [owner, peer, small, large] = [
      await signUp(parley.url, "owner"),
      await signUp(parley.url, "peer"),
      await signUp(parley.url, "small"),
      await signUp(parley.url, "large"),
    ];
    const dm = await owner.dm(peer);
    const { group, addMs } = await grow(owner, crowd);
    await sleep(settleMs);
    const direct = await costOf(parley, owner, dm);
    const inLarge = await costOf(parley, owner, group);
    const wakeMs = { direct: await wakes(owner, dm, isQuick), large: await wakes(owner, group, isQuick) };
    const helloMs = {
      small: await helloOf(owner, small, groups, "small", isQuick),
      large: await helloOf(owner, large, groups, "large", isQuick),
    };
    return { members: members + 1, direct, large: inLarge, addMs, wakeMs, groups, helloMs };
  } finally {
    await parley.stop();
  }
}

export function largeTableOf({ members, direct, large, addMs, wakeMs, groups, helloMs }: LargeRows): string {
  const more = costBy((name) => large[name] - direct[name]);
  const wake = wakeMs.large / wakeMs.direct;
  const hello = helloMs.large / helloMs.small;
  const slowest = Math.max(...addMs);
  const met = (isMet: boolean): string => (isMet ? "met" : "MISSED");
  const parts = (cost: Cost): string =>
    `${cost.rowsWritten.toFixed(2)} rows written, ${cost.objectCalls.toFixed(2)} calls, ${cost.queueOperations.toFixed(2)} queue operations, awake ${cost.awakeMs.toFixed(1)} ms`;
  return [
    `large: a group of ${members} of whom nobody looks`,
    `  a message to it: ${parts(large)}; a direct message: ${parts(direct)}`,
    `  more than that: ${more.rowsWritten.toFixed(2)} rows (wanted ≤ ${wanted.rowsMore}: ${met(more.rowsWritten <= wanted.rowsMore)}), ${more.objectCalls.toFixed(2)} calls (wanted ≤ ${wanted.callsMore}: ${met(more.objectCalls <= wanted.callsMore)})`,
    `  a call that adds ${peoplePerCall} people: ${Math.round(Math.min(...addMs))} to ${Math.round(slowest)} ms (wanted ≤ ${wanted.slowestAddMs}: ${met(slowest <= wanted.slowestAddMs)})`,
    `  the first answer after a sleep: ${wakeMs.large.toFixed(1)} ms against ${wakeMs.direct.toFixed(1)} of a direct chat: ${wake.toFixed(2)} × (wanted ≤ ${wanted.wakeTimes} ×: ${met(wake <= wanted.wakeTimes)})`,
    `  the first page of an inbox of ${groups} large groups: ${helloMs.large.toFixed(1)} ms against ${helloMs.small.toFixed(1)} of small ones: ${hello.toFixed(2)} × (wanted ≤ ${wanted.helloTimes} ×: ${met(hello <= wanted.helloTimes)})`,
    "",
  ].join("\n");
}

/** A large group of these people, who are added a thousand at a time. */
async function grow(owner: HttpPerson, crowd: readonly string[]): Promise<{ group: string; addMs: number[] }> {
  const { id } = await owner.must<{ id: string }>(201, "POST", "/v1/conversations", {
    title: "Large",
    memberIds: [],
    mode: "large",
  });
  const addMs: number[] = [];
  for (let from = 0; from < crowd.length; from += peoplePerCall) {
    const userIds = crowd.slice(from, from + peoplePerCall);
    addMs.push(await timeOf(() => owner.must(200, "POST", `/v1/conversations/${id}/members`, { userIds })));
  }
  return { group: id, addMs };
}

/** What one of some messages costs that come one by one, so that none shares a commit or an alarm with another. */
async function costOf(parley: Parley, by: HttpPerson, id: string): Promise<Cost> {
  await by.send(id, "before");
  await sleep(settleMs);
  const before = await readCost(parley);
  for (let n = 0; n < messages; n++) {
    await by.send(id, `message ${n}`);
    await sleep(settleMs);
  }
  const after = await readCost(parley);
  return costBy((name) => (after[name] - before[name]) / messages);
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
