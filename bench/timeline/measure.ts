/** Owns the scenario `timeline`: what a long and busy conversation costs the SDK for each message, and the web app in a browser. It needs no server. */
import { type FoldRow, measureFolds } from "./fold.ts";
import { measurePages, type PageRow } from "./page.ts";

export const timelineBench = { name: "timeline" } as const;

export interface TimelineRows {
  readonly folds: readonly FoldRow[];
  /** Undefined if there is no Chromium. */
  readonly pages: readonly PageRow[] | undefined;
}

export async function measureTimeline(isQuick: boolean): Promise<TimelineRows> {
  return { folds: measureFolds(isQuick ? 200 : 1_000), pages: await measurePages(isQuick ? 2 : 5) };
}

export function timelineTableOf({ folds, pages }: TimelineRows): string {
  const first = folds[0];
  const times = (us: number, of: "messageUs" | "changeUs" | "receiptUs") =>
    `${us.toFixed(1)} µs (${(us / (first?.[of] ?? us)).toFixed(1)} ×)`;
  const lines = folds.map(
    (row) =>
      `  ${row.entries} entries, ${row.readers} readers: message ${times(row.messageUs, "messageUs")}, ` +
      `change of the oldest ${times(row.changeUs, "changeUs")}, receipt ${times(row.receiptUs, "receiptUs")}`,
  );
  const shown = pages?.map(
    (row) =>
      `  ${row.messages} messages, ${row.loaded} of them loaded, ${row.readers} readers: ${row.framesPerSecond.toFixed(1)} frames/s, ` +
      `${(100 * row.lateShare).toFixed(1)} % late, the worst ${row.worstMs.toFixed(0)} ms; ` +
      `main thread ${row.busyMsPerMessage.toFixed(1)} ms a message, scripts ${row.scriptMsPerMessage.toFixed(1)} ms`,
  );
  return [
    "timeline: what the SDK spends, and the multiple of the first row",
    ...lines,
    "timeline: the web app in Chromium, 20 messages and 100 receipts a second",
    ...(shown ?? ["  not measured: there is no Chromium"]),
  ].join("\n");
}
