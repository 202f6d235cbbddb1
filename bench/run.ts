/**
 * `npm run bench`: Parley against bare objects on the same machine in the same minutes, and what a message and an hour online cost.
 * Runs are interleaved, so that the noise of the machine hits both; what counts is the ratio. Prints tables, writes results/latest.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { archivedBench, type ArchivedRows, measureArchived } from "./archived/measure.ts";
import { archivedTableOf } from "./archived/table.ts";
import { type CostRow, costScenarios, costTableOf, measureCost } from "./cost/measure.ts";
import {
  measurePresenceCost,
  presenceCost,
  type PresenceCostRow,
  type PresenceSpan,
  presenceTableOf,
} from "./cost/presence.ts";
import type { Result } from "./load/job.ts";
import { LoadProcess } from "./load/process.ts";
import { People } from "./people.ts";
import { tableOf, type Verdict, verdictOf } from "./report.ts";
import { type BareKind, jobOf, type Scenario, scenarios, type Timing } from "./scenarios.ts";
import { largeLiveBench, type LargeLiveRows, largeLiveTableOf, measureLargeLive } from "./large/live.ts";
import { largeBench, type LargeRows, largeTableOf, measureLarge } from "./large/measure.ts";
import { measurePushes, pushBench, type PushRows, pushTableOf } from "./push/measure.ts";
import { parleyFolder, resultsFolder, type Server, startBare, startParley } from "./servers.ts";
import { measureUploads, uploadsBench, type UploadsRows } from "./uploads/measure.ts";
import { uploadsTableOf } from "./uploads/table.ts";
import { measureWeb, webBench, type WebRows, webTableOf } from "./web/measure.ts";
import { measureTimeline, timelineBench, type TimelineRows, timelineTableOf } from "./timeline/measure.ts";

const usage = `npm run bench [-- flags]
  --only a,b     scenarios: ${[...scenarios, ...costScenarios, presenceCost, timelineBench, archivedBench, pushBench, largeBench, largeLiveBench, uploadsBench, webBench].map(({ name }) => name).join(", ")}
  --quick        one short run each, to see that everything works
  --long         ${presenceCost.name} for 12 minutes each, so that watches are renewed; ${archivedBench.name} of 1,000,000 messages, too
  --messages N   ${archivedBench.name} of N messages
  --runs N       interleaved runs of each scenario (3)
  --seconds S    measured time of a run (3; at least 10 where a 99th percentile is wanted)
  --bare-only    only the bare objects
  --parley-only  only Parley`;

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    messages: { type: "string" },
    runs: { type: "string" },
    seconds: { type: "string" },
    "bare-only": { type: "boolean", default: false },
    "parley-only": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const peopleFile = join(parleyFolder, "bench-people.json");
const runs = Number(flags.runs ?? (flags.quick ? 1 : 3));
const timing: Timing = {
  warmUpMs: flags.quick ? 300 : 1_000,
  measureMs: 1_000 * Number(flags.seconds ?? (flags.quick ? 1 : 3)),
};

const span: PresenceSpan = flags.quick ? "quick" : flags.long ? "long" : "usual";

const warming: Timing = { warmUpMs: 0, measureMs: flags.quick ? 500 : 3_000 };

type Bench = {
  readonly load: LoadProcess;
  readonly parley: Server | undefined;
  readonly bare: Server | undefined;
  readonly people: People | undefined;
};

if (flags.help) say(usage);
else await main();

async function main(): Promise<void> {
  const isWanted = ({ name }: { name: string }) => flags.only === undefined || flags.only.split(",").includes(name);
  const startedAt = Date.now();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
  const load = new LoadProcess();
  const needsServers = [...scenarios, ...costScenarios, presenceCost].some(isWanted);
  const bare = flags["parley-only"] || !needsServers ? undefined : await startBare();
  const parley = flags["bare-only"] || !needsServers ? undefined : await startParley();
  try {
    const people = parley === undefined ? undefined : new People(parley.port, peopleFile);
    await people?.gather(say);
    const bench: Bench = { load, parley, bare, people };
    await warm(bench);
    const verdicts: Verdict[] = [];
    let calmAt = 0;
    for (const scenario of scenarios.filter(isWanted)) {
      await sleep(Math.max(0, calmAt - Date.now()));
      const verdict = await compare(bench, scenario);
      verdicts.push(verdict);
      say(tableOf(verdict));
      if (!flags.quick) calmAt = Date.now() + (scenario.aftermathMs ?? 0);
    }
    const costs: CostRow[] = [];
    const presenceCosts: PresenceCostRow[] = [];
    if (parley !== undefined && people !== undefined) {
      for (const scenario of costScenarios.filter(isWanted)) {
        await sleep(Math.max(0, calmAt - Date.now()));
        costs.push(await measureCost(scenario, { parley, people }));
      }
      if (costs.length > 0) say(costTableOf(costs));
      if (isWanted(presenceCost)) {
        presenceCosts.push(...(await measurePresenceCost({ parley, people }, span)));
        say(presenceTableOf(presenceCosts, span));
      }
    }
    let timeline: TimelineRows | undefined;
    if (isWanted(timelineBench) && !flags["bare-only"]) {
      timeline = await measureTimeline(flags.quick);
      say(timelineTableOf(timeline));
    }
    let archived: ArchivedRows[] | undefined;
    if (isWanted(archivedBench) && !flags["bare-only"]) {
      archived = await measureArchived(span, say, flags.messages === undefined ? [] : [Number(flags.messages)]);
      for (const rows of archived) say(archivedTableOf(rows));
    }
    let pushes: PushRows | undefined;
    if (isWanted(pushBench) && !flags["bare-only"]) {
      pushes = await measurePushes(flags.quick);
      say(pushTableOf(pushes));
    }
    let large: LargeRows | undefined;
    if (isWanted(largeBench) && !flags["bare-only"]) {
      large = await measureLarge(flags.quick);
      say(largeTableOf(large));
    }
    let largeLive: LargeLiveRows | undefined;
    if (isWanted(largeLiveBench) && !flags["bare-only"]) {
      largeLive = await measureLargeLive(load, flags.quick);
      say(largeLiveTableOf(largeLive));
    }
    let uploads: UploadsRows | undefined;
    if (isWanted(uploadsBench) && !flags["bare-only"]) {
      uploads = await measureUploads(load, flags.quick, say);
      say(uploadsTableOf(uploads));
    }
    let web: WebRows | undefined;
    if (isWanted(webBench) && !flags["bare-only"]) {
      web = await measureWeb(flags.quick);
      say(webTableOf(web));
    }
    keep({
      at: new Date().toISOString(),
      tookSeconds: Math.round((Date.now() - startedAt) / 1_000),
      machine: machine(),
      runs,
      timing,
      verdicts,
      costs,
      presenceCosts,
      timeline,
      archived,
      pushes,
      large,
      largeLive,
      uploads,
      web,
    });
  } finally {
    load.stop();
    await Promise.all([parley?.stop(), bare?.stop()]);
  }
  process.exit(0);
}

/** Runs before anything is measured, so that V8 compiles what is hot and objects open their databases. */
async function warm({ load, parley, bare, people }: Bench): Promise<void> {
  for (const scenario of scenarios.filter(({ name }) => name.startsWith("pairs-"))) {
    if (parley !== undefined && people !== undefined) {
      await load.run(jobOf(scenario.parley(people), parley.port, parley.pids(), warming));
    }
    if (bare === undefined) continue;
    for (const kind of scenario.bare) {
      await load.run(jobOf(scenario.againstBare(kind), bare.port, bare.pids(), warming));
    }
  }
}

