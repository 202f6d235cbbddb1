/**
 * Owns the checks that the gateway makes before a conversation is founded or grows: whether the people exist, whether a block stands
 * between them, whether their settings let strangers reach them, and whether too many people are brought.
 */
import { largeMarks } from "../objects/conversation/large/marks.ts";
import { ask, call, conversationStub, userStub } from "../objects/shared/platform/calls.ts";
import type { Env } from "../objects/shared/platform/env.ts";
import { inParallel } from "../objects/shared/platform/in-parallel.ts";
import { Directory } from "../objects/shared/identity/directory.ts";
import { isMinted, mintDmId } from "../objects/shared/identity/mint.ts";
import type { Approach, BringPage, BroughtPage, KnownPage } from "../objects/contract/bringing.ts";
import type { Person, Relation } from "../objects/contract/person.ts";
import { done, notFound, type Outcome, refuse } from "../schema/errors.ts";
import type { ConversationId, UserId } from "../schema/ids.ts";
import { batches } from "../schema/limits.ts";
import type { ConversationKind } from "../schema/wire/conversation.ts";

/** Calls under way at once for one request. */
const callsMax = 50;

const blocked = refuse("forbidden", "one of you has blocked the other");
const outOfReach = refuse("forbidden", "one of them accepts new conversations only from people they know");

/** The people of a conversation, the acting one first. `requests`: those to whom the conversation comes as a request. */
export type Brought = { people: [Person, ...Person[]]; requests: UserId[] };

/** How `userId` stands to `viewer`; `not_found` also for ids that this server never made. */
export function relationOf(env: Env, userId: UserId, viewer: UserId): Promise<Outcome<Relation>> {
  if (!isMinted(env.ID_SECRET, userId, "user")) return Promise.resolve(notFound);
  return ask("user.relation", () => userStub(env, userId).relation(viewer));
}

/**
 * The person who joins by an invite. Joining costs as much as bringing one known person. It is free for members, and an invite that leads
 * nowhere is refused before anything is charged.
 */
export async function joinerOf(env: Env, userId: UserId, id: ConversationId, secret: string): Promise<Outcome<Person>> {
  const relation = await relationOf(env, userId, userId);
  if (!relation.ok) return relation;
  const joiner = done(relation.value.person);
  if (!areMetered(env)) return joiner;
  const may = await ask("conversation.mayAccept", () => conversationStub(env, id).mayAccept(userId, secret));
  if (!may.ok) return may;
  if (may.value.isMember) return joiner;
  const charged = await ask("user.chargeBrings", () => userStub(env, userId).chargeBrings({ known: 1, strangers: 0 }));
  return charged.ok ? joiner : charged;
}

function areMetered(env: Env): boolean {
  return env.PARLEY_RATE_LIMITS !== "off";
}

/** `by` brings `others`. `founding`: the conversation that is to be founded; null if an existing one grows. */
export type Bringing = {
  by: UserId;
  others: readonly UserId[];
  founding: { id: ConversationId; kind: ConversationKind } | null;
};

/**
 * Checks in this order whether the others exist, whether a block stands between `by` and any of them, whether the settings of each let
 * `by` reach them, and whether too many people are brought. Charges come last, so a call that is refused for another reason costs
 * nobody anything. A conversation that was founded before is free, because it brings nobody.
 */
export async function gather(env: Env, { by, others, founding }: Bringing): Promise<Outcome<Brought>> {
  const isMany = others.length > largeMarks.smallGroupMembersMax;
  const paid = isMany && areMetered(env) ? [...others] : [];
  const bringer = await ask("user.bringer", () => userStub(env, by).bringer(founding?.id ?? null, paid));
  if (!bringer.ok) return bringer;
  const { person, hasRow, known, contacts } = bringer.value;
  const approaches = isMany
    ? await manyApproachesTo(env, others, by, contacts)
    : await approachesTo(env, others, by, known);
  if (!approaches.ok) return approaches;
  const near = approaches.value;
  const blocks = new Set(person.blocks);
  if (near.some((other) => other.isBlocked || blocks.has(other.person.user.id))) return blocked;
  const people: Brought["people"] = [person, ...near.map((other) => other.person)];
  const isDmThere = (other: Approach) =>
    other.hasDm && mintDmId(env.ID_SECRET, by, other.person.user.id) === founding?.id;
  if (hasRow || near.some(isDmThere)) return done({ people, requests: [] });
  const strangers = near.filter((other) => !other.isKnown);
  if (strangers.some(({ reach }) => reach === "contacts")) return outOfReach;
  const asking = strangers.filter(({ reach }) => reach === "requests").map((other) => other.person.user.id);
  const crowded = !areMetered(env) ? done([]) : await charge(env, by, near, founding?.kind === "group", isMany);
  if (!crowded.ok) return crowded;
  return done({ people, requests: [...asking, ...crowded.value] });
}

/**
 * Charges `by`: one token for a group itself and one for each person. Then each person is charged, unless `by` is a contact of theirs. Answers the people
 * whom so many strangers have reached already that this conversation comes to them as a request.
 */
