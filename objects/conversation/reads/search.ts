/**
 * Owns the search of what the conversation's object holds. Each call looks at a bounded number of messages, so that people who chat meanwhile
 * do not wait. Another call asks for the rest.
 */
import { isAnswer, searchQuery } from "../../../core/search/search-query.ts";
import { visibleFrom } from "../../../core/visibility.ts";
import { done, notFound, type Outcome, refuse } from "../../../schema/errors.ts";
import type { Seq, UserId } from "../../../schema/ids.ts";
import { searchHolds, searchRates } from "../../../schema/search-limits.ts";
import { utf8Bytes } from "../../../schema/text.ts";
import type { Message } from "../../../schema/wire/message.ts";
import type {
  Before,
  MessagesFound,
  SearchAsk,
  SearchFound,
  SegmentsAsk,
  SegmentsToSearch,
} from "../../contract/search.ts";
import { Buckets } from "../../shared/meters/buckets.ts";
import { areRatesOff } from "../../shared/meters/rate-limits.ts";
import { now } from "../../shared/platform/clock.ts";
import type { Env } from "../../shared/platform/env.ts";
import type { Groups } from "../archive/groups.ts";
import { type Manifest, nameOf } from "../archive/manifest.ts";
import type { LargeGroup } from "../large/large-group.ts";
import type { Store } from "../store.ts";
import { messageOf } from "../../../core/stored-message.ts";
import type { Messages } from "../messages/messages.ts";

export class Search {
  readonly #env: Pick<Env, "PARLEY_RATE_LIMITS">;
  readonly #store: Store;
  readonly #messages: Messages;
  readonly #manifest: Manifest;
  readonly #groups: Groups;
  readonly #large: Pick<LargeGroup, "shownTo">;
  readonly #asked = new Buckets(searchRates.searchesPerUser);

  constructor(parts: {
    env: Env;
    store: Store;
    messages: Messages;
    manifest: Manifest;
    groups: Groups;
    large: Pick<LargeGroup, "shownTo">;
  }) {
    this.#large = parts.large;
    this.#env = parts.env;
    this.#store = parts.store;
    this.#messages = parts.messages;
    this.#manifest = parts.manifest;
    this.#groups = parts.groups;
  }

  search(viewer: UserId, ask: SearchAsk): Outcome<SearchFound> {
    const { state } = this.#store;
    const member = this.#store.member(viewer);
    if (state === undefined || member === undefined) return notFound;
    const at = now();
    if (!areRatesOff(this.#env) && !this.#asked.take(viewer, at))
      return refuse("rate_limited", "you ask too much at once", this.#asked.waitMs(viewer, at));
    const query = searchQuery(ask.q);
    if (query === undefined) return refuse("bad_request", "q: must hold a word");

    const shown = this.#large.shownTo(state, viewer);
    const { after } = visibleFrom(state, member);
    const { since = 0, until = Number.MAX_SAFE_INTEGER, senderId, limit } = ask;
    const before = earlier(ask.before, until);
    const { groups, next: older } =
      ask.part === "messages"
        ? { groups: [], next: null }
        : this.#groups.toSearch(state.facts.id, { after, before, since, segmentsMax: searchHolds.segmentsPerCall });
    if (ask.part === "archive") return done({ hits: [], next: null, groups, older });
    const hits: Message[] = [];
    let next: Before | null = null;
    let seen: Before | undefined;
    const left = {
      messages: searchHolds.messagesPerCall,
      units: searchHolds.unitsPerCall,
      bytes: searchHolds.bytesPerCall,
    };
    this.#messages.walkTexts(after, this.#lastBefore(before, state.head.seq), (row) => {
      if (row.sentAt < since) return false;
      if (seen !== undefined && (hits.length === limit || left.messages <= 0 || left.units <= 0 || left.bytes <= 0)) {
        next = seen;
        return false;
      }
      seen = { at: row.sentAt, seq: row.seq };
      left.messages--;
      if (row.isUnsent || (senderId !== undefined && row.senderId !== senderId)) return true;
      left.units -= row.text.length;
      if (!isAnswer(query, row.text)) return true;
      const whole = this.#messages.whole(row.seq);
      if (whole === undefined) return true;
      hits.push(messageOf(state.facts.id, shown(whole), true));
      left.bytes -= utf8Bytes(row.text);
      return true;
    });
    return done({ hits, next, groups, older });
  }

  /** The gateway asks this after it has read an index, so the right to read is checked again. */
  segments(viewer: UserId, ask: SegmentsAsk): Outcome<SegmentsToSearch> {
    const { state } = this.#store;
    const member = this.#store.member(viewer);
    if (state === undefined || member === undefined) return notFound;
    const { after } = visibleFrom(state, member);
    const segments = this.#groups.segments(state.facts.id, { ...ask, after });
    return done({
      after,
      segments: segments.map((segment) => ({
        ...segment,
        held: this.#messages.seqsBetween(segment.name.first, segment.name.last),
      })),
    });
  }

  messagesAt(viewer: UserId, seqs: readonly Seq[]): Outcome<MessagesFound> {
    const { state } = this.#store;
    const member = this.#store.member(viewer);
    if (state === undefined || member === undefined) return notFound;
    const shown = this.#large.shownTo(state, viewer);
    const { after } = visibleFrom(state, member);
    const found: MessagesFound = { messages: [], away: [] };
    for (const seq of seqs) {
      const row = seq > after ? this.#messages.short(seq) : undefined;
      if (row !== undefined) found.messages.push(messageOf(state.facts.id, shown(row)));
      const segment = seq > after && row === undefined ? this.#manifest.segmentOf(seq) : undefined;
      if (segment === undefined) continue;
      const name = nameOf(state.facts.id, segment);
      const there = found.away.find((each) => each.segment.key === name.key);
      if (there === undefined) found.away.push({ segment: name, seqs: [seq] });
      else there.seqs.push(seq);
    }
    return done(found);
  }

  /** The last message before a place, among those that are held here. */
  #lastBefore({ at, seq }: Before, headSeq: Seq): Seq {
    let low = 0;
    let high = headSeq;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const row = this.#messages.timeAt(middle);
      if (row === undefined || row.at < at || (row.at === at && row.seq < seq)) low = middle;
      else high = row.seq - 1;
    }
    return low;
  }
}

/** `until` is inclusive. */
function earlier(before: Before, until: number): Before {
  return before.at <= until ? before : { at: until, seq: Number.MAX_SAFE_INTEGER };
}
