/**
 * Serves the media queue: sends each completed file to the operator's scanner, which answers whether it is withheld. The file is streamed to it. What the scanner does not
 * answer is sent again, and becomes a dead letter in the end.
 */
import { ownerOf } from "../../objects/shared/uploads/upload-ids.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { log } from "../../objects/shared/platform/log.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import { uploadBounds } from "../../schema/bounds/uploads.ts";
import { withhold } from "../operator/withhold.ts";
import type { ScanHint } from "../media/scan.ts";

/** False if it is no hint of this queue. If it throws, the platform sends the hint again. */
export async function consumeMedia(hint: unknown, env: Env): Promise<boolean> {
  const { id, key, sha256, type } = (typeof hint === "object" && hint !== null ? hint : {}) as Partial<ScanHint>;
  if (typeof id !== "string" || typeof key !== "string" || ownerOf(env.ID_SECRET, id) === undefined) return false;
  if (!env.PARLEY_SCAN_URL) return true;
  cost.bucketReads++;
  const object = await env.MEDIA.get(key);
  // It was given up, unsent or erased meanwhile.
  if (object === null) return true;
  const answer = await fetch(env.PARLEY_SCAN_URL, {
    method: "POST",
    headers: {
      "content-type": "application/octet-stream",
      "x-parley-attachment": id,
      "x-parley-sha256": String(sha256),
      "x-parley-type": String(type),
    },
    body: object.body,
    redirect: "manual",
    signal: AbortSignal.timeout(uploadBounds.scanMs),
  });
  if (!answer.ok) throw new Error(`the scanner answered ${answer.status}`);
  const verdict = (await answer.json<{ withhold?: unknown } | null>()) ?? {};
  if (verdict.withhold !== true) return true;
  const told = await withhold(env, id, true);
  // The verdict may come before the completion is noted: while the bytes are there it is told again, and never lost in silence.
  const isGone = !told.ok && told.refusal.code === "not_found" && (await env.MEDIA.head(String(key))) === null;
  if (!told.ok && !isGone) throw new Error(told.refusal.detail);
  log("withheld", { id });
  return true;
}
