/**
 * Owns what a message costs: the difference between the server's meter before and after the messages of a scenario, per message, at the published
 * prices. The sockets are open at both readings, so the cost of opening and closing them is left out, and so is storage. The time of an object is the time in
 * which calls and timers keep it awake (objects/shared/meters/awake.ts). The platform then waits some seconds before it puts an object to sleep; those are left out, too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cost } from "../../objects/shared/platform/meter.ts";
import type { JobSocket, SocketJob } from "../load/job.ts";
import { runSockets } from "../load/sockets.ts";
import { groupSize, pairs, type People } from "../people.ts";
import { aligned, figure } from "../report.ts";
import { scenarios } from "../scenarios.ts";
import type { Server } from "../servers.ts";
import { costBy, dollarsPerMillionOf, objectRequestsOf, readCost } from "./meter.ts";

/** After this time the rows of opening sockets are written, and the alarms that messages set have run. */
const alarmsRunMs = 8_000;

interface CostScenario {
  readonly name: string;
  readonly title: string;
  /** The scenario of the load bench whose sockets it uses. */
  readonly sockets: string;
  readonly pace: SocketJob["pace"] | "as there";
  readonly messagesMax?: number;
  /** Whether only one of each two people writes, so that each chat has one message. */
  readonly isOneSided?: true;
  readonly measureMs: number;
  /** The target: at most so many rows written per message. */
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
    rowsWrittenMax: 4.5,
  },
  {
    name: "cost-direct-load",
    title: "direct message, under load",
    sockets: "pairs-sync",
    pace: "as there",
    measureMs: 3_000,
    rowsWrittenMax: 1.5,
  },
  {
    name: "cost-group-idle",
    title: `group of ${groupSize} online, idle`,
    sockets: "group-sync",
    pace: { perSecond: 0.15 },
    messagesMax: 4,
    measureMs: 60_000,
    rowsWrittenMax: groupSize + 3,
  },
  {
    name: "cost-group-paced",
    title: `group of ${groupSize} online, 20 messages a second`,
    sockets: "group-latency-sync",
    pace: "as there",
    measureMs: 5_000,
    rowsWrittenMax: 12,
  },
  {
    name: "cost-group-load",
    title: `group of ${groupSize} online, under load`,
    sockets: "group-sync",
    pace: "as there",
    measureMs: 3_000,
    rowsWrittenMax: 12,
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
  { parley, people }: { parley: Server; people: People },
): Promise<CostRow> {
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
    ...(scenario.messagesMax === undefined ? {} : { messagesMax: scenario.messagesMax }),
  };
  const readings: Cost[] = [];
  const read = async () => {
    readings.push(await settledCost(parley));
  };
  const result = await runSockets(job, { opened: read, sent: read });
  const [before, after] = readings;
  if (before === undefined || after === undefined) throw new Error(`${scenario.name} was cut off`);
  const spent = costBy((name) => (after[name] - before[name]) / result.sent);
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
    "awake ms",
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
    figure(spent.awakeMs),
    figure(dollarsPerMillion),
    String(errors),
  ]);
  return ["cost: per message, and in US dollars per million messages", ...aligned([head, ...lines]), ""].join("\n");
}
