/** Owns fetching the bytes that an export names, checking them by their hashes, and keeping them if a folder is given. Nothing is held whole in memory. */
import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { bytesListedIn, type ListedBytes } from "../../core/export-check.ts";

export type BytesVerdict = { intact: number; bytes: number; faults: string[] };

/** More faults say nothing more. */
const faultsMax = 20;

export class BytesFetch {
  readonly #folder: string | undefined;
  readonly verdict: BytesVerdict = { intact: 0, bytes: 0, faults: [] };
  #faults = 0;

  /** `folder`: where the bytes are kept, each under its hash. Without it they are checked and dropped. */
  constructor(folder?: string) {
    this.#folder = folder;
  }

  /** How many are not what they must be, or could not be fetched. */
  get faults(): number {
    return this.#faults;
  }

  /** Fetches what a line of the export names, one after the other. */
  async take(line: string): Promise<void> {
    for (const listed of bytesListedIn(line)) {
      const fault = await this.#fetch(listed).catch((error: unknown) => `cannot be fetched: ${causeOf(error)}`);
      if (fault === undefined) {
        this.verdict.intact++;
        this.verdict.bytes += listed.bytes;
      } else if (++this.#faults <= faultsMax) this.verdict.faults.push(`attachment ${listed.id} ${fault}`);
    }
  }

  async #fetch({ sha256, bytes, url }: ListedBytes): Promise<string | undefined> {
    if (url === null) return "has no address: its bytes were out of reach when the export was made";
    if (!/^https?:\/\//.test(url)) return "has an address that is none of the web";
    const response = await fetch(url);
    if (!response.ok || response.body === null) {
      const isOver = response.status === 403 ? "; addresses in an export end after a day" : "";
      return `is answered ${response.status}${isOver}`;
    }
    const hash = createHash("sha256");
    let size = 0;
    if (this.#folder !== undefined) await mkdir(this.#folder, { recursive: true });
    const part = this.#folder === undefined ? undefined : join(this.#folder, `${sha256}.part`);
    const file = part === undefined ? undefined : await open(part, "w");
    try {
      for await (const chunk of response.body) {
        size += chunk.length;
        hash.update(chunk);
        // What is longer than it should be is not read to its end.
        if (size > bytes) break;
        await file?.write(chunk);
      }
    } finally {
      await file?.close();
    }
    const isIntact = size === bytes && hash.digest("hex") === sha256;
    if (part !== undefined && this.#folder !== undefined)
      await (isIntact ? rename(part, join(this.#folder, sha256)) : rm(part, { force: true }));
    return isIntact ? undefined : "has other bytes than were sent";
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

export function bytesReportOf({ verdict, faults }: BytesFetch): string {
  const { intact, bytes } = verdict;
  if (faults === 0)
    return `The bytes of ${intact} attachments were fetched and are those that were sent (${bytes} bytes).\n`;
  const more = faults > verdict.faults.length ? [`- and ${faults - verdict.faults.length} more`] : [];
  return [
    `The bytes of ${faults} attachments are NOT there or not intact:`,
    ...verdict.faults.map((fault) => `- ${fault}`),
    ...more,
    "",
  ].join("\n");
}