async function charge(
  env: Env,
  by: UserId,
  others: readonly Approach[],
  isGroup: boolean,
  isMany: boolean,
): Promise<Outcome<UserId[]>> {
  const strangers = others.filter((other) => !other.isKnown).length;
  const cost = { known: others.length - strangers + Number(isGroup), strangers };
  if (cost.known + cost.strangers === 0) return done([]);
  const charged = await ask("user.chargeBrings", () => userStub(env, by).chargeBrings(cost));
  if (!charged.ok) return charged;
  const taken = others.filter(({ isContact }) => !isContact);
  if (isMany) {
    const strangerIds = new Set(taken.flatMap(({ isKnown, person }) => (isKnown ? [] : [person.user.id])));
    const pages = await inPages(
      env,
      by,
      taken.map(({ person }) => person.user.id),
      (userIds) => ({ do: "take in", userIds, strangers: userIds.filter((userId) => strangerIds.has(userId)) }),
    );
    return pages.ok ? done(pages.value.flatMap(({ crowded }) => crowded)) : pages;
  }
  const crowded: UserId[] = [];
  let refusal: Outcome<never> | undefined;
  await inParallel(taken, callsMax, async ({ person, isKnown }) => {
    if (refusal !== undefined) return;
    const { id } = person.user;
    const taken = await ask("user.takeIn", () => userStub(env, id).takeIn(by, !isKnown));
    if (!taken.ok) refusal ??= taken;
    else if (taken.value.isRequest) crowded.push(id);
  });
  return refusal ?? done(crowded);
}

/**
 * How each of more people than a small group holds stands to `by`. Their group is a large one, which keeps nothing of them but names. So the directory is asked
 * about all, and only those objects are called whose answer follows neither from it nor from what the object of `by` has. A call that is answered before has
 * changed the directory before: so a block or a `reach` that is in force is always seen.
 */
async function manyApproachesTo(
  env: Env,
  userIds: readonly UserId[],
  by: UserId,
  contactIds: readonly UserId[],
): Promise<Outcome<Approach[]>> {
  if (!userIds.every((userId) => isMinted(env.ID_SECRET, userId, "user"))) return notFound;
  const standings = await new Directory(env).standings(userIds, by);
  if (!standings.ok) return standings;
  const contacts = new Set(contactIds);
  // What it costs depends on who knows the bringer.
  const isTold = (userId: UserId) =>
    standings.value.get(userId)?.isOpen === true && (!areMetered(env) || contacts.has(userId));
  const unreported = new Set(userIds.filter((userId) => standings.value.get(userId)?.isReported !== true));
  const asked = userIds.filter((userId) => !isTold(userId));
  const pages = await inPages(env, by, asked, (page) => ({
    do: "approach",
    userIds: page,
    unreported: page.filter((userId) => unreported.has(userId)),
  }));
  if (!pages.ok) return pages;
  const approaches = pages.value.flatMap((page) => page.approaches);
  const answered = new Map(approaches.map((approach) => [approach.person.user.id, approach]));
  return done(
    userIds.flatMap((userId): Approach[] => {
      const [standing, answer] = [standings.value.get(userId), answered.get(userId)];
      if (answer !== undefined) return [answer];
      if (standing === undefined) return [];
      const { user, changedAt } = standing;
      const person = { user, showsRead: false, showsTyping: false, blocks: [], changedAt };
      const isContact = contacts.has(userId);
      return [{ person, isBlocked: false, hasDm: false, isContact, isKnown: isContact, reach: "everyone" }];
    }),
  );
}

/** The object of `by` calls them, for they may be more than one invocation calls. Answers the pages in their order, or the first refusal, after which no more are called. */
async function inPages(
  env: Env,
  by: UserId,
  userIds: readonly UserId[],
  pageOf: (userIds: UserId[]) => BringPage,
): Promise<Outcome<BroughtPage[]>> {
  const pages: BroughtPage[] = [];
  for (let from = 0; from < userIds.length; from += batches.bringPagePeople) {
    const page = pageOf(userIds.slice(from, from + batches.bringPagePeople));
    const answer = await ask("user.bringPage", () => userStub(env, by).bringPage(page));
    if (!answer.ok) return answer;
    pages.push(answer.value);
  }
  return done(pages);
}

/** How each of them stands to `by`, in the order given; or the first refusal, after which no more are asked. */
async function approachesTo(
  env: Env,
  userIds: readonly UserId[],
  by: UserId,
  known: KnownPage,
): Promise<Outcome<Approach[]>> {
  const pages = new KnownPages(env, by, known);
  const approaches: Approach[] = [];
  let refusal: Outcome<never> | undefined;
  await inParallel([...userIds.entries()], callsMax, async ([index, userId]) => {
    if (refusal !== undefined) return;
    const approach = await approachTo(env, userId, by, pages);
    if (approach.ok) approaches[index] = approach.value;
    else refusal ??= approach;
  });
  return refusal ?? done(approaches);
}

/** Asks page by page until one conversation that both are in is found, or there are no more. */
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

/** The conversations of `by`, in pages. Each page is fetched once, however many questions need it. */
class KnownPages {
  readonly #env: Env;
  readonly #by: UserId;
  readonly #pages: Promise<Outcome<KnownPage | undefined>>[];

  constructor(env: Env, by: UserId, first: KnownPage) {
    this.#env = env;
    this.#by = by;
    this.#pages = [Promise.resolve(done(first))];
  }

  /** A page by its index; undefined after the last page. */
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
