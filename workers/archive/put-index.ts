/** Owns how the words of a segment get into the index of its group, and out of it. The present index is read, and a new one is put. The conversation decides whether the new one counts. */
import { indexWith } from "../../core/search/segment-index.ts";
import type { StoredMessage } from "../../core/stored-message.ts";
import type { IndexPlace, LostIndex, WrittenIndex } from "../../objects/contract/archive.ts";
import { packPage, readIndex } from "../../objects/shared/archive/index-store.ts";
import { reach } from "../../objects/shared/archive/fault-points.ts";
import { digestOf } from "../../objects/shared/archive/segment-store.ts";
import { cost } from "../../objects/shared/platform/meter.ts";
import type { Env } from "../../objects/shared/platform/env.ts";

/** Without messages, the words of that slot leave the index. If the present index cannot be read, no new one can be made of it: it is lost. */
export async function putIndex(
  env: Env,
  { group, slot, generation, key, present }: IndexPlace,
  messages: readonly StoredMessage[],
): Promise<WrittenIndex | LostIndex> {
  const before = present === null ? null : await readIndex(env, present);
  if (before === undefined) return { isLost: true, group, generation: present?.generation ?? 0 };
  const { bytes, unpackedBytes } = indexWith(before, slot, messages, packPage);
  const digest = digestOf(bytes);
  await reach("archive: before the index");
  cost.bucketWrites++;
  await env.ARCHIVE.put(key, bytes, { sha256: digest });
  await reach("archive: after the index");
  return { group, slot, generation, replaces: present?.generation ?? null, digest, bytes: unpackedBytes };
}
