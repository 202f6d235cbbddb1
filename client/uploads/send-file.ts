/**
 * Owns how the bytes of one file get to the server: in parts, and after an interruption only those that are missing. An upload that the server does not
 * know any more is begun anew.
 */
import type { Attachment } from "../../schema/wire/attachment.ts";
import { ParleyError } from "../errors.ts";
import type { Slots } from "./slots.ts";
import type { Begun, FileFacts, Said, UploadDoor } from "./upload-calls.ts";

/** How often one try begins anew, or looks again what is missing, before it ends with the server's error. */
const roundsMax = 3;

export interface SendFileParts {
  readonly door: UploadDoor;
  readonly partSlots: Slots;
  readonly file: Blob;
  readonly facts: FileFacts;
  /** What is said when all parts are there. */
  readonly about: () => Said;
  /** The upload that an earlier try has begun. */
  readonly uploadId: string | null;
  readonly onBegun: (uploadId: string | null) => void;
  /** How many bytes the server has, or is being sent. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Sends what is missing and completes the upload. Errors: those of the calls. */
export async function sendFile(parts: SendFileParts): Promise<Attachment> {
  let { uploadId } = parts;
  for (let round = 1; ; round++) {
    try {
      const begun = await begunOf(parts, uploadId);
      if (begun.id !== uploadId) parts.onBegun(begun.id);
      uploadId = begun.id;
      await sendMissing(parts, begun);
      return await parts.door.complete(begun.id, parts.about(), parts.signal);
    } catch (error) {
      // Without an upload it is the conversation that is not found.
      if (uploadId === null || round >= roundsMax || !(error instanceof ParleyError)) throw error;
      if (error.code === "not_found") {
        parts.onBegun(null);
        uploadId = null;
      } else if (error.code !== "conflict") throw error;
    }
  }
}

async function begunOf({ door, facts, signal }: SendFileParts, uploadId: string | null): Promise<Begun> {
  return uploadId === null ? await door.begin(facts, signal) : await door.look(uploadId, signal);
}

async function sendMissing(parts: SendFileParts, { id, partBytes, received }: Begun): Promise<void> {
  const { door, file, partSlots, onSent } = parts;
  const count = Math.max(1, Math.ceil(file.size / partBytes));
  const has = new Set(received);
  const partOf = (n: number) => file.slice((n - 1) * partBytes, n * partBytes);
  const sent = new Map<number, number>();
  const report = (n: number, bytes: number) => {
    sent.set(n, Math.min(bytes, partOf(n).size));
    onSent([...sent.values()].reduce((sum, each) => sum + each, 0));
  };
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  for (const n of numbers) if (has.has(n)) report(n, partBytes);
  // If one part fails, the others of this try end, too.
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, parts.signal]);
  const put = async (n: number) =>
    await partSlots.use(async () => {
      try {
        await door.put(id, n, partOf(n), { signal, onSent: (bytes) => report(n, bytes) });
        report(n, partBytes);
      } catch (error) {
        // It is complete: the answer of an earlier try was lost.
        if (!(error instanceof ParleyError) || error.code !== "conflict") throw error;
      }
    }, signal);
  const puts = numbers.filter((n) => !has.has(n)).map(put);
  try {
    await Promise.all(puts);
  } catch (error) {
    abort.abort();
    await Promise.allSettled(puts);
    throw error;
  }
}
