/** Exports for tests in workerd: all pages of an export, and the result of checking it. */
import { createHash } from "node:crypto";
import { ExportCheck, type ExportVerdict } from "../../../core/export-check.ts";
import type { ExportPlace } from "../../../objects/contract/transfer/exporting.ts";
import { readExport } from "../../../workers/archive/read-exports.ts";
import { env } from "cloudflare:workers";
import type { ConversationId, UserId } from "../../../schema/ids.ts";

export type Line = Record<string, unknown> & { type: string };

export function linesIn(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** The lines of an export. `between` is run between any two pages. Undefined where the right to it ended. */
export async function exportOf(
  id: ConversationId,
  viewer: UserId,
  between: (pages: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ text: string; pages: number } | undefined> {
  let place: ExportPlace | null = null;
  let text = "";
  for (let pages = 1; ; pages++) {
    const page = await readExport(env, id, viewer, place);
    if (!page.ok) return undefined;
    text += page.value.lines;
    if (page.value.next === null) return { text, pages };
    place = page.value.next;
    await between(pages);
  }
}

export function checked(text: string): ExportVerdict {
  const check = new ExportCheck((of) => createHash("sha256").update(of).digest("hex"));
  for (const line of text.split("\n").slice(0, -1)) check.take(line);
  return check.verdict();
}
