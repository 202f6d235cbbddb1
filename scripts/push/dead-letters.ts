/**
 * `npm run dead-letters -- list|show|replay|drop [ID …] [--queue push] [--all] [--url URL]`: what the queues gave up. The secret of the operator's door is in
 * the environment as OPERATOR_SECRET. Without --all, `list` shows the newest page, and `replay` and `drop` take the letters that are named.
 */
import { parseArgs } from "node:util";
import type { DeadLetterCall } from "../../schema/operator/dead-letters.ts";
import { deadLetterBounds } from "../../schema/push-limits.ts";
import { askOperatorDoor } from "../operator/door.ts";

type Letter = { id: string; queue: string; hint: unknown; givenUp: unknown[]; keptAt: number };
type Page = { letters: Letter[]; cursor: string | null };

const usage =
  "Usage: OPERATOR_SECRET=… npm run dead-letters -- list|show|replay|drop [ID …] [--queue NAME] [--all] [--url URL]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string", default: "http://127.0.0.1:8787" },
    queue: { type: "string" },
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
  if (secret === undefined) return sayUsage();
  switch (act) {
    case "list":
      for await (const letter of letters()) say(lineOf(letter));
      return 0;
    case "show":
      if (ids.length === 0) return sayUsage();
      for (const letter of (await ask<Page>({ do: "show", ids })).letters) say(JSON.stringify(letter, null, 2));
      return 0;
    case "replay":
    case "drop":
      if (ids.length === 0 && !values.all) return sayUsage();
      return await forEach(act);
    default:
      return sayUsage();
  }
}

async function forEach(act: "replay" | "drop"): Promise<number> {
  const chosen = [...ids];
  if (values.all) for await (const { id } of letters()) chosen.push(id);
  let failures = 0;
  for (let from = 0; from < chosen.length; from += deadLetterBounds.lettersPageMax) {
    const page = chosen.slice(from, from + deadLetterBounds.lettersPageMax);
    if (act === "drop") {
      const { dropped } = await ask<{ dropped: number }>({ do: "drop", ids: page });
      say(`${dropped} dropped`);
    } else {
      const { replayed, failed } = await ask<{ replayed: string[]; failed: string[] }>({ do: "replay", ids: page });
      const missing = page.filter((id) => !replayed.includes(id) && !failed.includes(id));
      failures += failed.length + missing.length;
      say(`${replayed.length} replayed, ${failed.length} failed`);
      for (const id of failed) say(`  failed and kept: ${id}`);
      for (const id of missing) say(`  no such letter: ${id}`);
    }
  }
  return failures === 0 ? 0 : 1;
}

/** One page, or all. */
async function* letters(): AsyncGenerator<Letter> {
  let cursor: string | null | undefined;
  do {
    const page: Page = await ask({
      do: "list",
      ...(values.queue === undefined ? {} : { queue: values.queue }),
      ...(typeof cursor === "string" ? { cursor } : {}),
    });
    yield* page.letters;
    ({ cursor } = page);
  } while (values.all && cursor !== null);
  if (act === "list" && typeof cursor === "string") say("There are more: --all");
}

function lineOf({ id, queue, hint, givenUp, keptAt }: Letter): string {
  const pushes = queue === "push" ? `  ${givenUp.length} pushes` : "";
  return `${id}  ${new Date(keptAt).toISOString()}  ${queue}  ${JSON.stringify(hint)}${pushes}`;
}

function ask<T>(call: DeadLetterCall): Promise<T> {
  return askOperatorDoor({ url: values.url, secret, door: "dead-letters" }, call);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function sayUsage(): number {
  process.stderr.write(`${usage}\n`);
  return 2;
}
