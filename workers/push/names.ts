/** Owns the names that pushes show: looked up in the directory, and kept in this isolate for a minute. */
import { remember } from "../../core/memory.ts";
import { Directory } from "../../objects/shared/identity/directory.ts";
import { withDeadline } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { pushing } from "../../schema/push-limits.ts";
import type { UserId } from "../../schema/ids.ts";

const kept = new Map<UserId, { name: string; at: number }>();

/** The names of these users, as far as they are known. A directory that does not answer soon keeps back no push: it then shows no name. */
export async function namesOf(env: Env, ids: readonly UserId[]): Promise<Map<UserId, string>> {
  const at = now();
  const wanted = [...new Set(ids)];
  const unknown = wanted.filter((id) => at - (kept.get(id)?.at ?? -Infinity) > pushing.nameMs);
  if (unknown.length > 0) {
    const looking = lookUp(env, unknown, at);
    await withDeadline(looking, pushing.namesWaitMs).catch(() => undefined);
  }
  return new Map(
    wanted.flatMap((id) => {
      const name = kept.get(id)?.name;
      return name === undefined ? [] : [[id, name]];
    }),
  );
}

async function lookUp(env: Env, ids: readonly UserId[], at: number): Promise<void> {
  const found = await new Directory(env).profiles(ids);
  if (found.ok) for (const [id, { name }] of found.value) remember(kept, id, { name, at }, pushing.namesMax);
}