/** All runs of one scenario: Parley, each bare kind, Parley, each bare kind … */
async function compare({ load, parley, bare, people }: Bench, scenario: Scenario): Promise<Verdict> {
  const results = new Map<"parley" | BareKind, Result[]>();
  const note = (against: "parley" | BareKind, result: Result) =>
    results.set(against, [...(results.get(against) ?? []), result]);
  await prepare(scenario, people, bare);
  const measureMs = flags.quick ? timing.measureMs : Math.max(timing.measureMs, scenario.measureMsMin ?? 0);
  const timed: Timing = { ...timing, measureMs };
  for (let run = 0; run < runs; run++) {
    if (parley !== undefined && people !== undefined) {
      await people.freshen();
      await parley.quiet();
      note("parley", await load.run(jobOf(scenario.parley(people), parley.port, parley.pids(), timed)));
    }
    for (const kind of bare === undefined ? [] : scenario.bare) {
      await parley?.quiet();
      await bare?.quiet();
      if (bare !== undefined)
        note(kind, await load.run(jobOf(scenario.againstBare(kind), bare.port, bare.pids(), timed)));
    }
  }
  return verdictOf(scenario, results);
}

/** Fills the bare reader. */
async function prepare(scenario: Scenario, people: People | undefined, bare: Server | undefined): Promise<void> {
  const [first] = scenario.bare;
  const shape = first === undefined ? undefined : scenario.againstBare(first);
  if (shape === undefined || !("path" in shape)) return;
  if (bare !== undefined) await fetch(`http://127.0.0.1:${bare.port}${shape.path}?rows=10000`, { method: "PUT" });
  await people?.freshen();
}

function machine() {
  return { cores: availableParallelism(), node: process.version, platform: `${process.platform}-${process.arch}` };
}

function keep(report: unknown): void {
  mkdirSync(resultsFolder, { recursive: true });
  const file = join(resultsFolder, "latest.json");
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  say(`Written to ${file}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
