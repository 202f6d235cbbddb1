/**
 * Owns the form of the compact record of sends: of each message a fingerprint of who sent it under which clientId, and its seq, in pages of about
 * `sentSegmentMessages` entries.
 */
import type { Seq } from "../../schema/ids.ts";
import { pageId, pageWithin, type Step } from "./sent-runs.ts";

export type SentEntry = { readonly fingerprint: number; readonly seq: Seq };

const entryBytes = 10;

/** The pages that a step makes of the entries of the pages that go, and of the new segment. */
export function pagesOf(
  { run, firstPage, pages }: Step,
  entries: readonly SentEntry[],
): { id: number; page: ArrayBuffer }[] {
  const made: SentEntry[][] = Array.from({ length: pages }, () => []);
  for (const entry of entries) made[pageWithin(run, entry.fingerprint) - firstPage]?.push(entry);
  return made.map((page, at) => ({ id: pageId(run, firstPage + at), page: encodePage(page) }));
}

function encodePage(entries: readonly SentEntry[]): ArrayBuffer {
  const bytes = new ArrayBuffer(entries.length * entryBytes);
  const view = new DataView(bytes);
  for (const [index, { fingerprint, seq }] of entries.entries()) {
    writeFingerprint(view, index * entryBytes, fingerprint);
    view.setUint32(index * entryBytes + 6, seq);
  }
  return bytes;
}

export function entriesOf(page: ArrayBuffer): SentEntry[] {
  const view = new DataView(page);
  const entries: SentEntry[] = [];
  for (let at = 0; at < page.byteLength; at += entryBytes) {
    entries.push({
      fingerprint: view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2),
      seq: view.getUint32(at + 6),
    });
  }
  return entries;
}

/** A fingerprint as it stands on a page, for SQLite to search. */
export function bytesOfFingerprint(fingerprint: number): ArrayBuffer {
  const bytes = new ArrayBuffer(6);
  writeFingerprint(new DataView(bytes), 0, fingerprint);
  return bytes;
}

function writeFingerprint(view: DataView, at: number, fingerprint: number): void {
  view.setUint16(at, Math.floor(fingerprint / 2 ** 32));
  view.setUint32(at + 2, fingerprint % 2 ** 32);
}
