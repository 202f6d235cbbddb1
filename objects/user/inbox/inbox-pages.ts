/** Owns the cutting of the inbox into pages: by rows and by bytes, for sockets, polls and the list alike. */
import { Buffer } from "node:buffer";
import type { Epoch, Version } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { NewDevice } from "../../../schema/security/new-devices.ts";
import { type InboxRow, summaryOf } from "../../../core/inbox/inbox-row.ts";
import { now } from "../../shared/platform/clock.ts";

/** Rows as JSON, and the version up to which they bring the client. */
export type Page = { version: Version; texts: readonly string[]; more: boolean };

/** The fields around the rows take fewer bytes than this. */
const frameBytes = 256;

/** As many of the rows as one page can have, and at least one. */
export function cutPage(rows: readonly InboxRow[], rowsMax: number): { page: InboxRow[]; texts: string[] } {
  const page: InboxRow[] = [];
  const texts: string[] = [];
  let bytes = frameBytes;
  for (const row of rows.slice(0, rowsMax)) {
    const text = JSON.stringify(summaryOf(row, now()));
    bytes += Buffer.byteLength(text) + 1;
    if (page.length > 0 && bytes > batches.inboxPageBytesMax) break;
    page.push(row);
    texts.push(text);
  }
  return { page, texts };
}

/** The answer to a poll, or with `type` a frame. */
export function pageText(
  { version, texts, more }: Page,
  { epoch, reset, newDevices = [] }: { epoch?: Epoch; reset: boolean; newDevices?: readonly NewDevice[] },
): string {
  const head = epoch === undefined ? `"type":"inbox"` : `"epoch":${JSON.stringify(epoch)}`;
  const devices = newDevices.length === 0 ? "" : `,"newDevices":${JSON.stringify(newDevices)}`;
  return `{${head},"version":${version},"reset":${reset},"conversations":[${texts.join(",")}],"more":${more}${devices}}`;
}
