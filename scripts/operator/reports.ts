/**
 * `npm run reports -- list|show|resolve|reopen [ID …] [--state open|resolved|all] [--note TEXT] [--all] [--url URL]`: what people have reported to the operator.
 * The secret of the operator's door is in the environment as OPERATOR_SECRET. Without --all, `list` shows the newest page.
 */
import { parseArgs } from "node:util";
import type { ReportCall } from "../../schema/operator/reports.ts";
import { askOperatorDoor } from "./door.ts";

type Report = { id: string; kind: string; reason: string; note: string; at: number; resolvedAt: number | null } & {
  reporterId: string;
  reportedId: string | null;
  conversationId: string | null;
  seq: number | null;
};
type Page = { reports: Report[]; cursor?: string | null };

const usage =
  "Usage: OPERATOR_SECRET=… npm run reports -- list|show|resolve|reopen [ID …] [--state open|resolved|all] [--note TEXT] [--all] [--url URL]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string", default: "http://127.0.0.1:8787" },
    state: { type: "string", default: "open" },
    note: { type: "string", default: "" },
    all: { type: "boolean", default: false },
  },
});
const [act, ...ids] = positionals;
const secret = process.env["OPERATOR_SECRET"];

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const state = (["open", "resolved", "all"] as const).find((each) => each === values.state);
  if (secret === undefined || state === undefined) return sayUsage();
  switch (act) {
    case "list":
      return await list(state);
    case "show":
      if (ids.length === 0) return sayUsage();
      for (const report of (await ask<Page>({ do: "show", ids })).reports) say(JSON.stringify(report, null, 2));
      return 0;
    case "resolve":
    case "reopen": {
      if (ids.length === 0) return sayUsage();
      const done = await ask<{ resolved?: number; reopened?: number }>(
        act === "resolve" ? { do: "resolve", ids, note: values.note } : { do: "reopen", ids },
      );
      const count = done.resolved ?? done.reopened ?? 0;
      say(`${count} ${act === "resolve" ? "resolved" : "open again"}`);
      return count === ids.length ? 0 : 1;
    }
    default:
      return sayUsage();
  }
}

async function list(state: "open" | "resolved" | "all"): Promise<number> {
  let cursor: string | null = null;
  do {
    const page: Page = await ask({ do: "list", state, ...(cursor === null ? {} : { cursor }) });
    for (const report of page.reports) say(lineOf(report));
    cursor = page.cursor ?? null;
  } while (values.all && cursor !== null);
  if (cursor !== null) say("There are more: --all");
  return 0;
}

function lineOf({
  id,
  at,
  kind,
  reason,
  reporterId,
  reportedId,
  conversationId,
  seq,
  resolvedAt,
  note,
}: Report): string {
  const about = [reportedId, conversationId, seq].filter((each) => each !== null).join(" ");
  const state = resolvedAt === null ? "open" : `resolved ${new Date(resolvedAt).toISOString()}`;
  const said = note === "" ? "" : `  ${JSON.stringify(note.slice(0, 100))}`;
  return `${id}  ${new Date(at).toISOString()}  ${state}  ${kind} ${about}  ${reason}  by ${reporterId}${said}`;
}

function ask<T>(call: ReportCall): Promise<T> {
  return askOperatorDoor({ url: values.url, secret, door: "reports" }, call);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function sayUsage(): number {
  process.stderr.write(`${usage}\n`);
  return 2;
}
