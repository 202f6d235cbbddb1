/** Owns how the results of `history-archived` are shown. */
import { prices } from "../cost/prices.ts";
import { aligned, figure } from "../report.ts";
import { archivedBench, type ArchivedRows, operationsOf, type Ratio } from "./measure.ts";

export function archivedTableOf(rows: ArchivedRows): string {
  const { messages, archived, filling, ratios, cold, rare } = rows;
  const { importSeconds, sealSeconds } = filling;
  return [
    `${archivedBench.name}: ${figure(messages)} messages, ${figure(archived)} of them archived (${((100 * archived) / messages).toFixed(1)} %); medians`,
    `  imported in ${importSeconds.toFixed(0)} s (${figure(filling.messages / importSeconds)} a second); archived ${sealSeconds.toFixed(0)} s later`,
    ...aligned([["", "ms", "against ms", "times", "wanted ≤", "", "against"], ...ratios.map(ratioLine)]),
    `  a page in a segment that nobody has read: ${cold.ms.toFixed(1)} ms, ${cold.reads} objects read from R2 (wanted ≤ 1)${verdict(cold.reads <= 1)}`,
    `  a rare word: first page in ${rare.ms.toFixed(1)} ms, ${rare.segments} segments read, ${rare.beyond} beyond those that hold it (wanted ≤ 5)${verdict(rare.beyond <= 5)}; ${rare.timesPerSegment.toFixed(1)} × the newest page for each segment (wanted ≤ 10)${verdict(rare.timesPerSegment <= 10)}`,
    `  the first search of all: ${rare.indexes.reads} indexes in ${rare.indexes.ms.toFixed(1)} ms; ${rare.indexes.again} of them are read again by the next one`,
    ...aligned(operationLines(rows)),
    "",
  ].join("\n");
}

function ratioLine({ act, ms, againstMs, against, atMostTimes }: Ratio): string[] {
  const times = ms / againstMs;
  const isMet = times <= atMostTimes;
  return [
    act,
    ms.toFixed(2),
    againstMs.toFixed(2),
    times.toFixed(2),
    String(atMostTimes),
    isMet ? "met" : "MISSED",
    against,
  ];
}

function operationLines({ filling }: ArchivedRows): string[][] {
  const operations = operationsOf(filling);
  const names = ["bucketWrites", "bucketReads", "queueOperations"] as const;
  const titles = {
    bucketWrites: "put to R2",
    bucketReads: "read from R2, or looked at",
    queueOperations: "queue operations",
  };
  const lines = names.map((name) => [
    titles[name],
    figure(operations[name]),
    figure((operations[name] / 1_000) * prices[name].dollarsPerMillion),
  ]);
  return [["archiving takes", "per 1,000 messages", "$ per million messages"], ...lines];
}

function verdict(isMet: boolean): string {
  return isMet ? "" : " MISSED";
}
