/**
 * Owns the search of a conversation's archive. The conversation names groups of segments; the index of a group says which segments may hold an
 * answer; the conversation names these segments, and checks the right to read once more; the segments are searched here, so that people who chat
 * there do not wait. If an index cannot be read, all segments of its group are searched. If a segment cannot be read, the page lists it as missing.
 */
import { isAnswer, type SearchQuery } from "../../core/search/search-query.ts";
import { slotsWith } from "../../core/search/segment-index.ts";
import { messageOf } from "../../core/stored-message.ts";
import type { Before, GroupToSearch, SegmentsToSearch, SegmentToSearch } from "../../objects/contract/search.ts";
import { ask, conversationStub } from "../../objects/shared/platform/calls.ts";
import type { Env } from "../../objects/shared/platform/env.ts";
import { logFault } from "../../objects/shared/platform/log.ts";
import { done, type Outcome, refuse } from "../../schema/errors.ts";
import type { Missing, SearchCallQuery } from "../../schema/http/search.ts";
import type { ConversationId, Seq, UserId } from "../../schema/ids.ts";
import { indexNamed } from "../archive/read-index.ts";
import { readSegment } from "../archive/read-segment.ts";
import type { Turns } from "../archive/turns.ts";
import { beforeIn, byPlace, type HitPlace } from "./hit-place.ts";
import type { Found, FoundMessage, Source } from "./merge.ts";

/** What is searched for, by whom, and behind which place of all conversations. `turns`: of all segments that the page reads. */
export type ArchiveSearch = {
  env: Env;
  viewer: UserId;
  id: ConversationId;
  query: SearchQuery;
  wanted: Pick<SearchCallQuery, "senderId" | "since" | "until" | "limit">;
  place: HitPlace | null;
  turns: Turns;
};

const nothing: Found = { messages: [], sources: [], missing: [] };
const unreadable = refuse("unavailable", "old messages cannot be read now", 5_000);

/** All hits of a group come after its newest message in the order of hits, and after the place where the page begins. */
export function groupSource(search: ArchiveSearch, group: GroupToSearch): Source {
  return { behind: later(search, group.before), open: () => openGroup(search, group), giveUp: () => givenUp(search) };
}

async function openGroup(search: ArchiveSearch, group: GroupToSearch): Promise<Outcome<Found>> {
  const { env, query, wanted } = search;
  let index: Awaited<ReturnType<typeof indexNamed>>;
  try {
    index = group.index === null ? undefined : await indexNamed(env, group.index);
  } catch (error) {
    logFault("archive", error, {});
    return unreadable;
  }
  const slots = index === undefined ? null : slotsWith(index, group.slots, { query, senderId: wanted.senderId });
  if (slots?.length === 0) return done(nothing);
  const listed = await segmentsOf(search, group.group, slots);
  if (!listed.ok) return listed;
  const { after, segments } = listed.value;
  const sources = segments.map((segment) =>
    segmentSource(search, { segment, after, group: group.group, isAskedAgain: false }, later(search, segment.before)),
  );
  return done({ ...nothing, sources });
}

function segmentsOf(
  { env, viewer, id, wanted, place }: ArchiveSearch,
  group: number,
  slots: number[] | null,
): Promise<Outcome<SegmentsToSearch>> {
  const { since = 0, until = Number.MAX_SAFE_INTEGER } = wanted;
  const top = beforeIn(id, place);
  const before = top.at <= until ? top : { at: until, seq: Number.MAX_SAFE_INTEGER };
  const asking = { group, slots, before, since };
  return ask("conversation.segmentsToSearch", () => conversationStub(env, id).segmentsToSearch(viewer, asking));
}

type InGroup = { segment: SegmentToSearch; after: Seq; group: number; isAskedAgain: boolean };

function segmentSource(search: ArchiveSearch, there: InGroup, behind: HitPlace): Source {
  return { behind, open: () => openSegment(search, there, behind), giveUp: () => givenUp(search) };
}

function givenUp({ id }: ArchiveSearch): Missing[] {
  return [{ conversationId: id }];
}

/** Looks through a segment from its newest message on, until there are as many hits as a page takes. */
async function openSegment(search: ArchiveSearch, there: InGroup, behind: HitPlace): Promise<Outcome<Found>> {
  const { env, id, query, wanted } = search;
  const { segment, after, group, isAskedAgain } = there;
  const { name } = segment;
  let read: Awaited<ReturnType<typeof readSegment>>;
  try {
    read = await readSegment(env, name, search.turns);
  } catch (error) {
    logFault("archive", error, {});
    return unreadable;
  }
  if (!read.ok) {
    // The segment may have been written anew since the object named it.
    const listed = isAskedAgain ? undefined : await segmentsOf(search, group, null);
    if (listed?.ok === false) return listed;
    const anew = listed?.value.segments.find((each) => each.name.first === name.first && each.name.key !== name.key);
    if (anew !== undefined && listed !== undefined)
      return done({
        ...nothing,
        sources: [segmentSource(search, { ...there, segment: anew, isAskedAgain: true }, behind)],
      });
    return done({
      ...nothing,
      missing: [{ conversationId: id, from: Math.max(name.first, after + 1), to: name.last }],
    });
  }
  const { since = 0, until = Number.MAX_SAFE_INTEGER, senderId, limit } = wanted;
  const held = new Set(segment.held);
  const before = beforeIn(id, behind);
  const messages: FoundMessage[] = [];
  for (let seq = name.last; seq > after && seq >= name.first; seq--) {
    const at = read.segment.sentAtOf(seq);
    if (at < since) break;
    if (at > until || !isBefore({ at, seq }, before) || held.has(seq)) continue;
    if (senderId !== undefined && read.segment.senderOf(seq) !== senderId) continue;
    if (!isAnswer(query, read.segment.text(seq))) continue;
    const place = { at, id, seq };
    messages.push({ place, message: messageOf(id, read.segment.row(seq), true) });
    if (messages.length === limit)
      return done({ ...nothing, messages, sources: [segmentSource(search, there, place)] });
  }
  return done({ ...nothing, messages });
}

function isBefore({ at, seq }: Before, before: Before): boolean {
  return at < before.at || (at === before.at && seq < before.seq);
}

/** Where the page begins, or a place of the conversation, whichever comes later in the order of hits. */
function later({ id, place }: ArchiveSearch, before: Before): HitPlace {
  const own = { at: before.at, id, seq: before.seq };
  return place !== null && byPlace(place, own) > 0 ? place : own;
}
