/** Owns which objects belong to files before this one: they have nothing stored any more, but are still listed. */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";

const emptied = new Set<string>();

export async function noteEmptied(): Promise<void> {
  for (const kind of [env.USERS, env.CONVERSATIONS])
    for (const id of await listDurableObjectIds<undefined>(kind as DurableObjectNamespace)) emptied.add(String(id));
}

export function isEmptied(id: DurableObjectId): boolean {
  return emptied.has(String(id));
}
