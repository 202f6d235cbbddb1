/**
 * Owns a page of a search: which conversations are searched, by the user's own list, and which hits the answer has. Conversations answer only
 * members. Hits come newest first over all conversations. The list is in order of activity, so conversations that were silent since a hit was sent need not be
 * asked before the hit is certain: the list is asked in blocks, and the next block is a source.
 */
import { highlightsOf, searchQuery, type SearchQuery } from "../../core/search/search-query.ts";
import type { ListPlace, SearchAsk } from "../../objects/contract/search.ts";
import { badCursor } from "../../objects/shared/list-pages.ts";
import { isMinted } from "../../objects/shared/identity/mint.ts";
import { ask, call, conversationStub, userStub } from "../../objects/shared/platform/calls.ts";
import { now } from "../../objects/shared/platform/clock.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { archive } from "../../schema/archive-limits.ts";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import type { Hit, Missing, SearchCallQuery, SearchPage } from "../../schema/http/search.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import { searchHolds, searchLimits } from "../../schema/search-limits.ts";
import { bytePrefix } from "../../schema/text.ts";
import type { Message } from "../../schema/wire/message.ts";
import { Turns } from "../archive/turns.ts";
import { groupSource } from "./archive-sources.ts";
import { hiddenFrom } from "../archive/hides.ts";
import { fitting } from "./hits.ts";
import { beforeIn, byPlace, cursorOf, cursorText, type HitPlace } from "./hit-place.ts";
import { best, type Found, type FoundMessage, type Source, merge } from "./merge.ts";

/** The query, and the user who searches. */
type Seeking = { env: Env; viewer: UserId; query: SearchQuery; wanted: SearchCallQuery; turns: Turns };

/** The user's list, as one page walks along it. `left`: how many conversations of it the page may still ask. `next`: where the following round begins. */
type Walk = { left: number; next: ListPlace | null };

export async function searchMessages(env: Env, viewer: UserId, wanted: SearchCallQuery): Promise<Outcome<SearchPage>> {
  const begunAt = now();
  const query = searchQuery(wanted.q);
  if (query === undefined) return refuse("bad_request", "q: must hold a word");
  const cursor = cursorOf(wanted.cursor);
  if (cursor === null) return badCursor;
  const seeking = { env, viewer, query, wanted, turns: new Turns() };
  const walk: Walk = { left: searchHolds.conversationsPerPage, next: null };
  const { place: from } = cursor;
  const found = await askBlock(seeking, walk, cursor.round, from);
  if (!found.ok) return found;
  const merged = await merge(found.value, {
    limit: wanted.limit,
    deadlineMs: begunAt + searchHolds.pageMs,
    lastMs: begunAt + searchHolds.pageLastMs,
    from,
  });
  if (!merged.ok) return merged;
  const { next, missing } = merged.value;
  let { messages } = merged.value;
  // A conversation's answer holds for a second. So after longer than that, it is asked again whether the user was removed or a message unsent meanwhile.
  if (now() - begunAt > archive.answerMs) {
    const still = await stillReadable(env, viewer, messages);
    messages = messages.filter(({ place }) => still.seqs.has(keyOf(place)));
    missing.push(...still.missing);
    if (messages.length === 0 && wanted.conversationId !== undefined && still.isGone) return notFound;
  }
  const isHidden = await hiddenFrom(
    env,
    viewer,
    messages.map(({ place: { id } }) => id),
  );
  if (!isHidden.ok) return isHidden;
  const shown = messages.filter(({ place: { id, seq } }) => !isHidden.value(id, seq));
  const { hits, cutAt } = fitting(hitsOf(query, shown));
  const place = cutAt ?? next;
  const goesOn =
    place === null ? (walk.next === null ? null : { place: null, round: walk.next }) : { place, round: cursor.round };
  return done({
    hits,
    cursor: goesOn === null ? null : cursorText(goesOn),
    ...(missing.length === 0 ? {} : { missing }),
  });
}

/** Which of these messages the viewer may read now. `missing`: those of conversations that do not answer. */
async function stillReadable(
  env: Env,
  viewer: UserId,
  messages: readonly FoundMessage[],
): Promise<{ seqs: Set<string>; missing: Missing[]; isGone: boolean }> {
  const still = { seqs: new Set<string>(), missing: new Array<Missing>(), isGone: false };
  const byConversation = [...Map.groupBy(messages, ({ place }) => place.id)];
  await inParallel(byConversation, searchHolds.callsAtOnce, async ([id, here]) => {
    const seqs = here.map(({ place }) => place.seq);
    const answer = await ask("conversation.messagesAt", () => conversationStub(env, id).messagesAt(viewer, seqs));
    if (!answer.ok) {
      if (answer.refusal.code === "not_found") still.isGone = true;
      else still.missing.push({ conversationId: id });
      return;
    }
    for (const { seq, unsentAt } of answer.value.messages) if (unsentAt === null) still.seqs.add(keyOf({ id, seq }));
    for (const { seqs: away } of answer.value.away) for (const seq of away) still.seqs.add(keyOf({ id, seq }));
  });
  return still;
}

