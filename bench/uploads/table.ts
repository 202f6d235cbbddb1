/** Owns how the figures of the scenario `uploads` are printed. */
import { median } from "../report.ts";
import type { PictureCost } from "./cost.ts";
import { ratioOf, type UploadsRows } from "./measure.ts";
import type { Wait } from "./texts.ts";

/** The targets. */
const wanted = { rateTimes: 0.7, textsTimes: 1.2 };
const mib = 1_048_576;

export function uploadsTableOf(rows: UploadsRows): string {
  const { fileBytes, pictureBytes, memory, isolateBytes, texts, costs } = rows;
  const file = `${Math.round(fileBytes / mib)} MiB`;
  const met = (isMet: boolean): string => (isMet ? "met" : "MISSED");
  const rate = (title: string, rates: UploadsRows["up"], isTarget: boolean): string => {
    const ratio = ratioOf(rates);
    const verdict = isTarget ? ` (wanted ≥ ${wanted.rateTimes}: ${met(ratio >= wanted.rateTimes)})` : "";
    const of = (runs: readonly number[]): string => median(runs).toFixed(1);
    return `  ${title.padEnd(34)} ${of(rates.parley)} MiB/s against ${of(rates.bare)}: ${ratio.toFixed(2)} ×${verdict}`;
  };
  const grown = ({ one, together }: { one: number; together: number }): string =>
    `${Math.round(one / mib)} MiB with one file, ${Math.round(together / mib)} with ten`;
  const { parley, bare, besideBare } = texts;
  const slowed = (rows: { alone: Wait; besideTen: Wait }): number => rows.besideTen.p50 / rows.alone.p50;
  const again = slowed(parley) / slowed(bare);
  return [
    `uploads: files of ${file} and pictures of ${Math.round(pictureBytes / mib)} MiB, against a bare Worker that streams to and from R2`,
    rate("up, one file", rows.up, true),
    `    completing it: ${seconds(rows.completing.parley)} s, of the bare Worker's ${seconds(rows.completing.bare)} s`,
    rate("up, ten files at once", rows.upTogether, true),
    rate("up, pictures, ten at once", rows.upPicture, false),
    rate("down, one file", rows.down, true),
    rate("down, ten files at once", rows.downTogether, true),
    `  memory of the process grew by at most: parley ${grown(memory.parley)}; bare ${grown(memory.bare)}; of it Parley's own isolate, heap and buffers, with ten files: ${(isolateBytes / mib).toFixed(1)} MiB`,
    `  texts, send to delivery, median (99th percentile): ${textsLine("parley", parley)}; beside ten files to the bare Worker ${wait(besideBare)}`,
    `    ${textsLine("bare", bare)}`,
    `    beside ten files ÷ beside the same to the bare Worker: ${(parley.besideTen.p50 / besideBare.p50).toFixed(2)} ×; ÷ alone: parley ${slowed(parley).toFixed(1)} ×, bare ${slowed(bare).toFixed(1)} ×, the one ÷ the other ${again.toFixed(2)} × (wanted ≤ ${wanted.textsTimes}: ${met(again <= wanted.textsTimes)})`,
    ...costs.map(costLine),
    "",
  ].join("\n");
}

function seconds(runs: readonly number[]): string {
  return runs.length === 0 ? "–" : median(runs).toFixed(2);
}

function wait({ p50, p99 }: Wait): string {
  return `${p50.toFixed(1)} ms (${p99.toFixed(0)})`;
}

function textsLine(name: string, { alone, besideOne, besideTen }: { alone: Wait; besideOne: Wait; besideTen: Wait }) {
  return `${name} alone ${wait(alone)}, beside one file ${wait(besideOne)}, beside ten ${wait(besideTen)}`;
}

function costLine({ title, spent, objectRequests, dollarsPerMillion }: PictureCost): string {
  const parts = [
    `${spent.rowsWritten.toFixed(2)} rows written`,
    `${objectRequests.toFixed(2)} requests of objects`,
    `${spent.bucketWrites.toFixed(2)} writes and ${spent.bucketReads.toFixed(2)} reads of R2`,
  ];
  return `  ${title}: ${parts.join(", ")}; $ ${dollarsPerMillion.toFixed(2)} per million`;
}
