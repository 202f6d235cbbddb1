/**
 * Owns a page of a search: which conversations are searched, by the user's own list, and which hits the answer has. Conversations answer only
 * members. In a search over all conversations the hits of one round of conversations come newest first, then those of the next round.
 */
import { highlightsOf, searchQuery, type SearchQuery } from "../../core/search/search-query.ts";
import type { ListPlace, SearchAsk } from "../../objects/contract/search.ts";
import { badCursor } from "../../objects/shared/list-pages.ts";
import { isMinted } from "../../objects/shared/identity/mint.ts";
import { ask, call, conversationStub, userStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { inParallel } from "../../objects/shared/platform/in-parallel.ts";
import { done, notFound, type Outcome, refuse } from "../../schema/errors.ts";
import type { Hit, SearchCallQuery, SearchPage } from "../../schema/http/search.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import { limits } from "../../schema/limits.ts";
import { searchHolds, searchLimits } from "../../schema/search-limits.ts";
import { bytePrefix } from "../../schema/text.ts";
import type { Message } from "../../schema/wire/message.ts";
import { groupSource } from "./archive-sources.ts";
import { fitting } from "./hits.ts";
import { beforeIn, cursorOf, cursorText, type HitPlace } from "./hit-place.ts";
import { type Found, type FoundMessage, merge, best } from "./merge.ts";

/** The query, and the user who searches. */
type Seeking = { env: Env; viewer: UserId; query: SearchQuery; wanted: SearchCallQuery };

export async function searchMessages(env: Env, viewer: UserId, wanted: SearchCallQuery): Promise<Outcome<SearchPage>> {
  const deadlineMs = Date.now() + searchHolds.pageMs;
  const query = searchQuery(wanted.q);
  if (query === undefined) return refuse("bad_request", "q: must hold a word");
  const cursor = cursorOf(wanted.cursor);
  if (cursor === null) return badCursor;
  const seeking = { env, viewer, query, wanted };
  const asked = await conversationsOf(seeking, cursor.round);
  if (!asked.ok) return asked;
  const { ids, next: nextRound } = asked.value;
  const found = await askAll(seeking, ids, cursor.place);
  if (!found.ok) return found;
  const merged = await merge(found.value, wanted.limit, deadlineMs);
  if (!merged.ok) return merged;
  const { messages, next, missing } = merged.value;
  const { hits, cutAt } = fitting(hitsOf(query, messages));
  const place = cutAt ?? next;
  const goesOn =
    place === null ? (nextRound === null ? null : { place: null, round: nextRound }) : { place, round: cursor.round };
  return done({
    hits,
    cursor: goesOn === null ? null : cursorText(goesOn),
    ...(missing.length === 0 ? {} : { missing }),
  });
}

async function conversationsOf(
  { env, viewer, wanted: { conversationId } }: Seeking,
  round: ListPlace | null,
): Promise<Outcome<{ ids: ConversationId[]; next: ListPlace | null }>> {
  if (conversationId === undefined)
    return call("user.reachable", () => userStub(env, viewer).reachable(round, searchHolds.conversationsPerPage));
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
    } else if (ids.length === 1 || found.refusal.code === "rate_limited") refusal ??= found;
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
  const { env, viewer, query, wanted } = seeking;
  const { q, senderId, since, until, limit } = wanted;
  const asking = { q, senderId, since, until, before: beforeIn(id, place), limit, part };
  const found = await ask("conversation.search", () => conversationStub(env, id).search(viewer, asking));
  if (!found.ok) return found;
  const { hits, next, groups, older } = found.value;
  const messages = hits.map((message) => ({ place: { at: message.sentAt, id, seq: message.seq }, message }));
  const sources = groups.map((group) => groupSource({ env, viewer, id, query, wanted, place }, group));
  if (next !== null) {
    const behind = { ...next, id };
    sources.push({ behind, open: () => askOne(seeking, id, behind, "messages") });
  }
  if (older !== null) {
    const behind = { ...older, id };
    sources.push({ behind, open: () => askOne(seeking, id, behind, "archive") });
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