function keyOf({ id, seq }: Pick<HitPlace, "id" | "seq">): string {
  return `${id} ${seq}`;
}

/** Asks the conversations behind a place of the list, a block of them. The next block is a source behind the time of the last activity in this one. */
async function askBlock(
  seeking: Seeking,
  walk: Walk,
  after: ListPlace | null,
  from: HitPlace | null,
): Promise<Outcome<Found>> {
  const asked = await conversationsOf(seeking, after);
  if (!asked.ok) return asked;
  const { ids, next } = asked.value;
  walk.left -= searchHolds.conversationsPerBlock;
  const found = await askAll(seeking, ids, from);
  if (!found.ok || next === null) return found;
  if (walk.left <= 0) {
    walk.next = next;
    return found;
  }
  const own = { at: next.at + 1, id: next.id, seq: 0 };
  const source: Source = {
    behind: from !== null && byPlace(from, own) > 0 ? from : own,
    isOfList: true,
    open: () => askBlock(seeking, walk, next, from),
    giveUp: () => {
      walk.next = next;
      return [];
    },
  };
  return done({ ...found.value, sources: [...found.value.sources, source] });
}

async function conversationsOf(
  { env, viewer, wanted: { conversationId } }: Seeking,
  after: ListPlace | null,
): Promise<Outcome<{ ids: ConversationId[]; next: ListPlace | null }>> {
  if (conversationId === undefined)
    return call("user.reachable", () => userStub(env, viewer).reachable(after, searchHolds.conversationsPerBlock));
  if (!isMinted(env.ID_SECRET, conversationId, "conversation")) return notFound;
  return done({ ids: [conversationId], next: null });
}

/** The hits of each conversation before the place. If one of many does not answer, it is listed as missing; one that the user has just left is skipped. */
async function askAll(
  seeking: Seeking,
  ids: readonly ConversationId[],
  place: HitPlace | null,
): Promise<Outcome<Found>> {
  const all: Found = { messages: [], sources: [], missing: [] };
  let refusal: Outcome<never> | undefined;
  await inParallel(ids, searchHolds.callsAtOnce, async (id) => {
    if (refusal !== undefined) return;
    const found = await askOne(seeking, id, place, "both");
    if (found.ok) {
      // Of 200 conversations the texts of all hits would not fit into memory. One hit more than the page takes shows that there are more.
      all.messages = best([...all.messages, ...found.value.messages], seeking.wanted.limit + 1);
      all.sources.push(...found.value.sources);
    } else if (seeking.wanted.conversationId !== undefined || found.refusal.code === "rate_limited") refusal ??= found;
    else if (found.refusal.code !== "not_found") all.missing.push({ conversationId: id });
  });
  return refusal ?? done(all);
}

async function askOne(
  seeking: Seeking,
  id: ConversationId,
  place: HitPlace | null,
  part: SearchAsk["part"],
): Promise<Outcome<Found>> {
  const { env, viewer, query, wanted, turns } = seeking;
  const { q, senderId, since, until, limit } = wanted;
  const asking = { q, senderId, since, until, before: beforeIn(id, place), limit, part };
  const found = await ask("conversation.search", () => conversationStub(env, id).search(viewer, asking));
  if (!found.ok) return found;
  const { hits, next, groups, older } = found.value;
  const messages = hits.map((message) => ({ place: { at: message.sentAt, id, seq: message.seq }, message }));
  const sources = groups.map((group) => groupSource({ env, viewer, id, query, wanted, place, turns }, group));
  if (next !== null) {
    const behind = { ...next, id };
    sources.push({
      behind,
      open: () => askOne(seeking, id, behind, "messages"),
      giveUp: () => [{ conversationId: id }],
    });
  }
  if (older !== null) {
    const behind = { ...older, id };
    sources.push({
      behind,
      open: () => askOne(seeking, id, behind, "archive"),
      giveUp: () => [{ conversationId: id }],
    });
  }
  return done({ messages, sources, missing: [] });
}

function* hitsOf(query: SearchQuery, messages: readonly FoundMessage[]): Generator<{ place: HitPlace; hit: Hit }> {
  for (const { place, message } of messages) {
    const highlights = highlightsOf(query, message.text, searchLimits.highlightsPerHitMax);
    yield { place, hit: { message: shortOf(message), highlights } };
  }
}

/** A message as lists carry it. */
function shortOf(message: Message): Message {
  const text = bytePrefix(message.text, limits.textPreviewBytesMax);
  return text.length === message.text.length ? message : { ...message, text, truncated: true };
}
