/**
 * Owns what being online costs, per hour and user. People ping and do nothing else: first nobody watches, then one of them watches all, then all watch
 * all. The cost of opening sockets and of `watch` frames is left out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import { heartbeat, timeouts } from "../../schema/limits.ts";
import { stopwatch } from "../load/cpu.ts";
import { OnlineSockets } from "../load/presence/online.ts";
import { groupSize, type People } from "../people.ts";
import { aligned, figure } from "../report.ts";
import { syncSocketOf } from "../scenarios.ts";
import type { Server } from "../servers.ts";
import { costBy, dollarsPerMillionOf, readCost } from "./meter.ts";

export const presenceCost = { name: "presence-idle", title: `${groupSize} online, pinging every 5 s` };

const hourMs = 3_600_000;
const users = Array.from({ length: groupSize }, (_, index) => index);
/** How often a user who pings is looked at. The last ping before such a look was at most one interval ago. */
const lookMs = Math.floor(timeouts.presenceReviewMs / heartbeat.intervalMs) * heartbeat.intervalMs;
const renewMs = timeouts.presenceLeaseMs - timeouts.presenceRenewMs;
const renewalsPerHour = hourMs / renewMs;
const looksPerHour = hourMs / (timeouts.presenceReviewMs - heartbeat.intervalMs);
/** The rows of an alarm that is set again. */
const rowsPerAlarm = 2;
/** Each renewal writes a row at each watched user, and at the watcher one row and an alarm. A further alarm looks which watches have lapsed. */
const leaseRowsPerHour = (watchers: number) =>
  renewalsPerHour * (watchers + 1 + rowsPerAlarm) + (hourMs / timeouts.presenceLeaseMs) * rowsPerAlarm;
/** After so long without activity, the work that an earlier run left is done, except for an alarm a quarter of an hour after a watch. */
const stillMs = timeouts.presenceDropMs + 5_000;
const stillAttemptsMax = 5;

/** How long the bench measures: a whole number of looks, or with `long` of renewals. */
export type PresenceSpan = "quick" | "usual" | "long";
const spans = {
  quick: { attempts: 1, stillMs: 1_000, settleMs: 2_000, unwatchedMs: 3_000, watchedMs: 3_000 },
  usual: { attempts: 2, stillMs, settleMs: 8_000, unwatchedMs: 40_000, watchedMs: 2 * lookMs },
  long: { attempts: 1, stillMs, settleMs: 8_000, unwatchedMs: 40_000, watchedMs: renewMs },
} as const;

/** How many people watch all others, how many people they watch, and how many watchers each of those has. */
const stages = [
  { watching: 1, watched: groupSize - 1, watchers: 1 },
  { watching: groupSize, watched: groupSize, watchers: groupSize - 1 },
];

interface Stretch {
  readonly seconds: number;
  readonly spent: Cost;
  /** It includes the rest of the server's process, which is little. */
  readonly serverCpuSeconds: number;
}

export interface PresenceCostRow {
  readonly title: string;
  readonly users: number;
  readonly seconds: number;
  /** Per hour and user. */
  readonly spent: Readonly<Cost>;
  readonly dollarsPerMillion: number;
  /** Null if the system does not show it. */
  readonly cpuSecondsPer1000: number | null;
  readonly rowsWrittenMax: number;
  readonly isMet: boolean;
  readonly errors: number;
}

export async function measurePresenceCost(
  { parley, people }: { parley: Server; people: People },
  span: PresenceSpan,
): Promise<PresenceCostRow[]> {
  const { attempts, settleMs, unwatchedMs, watchedMs } = spans[span];
  await people.freshen();
  await people.beSeen();
  await measured(parley, spans[span].stillMs, stillAttemptsMax, isFree);
  let errors = 0;
  const sockets = users.map((user) => syncSocketOf(people, user));
  const online = await OnlineSockets.open(parley.port, sockets, {
    presence: () => undefined,
    fault: () => errors++,
  });
  const rows: PresenceCostRow[] = [];
  const note = async (title: string, count: number, ms: number, rowsWrittenMax: number) => {
    const isMet = (spent: Cost) => (rowsWrittenMax === 0 ? isFree(spent) : spent.rowsWritten <= rowsWrittenMax);
    const stretch = await measured(parley, ms, attempts, (spent, seconds) => isMet(perUserHour(spent, count, seconds)));
    const row = rowOf(stretch, count);
    rows.push({ title, ...row, rowsWrittenMax, isMet: isMet(row.spent), errors });
  };
  try {
    await sleep(settleMs);
    await note("nobody looks", users.length, unwatchedMs, 0);
    for (const { watching, watched, watchers } of stages) {
      await online.watch(users.slice(0, watching).map((user) => idsBut(people, user)));
      await sleep(settleMs);
      const leaseRows = span === "long" ? leaseRowsPerHour(watchers) : 0;
      await note(`watched by ${watchers}`, watched, watchedMs, looksPerHour * rowsPerAlarm + leaseRows);
    }
  } finally {
    online.close();
  }
  return rows;
}

