/** Owns the results of the runs: medians, ratios, verdicts, the table on the terminal and the JSON file. */
import type { Result } from "./load/job.ts";
import type { BareKind, Measure, Scenario, Target } from "./scenarios.ts";

/** Medians over the runs of one scenario against one server. */
export interface Medians {
  readonly against: "parley" | BareKind;
  /** Each run by itself, in the order of time. */
  readonly runs: readonly Result[];
  readonly perSecond: number;
  readonly deliveriesPerSecond: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly deliveryP50Ms: number;
  readonly deliveryP99Ms: number;
  readonly lastP50Ms: number;
  readonly lastP99Ms: number;
  readonly completionP50Ms: number;
  readonly completionP99Ms: number;
  readonly framesPerDelivery: number;
  /** Null if the system does not show it. */
  readonly cpuSecondsPer10000: number | null;
  readonly cpuSecondsPer10000Deliveries: number | null;
  /** The generator's share of one core; near 1 it, not the server, is the bound. */
  readonly generatorLoad: number;
  readonly lost: number;
  readonly errors: number;
  readonly firstError: string | null;
}

export interface Verdict {
  readonly scenario: string;
  readonly title: string;
  readonly isOfPresence: boolean;
  readonly rows: readonly Medians[];
  readonly targets: readonly Judged[];
}

/** A target and its result. */
export interface Judged {
  readonly measures: Measure;
  readonly wanted: string;
  readonly unit: string;
  /** The median, over the runs, of Parley ÷ bare (or Parley − bare, in ms). */
  readonly is: number | null;
  readonly isMet: boolean | null;
}

export function mediansOf(against: "parley" | BareKind, results: readonly Result[]): Medians {
  const of = (pick: (result: Result) => number) => median(results.map(pick));
  const cpuPer10000 = (count: (result: Result) => number) =>
    process.platform === "linux"
      ? of((result) => (result.serverCpuSeconds / Math.max(1, count(result))) * 10_000)
      : null;
  return {
    against,
    runs: results,
    perSecond: of((result) => result.perSecond),
    deliveriesPerSecond: of(deliveriesPerSecond),
    ackP50Ms: of((result) => result.ackMs.p50),
    ackP99Ms: of((result) => result.ackMs.p99),
    deliveryP50Ms: of((result) => result.deliveryMs.p50),
    deliveryP99Ms: of((result) => result.deliveryMs.p99),
    lastP50Ms: of((result) => result.lastMs.p50),
    lastP99Ms: of((result) => result.lastMs.p99),
    completionP50Ms: of((result) => result.completionMs.p50),
    completionP99Ms: of((result) => result.completionMs.p99),
    framesPerDelivery: of((result) => result.framesPerDelivery),
    cpuSecondsPer10000: cpuPer10000((result) => result.completed),
    cpuSecondsPer10000Deliveries: cpuPer10000((result) => result.deliveries),
    generatorLoad: of((result) => result.generatorCpuSeconds / result.seconds),
    lost: results.reduce((sum, result) => sum + result.lost, 0),
    errors: results.reduce((sum, result) => sum + result.errors, 0),
    firstError: results.find((result) => result.firstError !== null)?.firstError ?? null,
  };
}

/** `results` by server; the runs stand in the order in which they were made, so that equal places are neighbours in time. */
export function verdictOf(scenario: Scenario, results: ReadonlyMap<"parley" | BareKind, readonly Result[]>): Verdict {
  return {
    scenario: scenario.name,
    title: scenario.title,
    isOfPresence: scenario.isOfPresence === true,
    rows: [...results].map(([against, runs]) => mediansOf(against, runs)),
    targets: scenario.targets.map((target) => judge(target, results)),
  };
}

function judge(target: Target, results: ReadonlyMap<"parley" | BareKind, readonly Result[]>): Judged {
  const { measures, atMostMoreMs } = target;
  const bare = results.get(target.against) ?? [];
  const parley = results.get("parley") ?? [];
  const compared = parley.flatMap((result, run) => {
    const other = bare[run];
    if (other === undefined) return [];
    const [is, than] = [valueOf(measures, result), valueOf(measures, other)];
    return [atMostMoreMs === undefined ? is / than : is - than];
  });
  const is = compared.length === 0 ? null : median(compared);
  return {
    measures,
    wanted: wantedOf(target),
    unit: atMostMoreMs === undefined ? " ×" : " ms more",
    is,
    isMet: is === null ? null : isMet(target, is),
  };
}

