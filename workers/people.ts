/** Owns what the gateway asks of people before a conversation is made or grows: that they exist, that no block stands between them, and that they can be reached. */
import { ask, call, conversationStub, userStub } from "../objects/shared/platform/calls.ts";
import type { Env } from "../objects/shared/platform/env.ts";
import { inParallel } from "../objects/shared/platform/in-parallel.ts";
import { isMinted, mintDmId } from "../objects/shared/identity/mint.ts";
import type { Approach, KnownPage, Person, Relation } from "../objects/user/contract.ts";
import { done, notFound, type Outcome, refuse } from "../schema/errors.ts";
import type { ConversationId, UserId } from "../schema/ids.ts";
import type { ConversationKind } from "../schema/wire/conversation.ts";

/** Calls under way at once for one request. */
const callsMax = 50;

const blocked = refuse("forbidden", "one of you has blocked the other");
const outOfReach = refuse("forbidden", "takes new conversations from people whom they know, only");

/** Whom somebody brings into a conversation, themselves first; `requests`: those who take it as a request. */
export type Brought = { people: [Person, ...Person[]]; requests: UserId[]; isThere: boolean };

/** How `userId` stands to `viewer`; `not_found` also for ids that we never made. */
export function relationOf(env: Env, userId: UserId, viewer: UserId): Promise<Outcome<Relation>> {
  if (!isMinted(env.ID_SECRET, userId, "user")) return Promise.resolve(notFound);
  return ask("user.relation", () => userStub(env, userId).relation(viewer));
}

/**
 * Who joins by an invite, as they see themselves. To come in costs as much as to bring somebody known; a member's accept is free, and so is
 * one that leads nowhere.
 */
export async function joinerOf(env: Env, userId: UserId, id: ConversationId, secret: string): Promise<Outcome<Person>> {
  const relation = await relationOf(env, userId, userId);
  if (!relation.ok || env.PARLEY_RATE_LIMITS === "off") return relation.ok ? done(relation.value.person) : relation;
  const may = await ask("conversation.mayAccept", () => conversationStub(env, id).mayAccept(userId, secret));
  if (!may.ok) return may;
  if (may.value.isMember) return done(relation.value.person);
  const cost = { known: 1, strangers: 0 };
  const charged = await ask("user.chargeBrings", () => userStub(env, userId).chargeBrings(cost));
  return charged.ok ? done(relation.value.person) : charged;
}

/** `founding`: the conversation, where it is to be founded; null where it only grows. */
export type Bringing = {
  by: UserId;
  others: readonly UserId[];
  founding: { id: ConversationId; kind: ConversationKind } | null;
};

/**
 * The asker and the others, if all of them exist, no block stands between the asker and any of them, each can be reached by the
 * asker, and none of this was done too often. In this order, for a refusal names what the asker can do something about; and so that
 * what is refused for good costs nobody anything. `isThere`: it was founded before, so nobody is brought anywhere, and it is free.
 */
export async function gather(env: Env, { by, others, founding }: Bringing): Promise<Outcome<Brought>> {
  const bringer = await ask("user.bringer", () => userStub(env, by).bringer(founding?.id ?? null));
  if (!bringer.ok) return bringer;
  const { person, hasRow, known } = bringer.value;
  const approaches = await approachesTo(env, others, by, known);
  const blocks = new Set(person.blocks);
  const near: Approach[] = [];
  let isBlocked = false;
  let isOutOfReach = false;
  let isThere = hasRow;
  for (const approach of approaches) {
    if (!approach.ok) return approach;
    const { value: other } = approach;
    near.push(other);
    isBlocked ||= other.isBlocked || blocks.has(other.person.user.id);
    isOutOfReach ||= !other.isKnown && other.reach === "contacts";
    isThere ||= other.hasDm && mintDmId(env.ID_SECRET, by, other.person.user.id) === founding?.id;
  }
  if (isBlocked) return blocked;
  const people: Brought["people"] = [person, ...near.map((other) => other.person)];
  if (isThere) return done({ people, requests: [], isThere });
  if (isOutOfReach) return outOfReach;
  const asked = near.filter((other) => !other.isKnown && other.reach === "requests");
  const late = env.PARLEY_RATE_LIMITS === "off" ? done([]) : await meter(env, by, near, founding?.kind === "group");
  if (!late.ok) return late;
  return done({ people, requests: [...asked.map((other) => other.person.user.id), ...late.value], isThere });
}