function idsBut(people: People, user: number): string[] {
  return users.filter((other) => other !== user).map((other) => people.userId(other));
}

/** Measures again if a result misses its target. Work that an earlier run left is in one stretch only; the cost of being online is in each. */
async function measured(
  parley: Server,
  ms: number,
  attempts: number,
  isWanted: (spent: Cost, seconds: number) => boolean,
): Promise<Stretch> {
  for (let attempt = 1; ; attempt++) {
    const stretch = await measure(parley, ms);
    if (attempt >= attempts || isWanted(stretch.spent, stretch.seconds)) return stretch;
  }
}

async function measure(parley: Server, ms: number): Promise<Stretch> {
  const before = await readCost(parley);
  const spent = stopwatch(parley.pids());
  await sleep(ms);
  const { seconds, serverCpuSeconds } = spent();
  const after = await readCost(parley);
  return { seconds, serverCpuSeconds, spent: costBy((name) => after[name] - before[name]) };
}

function isFree({ rowsWritten, alarmsRun, objectCalls }: Cost): boolean {
  return rowsWritten + alarmsRun + objectCalls === 0;
}

function perUserHour(spent: Cost, count: number, seconds: number): Cost {
  return costBy((name) => (spent[name] / (count * seconds)) * 3_600);
}

function rowOf({ seconds, spent, serverCpuSeconds }: Stretch, count: number) {
  const each = perUserHour(spent, count, seconds);
  return {
    users: count,
    seconds,
    spent: each,
    dollarsPerMillion: dollarsPerMillionOf(each),
    cpuSecondsPer1000: process.platform === "linux" ? (serverCpuSeconds / (count * seconds)) * 3_600 * 1_000 : null,
  };
}

export function presenceTableOf(rows: readonly PresenceCostRow[], span: PresenceSpan): string {
  const head = [
    "",
    "users",
    "seconds",
    "rows written",
    "wanted ≤",
    "",
    "rows read",
    "alarms run",
    "calls",
    "frames in",
    "$ per million h",
    "CPU s/1,000 h",
    "errors",
  ];
  const lines = rows.map(({ spent, ...row }) => [
    row.title,
    String(row.users),
    figure(Math.round(row.seconds)),
    figure(spent.rowsWritten),
    figure(row.rowsWrittenMax),
    row.isMet ? "met" : "MISSED",
    figure(spent.rowsRead),
    figure(spent.alarmsRun),
    figure(spent.objectCalls),
    figure(spent.socketFramesIn),
    figure(row.dollarsPerMillion),
    row.cpuSecondsPer1000 === null ? "-" : figure(row.cpuSecondsPer1000),
    String(row.errors),
  ]);
  const renewing = costBy((name) => (name === "rowsWritten" || name === "objectCalls" ? renewalsPerHour : 0));
  const remarks = {
    quick: `too short to say anything: who is watched is looked at every ${lookMs / 1_000} s`,
    usual: `not in it: watches are renewed, for each watcher about ${figure(renewalsPerHour)} rows and calls more, $${figure(dollarsPerMillionOf(renewing))}; --long measures it`,
    long: `in it: watches are renewed, ${figure(renewalsPerHour)} times an hour`,
  };
  return [
    `${presenceCost.name}: ${presenceCost.title}; per user and hour, and in US dollars per million of these`,
    ...aligned([head, ...lines]),
    `  ${remarks[span]}`,
    "",
  ].join("\n");
}