function valueOf(measures: Measure, result: Result): number {
  switch (measures) {
    case "perSecond":
      return result.perSecond;
    case "deliveriesPerSecond":
      return deliveriesPerSecond(result);
    case "deliveryMs":
    case "answerMs":
      return result.deliveryMs.p50;
    case "deliveryP99Ms":
      return result.deliveryMs.p99;
    case "lastMs":
      return result.lastMs.p50;
    case "cpuSeconds":
      return result.serverCpuSeconds / Math.max(1, result.completed);
  }
}

function deliveriesPerSecond(result: Result): number {
  return result.deliveries / result.seconds;
}

function isMet(target: Target, is: number): boolean {
  if (target.atLeastTimes !== undefined) return is >= target.atLeastTimes;
  return is <= (target.atMostTimes ?? target.atMostMoreMs ?? Infinity);
}

function wantedOf(target: Target): string {
  if (target.atLeastTimes !== undefined) return `≥ ${target.atLeastTimes} × ${target.against}`;
  if (target.atMostTimes !== undefined) return `≤ ${target.atMostTimes} × ${target.against}`;
  return `≤ ${target.against} + ${target.atMostMoreMs} ms`;
}

type Column = readonly [head: string, cell: (row: Medians) => string];

const messageColumns: readonly Column[] = [
  ["msg/s", (row) => figure(row.perSecond)],
  ["ack p50", (row) => figure(row.ackP50Ms)],
  ["p99 ms", (row) => figure(row.ackP99Ms)],
  ["delivery p50", (row) => figure(row.deliveryP50Ms)],
  ["p99 ms", (row) => figure(row.deliveryP99Ms)],
  ["last p50", (row) => figure(row.lastP50Ms)],
  ["p99 ms", (row) => figure(row.lastP99Ms)],
  ["deliveries/s", (row) => figure(row.deliveriesPerSecond)],
  ["CPU s/10k", (row) => figureOrDash(row.cpuSecondsPer10000)],
];

const deliveryColumns: readonly Column[] = [
  ["changes/s", (row) => figure(row.perSecond)],
  ["deliveries/s", (row) => figure(row.deliveriesPerSecond)],
  ["frames/delivery", (row) => figure(row.framesPerDelivery)],
  ["answer p50", (row) => figure(row.ackP50Ms)],
  ["all told p50", (row) => figure(row.completionP50Ms)],
  ["p99 ms", (row) => figure(row.completionP99Ms)],
  ["CPU s/10k deliveries", (row) => figureOrDash(row.cpuSecondsPer10000Deliveries)],
];

const endColumns: readonly Column[] = [
  ["generator", (row) => `${Math.round(row.generatorLoad * 100)} %`],
  ["lost", (row) => String(row.lost)],
  ["errors", (row) => String(row.errors)],
];

export function tableOf(verdict: Verdict): string {
  const own = verdict.isOfPresence ? deliveryColumns : messageColumns;
  const columns = [...own, ...endColumns];
  const head = ["", ...columns.map(([title]) => title)];
  const lines = verdict.rows.map((row) => [row.against, ...columns.map(([, cell]) => cell(row))]);
  const errors = verdict.rows.flatMap((row) =>
    row.firstError === null ? [] : [`  ${row.against}: ${row.firstError}`],
  );
  const judged = verdict.targets.flatMap(({ measures, wanted, unit, is, isMet }) =>
    is === null
      ? []
      : [`  ${measures}: wanted ${wanted}; is ${figure(is)}${unit}: ${isMet === true ? "met" : "MISSED"}`],
  );
  return [`${verdict.scenario}: ${verdict.title}`, ...aligned([head, ...lines]), ...errors, ...judged, ""].join("\n");
}

export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}`,
  );
}

export function figure(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

function figureOrDash(value: number | null): string {
  return value === null ? "-" : figure(value);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
