/** Owns the operator's list of files that nobody may upload, by their SHA-256: an empty object in R2 for each. It is asked once for each file. */
import type { Env } from "../../objects/shared/platform/env.ts";
import { cost } from "../../objects/shared/platform/meter.ts";

const prefix = "blocked/";

export async function isBlocked(env: Env, sha256: string): Promise<boolean> {
  cost.bucketReads++;
  return (await env.MEDIA.head(prefix + sha256)) !== null;
}

export async function block(env: Env, hashes: readonly string[]): Promise<void> {
  for (const sha256 of hashes) {
    cost.bucketWrites++;
    await env.MEDIA.put(prefix + sha256, "");
  }
}

export async function unblock(env: Env, hashes: readonly string[]): Promise<void> {
  await env.MEDIA.delete(hashes.map((sha256) => prefix + sha256));
}

/** A page of the list, in the order of the hashes. */
export async function listBlocked(
  env: Env,
  cursor: string | undefined,
  limit: number,
): Promise<{ sha256: string[]; cursor: string | null }> {
  cost.bucketWrites++;
  const page = await env.MEDIA.list({
    prefix,
    limit,
    ...(cursor === undefined ? {} : { startAfter: prefix + cursor }),
  });
  const sha256 = page.objects.map(({ key }) => key.slice(prefix.length));
  return { sha256, cursor: page.truncated ? (sha256.at(-1) ?? null) : null };
}
