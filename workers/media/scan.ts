/** Owns the hint that a completed file is to be looked at by the operator's scanner. Without PARLEY_SCAN_URL there is none. */
import type { Env } from "../../objects/shared/platform/env.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import type { AttachmentId } from "../../schema/ids.ts";

export type ScanHint = { id: AttachmentId; key: string; sha256: string; type: string };

/** Throws where the queue does not take it: then the upload is not completed yet. */
export async function hintScan(env: Env, hint: ScanHint): Promise<void> {
  if (!env.PARLEY_SCAN_URL) return;
  cost.queueOperations++;
  await env.MEDIA_QUEUE.send(hint);
}
