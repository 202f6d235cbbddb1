/**
 * Owns what a message costs: what the server says it has spent before and after a scenario, per message, at the published prices.
 * What is not in it: duration (an object is billed while it works, not while its sockets sleep) and storage.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/meters/meter.ts";
import type { LoadProcess } from "../load/process.ts";
import type { JobSocket, Result, SocketJob } from "../load/job.ts";
import { groupSize, pairs, type People } from "../people.ts";
import { aligned, figure } from "../report.ts";
import { scenarios } from "../scenarios.ts";
import type { Server } from "../servers.ts";
import { costBy, dollarsPerMillionOf, objectRequestsOf, readCost } from "./meter.ts";

/** Alarms that a scenario set have run by then, so that they count. */
const alarmsRunMs = 8_000;

interface CostScenario {
  readonly name: string;
  readonly title: string;
  /** The scenario of the load bench whose sockets it uses. */
  readonly sockets: string;
  readonly pace: SocketJob["pace"] | "as there";
  readonly messagesMax?: number;
  /** Whether only one of each two people writes, so that no chat sees a second message. */
  readonly isOneSided?: true;
  readonly measureMs: number;
  /** Rows written per message that are wanted at most. */
  readonly rowsWrittenMax: number;
}

export const costScenarios: readonly CostScenario[] = [
  // One message in each chat: none shares a commit, or an alarm, with another.
  {
    name: "cost-direct-idle",
    title: "direct message, idle",
    sockets: "pairs-sync",
    pace: { perSecond: 10 },
    messagesMax: pairs,
    isOneSided: true,
    measureMs: 60_000,
    rowsWrittenMax: 8,
  },
  {
    name: "cost-direct-load",
    title: "direct message, under load",
    sockets: "pairs-sync",
    pace: "as there",
    measureMs: 3_000,
    rowsWrittenMax: 5,
  },
  {
    name: "cost-group-idle",
    title: `group of ${groupSize} online, idle`,
    sockets: "group-sync",
    pace: { perSecond: 0.15 },
    messagesMax: 4,
    measureMs: 60_000,
    rowsWrittenMax: 2 * groupSize + 4,
  },
  {
    name: "cost-group-load",
    title: `group of ${groupSize} online, under load`,
    sockets: "group-sync",
    pace: "as there",
    measureMs: 3_000,
    rowsWrittenMax: 2 * groupSize + 4,
  },
];

export interface CostRow {
  readonly scenario: string;
  readonly title: string;
  readonly messages: number;
  /** Per message. */
  readonly spent: Readonly<Cost>;
  readonly objectRequests: number;
  readonly dollarsPerMillion: number;
  readonly rowsWrittenMax: number;
  readonly isMet: boolean;
  readonly errors: number;
}

export async function measureCost(
  scenario: CostScenario,
  bench: { load: LoadProcess; parley: Server; people: People },
): Promise<CostRow> {
  const { load, parley, people } = bench;
  await people.freshen();
  const shape = scenarios.find(({ name }) => name === scenario.sockets)?.parley(people);
  if (shape === undefined || !("sockets" in shape)) throw new Error(`${scenario.sockets} has no sockets`);
  const pace = scenario.pace === "as there" ? shape.pace : scenario.pace;
  const job: SocketJob = {
    kind: "sockets",
    port: parley.port,
    ...shape,
    sockets: scenario.isOneSided === true ? shape.sockets.map(readingIfOdd) : shape.sockets,
    pace,
    warmUpMs: 0,
    measureMs: scenario.measureMs,
    serverPids: parley.pids(),
  };
  // What the same sockets cost without a message is taken off.
  const opened: SocketJob = { ...job, pace: { perSecond: 1 }, messagesMax: 0 };
  const open = () => load.run(opened);
  const opening = await costOf(parley, open, open);
  const sending = await costOf(parley, open, () =>
    load.run(scenario.messagesMax === undefined ? job : { ...job, messagesMax: scenario.messagesMax }),
  );
  const { result } = sending;
  const spent = costBy((name) => (sending.cost(name) - opening.cost(name)) / result.sent);
  return {
    scenario: scenario.name,
    title: scenario.title,
    messages: result.sent,
    spent,
    objectRequests: objectRequestsOf(spent),
    dollarsPerMillion: dollarsPerMillionOf(spent),
    rowsWrittenMax: scenario.rowsWrittenMax,
    isMet: spent.rowsWritten <= scenario.rowsWrittenMax,
    errors: result.errors + result.lost,
  };
}

function readingIfOdd({ path, headers, ...rest }: JobSocket, index: number): JobSocket {
  return index % 2 === 1 ? { path, headers } : { path, headers, ...rest };
}

/** `open` goes before: what is written once in a minute at most, like when a device was last active, is no message's. */
async function costOf(
  parley: Server,
  open: () => Promise<Result>,
  run: () => Promise<Result>,
): Promise<{ result: Result; cost: (name: keyof Cost) => number }> {
  await open();
  const before = await settledCost(parley);
  const result = await run();
  const after = await settledCost(parley);
  return { result, cost: (name) => after[name] - before[name] };
}

async function settledCost(parley: Server): Promise<Cost> {
  await sleep(alarmsRunMs);
  await parley.quiet();
  return await readCost(parley);
}

export function costTableOf(rows: readonly CostRow[]): string {
  const head = [
    "",
    "messages",
    "rows written",
    "wanted ≤",
    "",
    "rows read",
    "calls",
    "alarms run",
    "frames in",
    "frames out",
    "queue",
    "$ per million",
    "errors",
  ];
  const lines = rows.map(({ title, messages, spent, rowsWrittenMax, isMet, dollarsPerMillion, errors }) => [
    title,
    figure(messages),
    figure(spent.rowsWritten),
    String(rowsWrittenMax),
    isMet ? "met" : "MISSED",
    figure(spent.rowsRead),
    figure(spent.objectCalls),
    figure(spent.alarmsRun),
    figure(spent.socketFramesIn),
    figure(spent.socketFramesOut),
    figure(spent.queueOperations),
    figure(dollarsPerMillion),
    String(errors),
  ]);
  return ["cost: per message, and in US dollars per million messages", ...aligned([head, ...lines]), ""].join("\n");
}