/** Takes from the asker what it costs, a group for itself and each person, then from each of the others; answers those to whom so many strangers came that this is a request. */
async function meter(env: Env, by: UserId, others: readonly Approach[], isGroup: boolean): Promise<Outcome<UserId[]>> {
  const known = others.filter((other) => other.isKnown).length + Number(isGroup);
  const cost = { known, strangers: others.filter((other) => !other.isKnown).length };
  if (cost.known + cost.strangers === 0) return done([]);
  const charged = await ask("user.chargeBrings", () => userStub(env, by).chargeBrings(cost));
  if (!charged.ok) return charged;
  const late: UserId[] = [];
  let refusal: Outcome<never> | undefined;
  await inParallel(others, callsMax, async ({ person, isContact, isKnown }) => {
    if (isContact || refusal !== undefined) return;
    const { id } = person.user;
    const taken = await ask("user.takeIn", () => userStub(env, id).takeIn(by, !isKnown));
    if (!taken.ok) refusal ??= taken;
    else if (taken.value.isRequest) late.push(id);
  });
  return refusal ?? done(late);
}

/** In the order asked for, up to the first that is refused, which comes first then. */
async function approachesTo(
  env: Env,
  userIds: readonly UserId[],
  by: UserId,
  known: KnownPage,
): Promise<Outcome<Approach>[]> {
  const answers: Outcome<Approach>[] = [];
  const pages = new KnownPages(env, by, known);
  let next = 0;
  let refusal: Outcome<Approach> | undefined;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      const userId = userIds[index];
      if (userId === undefined || refusal !== undefined) return;
      const answer = await approachTo(env, userId, by, pages);
      if (answer.ok) answers[index] = answer;
      else refusal ??= answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(callsMax, userIds.length) }, work));
  return refusal === undefined ? answers : [refusal];
}

/** Asks on, page by page, until it is known whether the two have a conversation in common. */
async function approachTo(env: Env, userId: UserId, by: UserId, pages: KnownPages): Promise<Outcome<Approach>> {
  if (!isMinted(env.ID_SECRET, userId, "user")) return notFound;
  const first = await pages.at(0);
  if (!first.ok) return first;
  const approach = await ask("user.approach", () => userStub(env, userId).approach(by, first.value?.ids ?? []));
  if (!approach.ok || approach.value.isKnown) return approach;
  for (let index = 1; ; index++) {
    const page = await pages.at(index);
    if (!page.ok) return page;
    const ids = page.value?.ids;
    if (ids === undefined) return approach;
    const shares = await call("user.sharesOne", () => userStub(env, userId).sharesOne(ids));
    if (!shares.ok) return shares;
    if (shares.value) return done({ ...approach.value, isKnown: true });
  }
}

/** The bringer's conversations, each page fetched once however many ask for it. */
class KnownPages {
  readonly #env: Env;
  readonly #by: UserId;
  readonly #pages: Promise<Outcome<KnownPage | undefined>>[];

  constructor(env: Env, by: UserId, first: KnownPage) {
    this.#env = env;
    this.#by = by;
    this.#pages = [Promise.resolve(done(first))];
  }

  /** Undefined behind the last. */
  at(index: number): Promise<Outcome<KnownPage | undefined>> {
    return (this.#pages[index] ??= this.#after(this.at(index - 1)));
  }

  async #after(before: Promise<Outcome<KnownPage | undefined>>): Promise<Outcome<KnownPage | undefined>> {
    const page = await before;
    if (!page.ok) return page;
    const next = page.value?.next ?? null;
    if (next === null) return done(undefined);
    return await call("user.knownAfter", () => userStub(this.#env, this.#by).knownAfter(next));
  }
}
