/** Owns what the gateway asks of people before a conversation is made or grows: that they exist, and that no block stands between them. */
import { ask, userStub } from "../objects/shared/calls.ts";
import type { Env } from "../objects/shared/env.ts";
import { isMinted } from "../objects/shared/mint.ts";
import type { Person, Relation } from "../objects/user/contract.ts";
import { done, notFound, type Outcome, refuse } from "../schema/errors.ts";
import type { UserId } from "../schema/ids.ts";

/** Calls under way at once for one request. */
const callsMax = 50;

const blocked = refuse("forbidden", "one of you has blocked the other");

/** How `userId` stands to `viewer`; `not_found` also for ids that we never made. */
export function relationOf(env: Env, userId: UserId, viewer: UserId): Promise<Outcome<Relation>> {
  if (!isMinted(env.ID_SECRET, userId, "user")) return Promise.resolve(notFound);
  return ask("user.relation", () => userStub(env, userId).relation(viewer));
}

/** A user, as they see themselves: what a conversation keeps of them. */
export async function personOf(env: Env, userId: UserId): Promise<Outcome<Person>> {
  const relation = await relationOf(env, userId, userId);
  return relation.ok ? done(relation.value.person) : relation;
}

/**
 * The asker and the others, if all of them exist and no block stands between the asker and any of them.
 * An unknown one outweighs a block: it is what the asker can do something about.
 */
export async function gather(env: Env, by: UserId, others: readonly UserId[]): Promise<Outcome<[Person, ...Person[]]>> {
  const [own, relations] = await Promise.all([personOf(env, by), relationsTo(env, others, by)]);
  if (!own.ok) return own;
  const blocks = new Set(own.value.blocks);
  const people: Person[] = [];
  let isBlocked = false;
  for (const relation of relations) {
    if (!relation.ok) return relation;
    people.push(relation.value.person);
    isBlocked ||= relation.value.isBlocked || blocks.has(relation.value.person.user.id);
  }
  return isBlocked ? blocked : done([own.value, ...people]);
}

/** In the order asked for, up to the first that is refused, which comes first then. */
async function relationsTo(env: Env, userIds: readonly UserId[], viewer: UserId): Promise<Outcome<Relation>[]> {
  const answers: Outcome<Relation>[] = [];
  let next = 0;
  let refusal: Outcome<Relation> | undefined;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      const userId = userIds[index];
      if (userId === undefined || refusal !== undefined) return;
      const answer = await relationOf(env, userId, viewer);
      if (answer.ok) answers[index] = answer;
      else refusal ??= answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(callsMax, userIds.length) }, work));
  return refusal === undefined ? answers : [refusal];
}
