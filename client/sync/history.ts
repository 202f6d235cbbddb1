/**
 * Owns how history comes into a conversation's timeline: in pages from the cache, or else from the server, one page at a time. Only messages that are not
 * in memory are fetched, so that each message comes once.
 */
import type { Seq } from "../../schema/ids.ts";
import { listMessages } from "../../schema/http/conversation/messages.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Hole } from "../contract/conversation/conversation.ts";
import { ParleyError } from "../errors.ts";
import { stretchOf, stretchOfAll, type Place } from "./memory.ts";
import type { Shown } from "./shown.ts";
import { gapAt, holds, spanOf, type Span, type Spans } from "../timeline/spans.ts";
import type { PageBound } from "../timeline/stretch.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { Api } from "../session/api.ts";
import type { ConversationCache } from "../storage/conversation-cache.ts";

/** Messages in one page: enough for a screen or two. */
const pageSize = 50;

export interface HistoryParts {
  readonly conversationId: string;
  readonly api: Api;
  readonly cache: ConversationCache;
  /** States of messages that a page brought, whether they are held here or not. */
  readonly onStates: (messages: readonly Message[]) => void;
  readonly timeline: Timeline;
  readonly shown: Shown;
  /** The place of the timeline's view. What is loaded for another place belongs to a window. */
  readonly place: Place;
  readonly load: () => Promise<void>;
  /** Stores what is not stored yet. */
  readonly flush: () => Promise<void>;
  readonly serial: <T>(task: () => Promise<T>) => Promise<T>;
  readonly onChange: () => void;
}

export class History {
  readonly #parts: HistoryParts;
  /** Messages that the last page was to have, and that the server cannot read. */
  #lost: Spans = [];

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  /** Loads the newest messages, if they are not in memory. */
  async newest(): Promise<void> {
    await this.#parts.serial(async () => {
      if (!this.#parts.timeline.holdsNewest) await this.page("newest");
    });
  }

  /** Loads older messages if the newest ones in memory are too few to fill a screen. */
  async fillScreen(): Promise<void> {
    const { serial, shown, timeline, place } = this.#parts;
    await serial(async () => {
      const tail = shown.spans.at(-1);
      const isShort = tail !== undefined && tail.to - tail.after < pageSize / 2;
      if (isShort && timeline.mayPrecede(tail)) await this.#back(tail.after, place);
    });
  }

  /** Loads messages that are older than those of the timeline. Answers whether there are still more. */
  async before(): Promise<boolean> {
    const { load, serial, shown, place } = this.#parts;
    await load();
    await serial(async () => {
      const [first] = shown.spans;
      if (first === undefined) await this.page("newest");
      else if (shown.hasBefore) await this.#past(first.after, place);
    });
    return shown.hasBefore;
  }

  /** Loads the messages around a message. */
  async around(seq: Seq, place: Place): Promise<void> {
    const { load, serial, timeline, shown } = this.#parts;
    await load();
    await serial(async () => {
      if (!timeline.has(seq)) await this.#around(seq, place);
      const span = spanOf(timeline.spans, seq);
      if (span === undefined) {
        if (holds(this.#lost, seq)) throw lostError();
        throw new ParleyError({ code: "not_found", detail: "there is no such message", retry: "never" });
      }
      if (place !== this.#parts.place || shown.spans.includes(span)) return;
      // A window has loaded these messages before.
      shown.add(span);
      this.#parts.onChange();
    });
  }

  /** Loads the page before a stretch or behind it. `at` is called when it is this call's turn, and answers the stretch. */
  async beside(at: () => Span | undefined, side: "before" | "after", place: Place): Promise<void> {
    const { serial, timeline } = this.#parts;
    await serial(async () => {
      const span = at();
      if (span === undefined) return;
      if (side === "before" && timeline.mayPrecede(span))
        await this.#got(span.after, () => this.#back(span.after, place));
      if (side === "after" && span.to < timeline.facts.headSeq)
        await this.#got(span.to + 1, () => this.#forth(span.to, place));
    });
  }

  async fill({ after, before }: Hole, from: "after" | "before"): Promise<void> {
    const { serial, timeline, place } = this.#parts;
    await serial(async () => {
      if (from === "after") {
        if (!timeline.has(after + 1)) await this.#got(after + 1, () => this.#forth(after, place));
        return;
      }
      // The hole at the end is filled from the newest message, whichever that is by now.
      if (!timeline.has(before)) return timeline.holdsNewest ? undefined : await this.page("newest");
      if (!timeline.has(before - 1)) await this.#got(before - 1, () => this.#back(before - 1, place));
    });
  }

  /** Loads a page from the server. */
  async page(bound: PageBound, place = this.#parts.place, limit = pageSize): Promise<void> {
    const { conversationId, api, timeline, onStates, onChange } = this.#parts;
    timeline.pageAsked();
    try {
      const page = await api.call(listMessages, {
        params: { conversationId },
        query: { ...(bound === "newest" ? {} : bound), limit },
      });
      timeline.page(page, bound);
      this.#lost = (page.missing ?? []).map(({ from, to }) => stretchOf(from, to));
      onStates(page.messages);
      this.#loaded(stretchOfAll(page.messages), bound === "newest" ? undefined : place);
    } catch (error) {
      timeline.pageEnded();
      throw error;
    }
    // The timeline was emptied while the page was on its way. The page may be of the old epoch and is dropped, too.
    if (timeline.facts.rev === null) return await this.page("newest");
    onChange();
  }

  /** Loads a page from the cache. Answers whether the cache had one. */
  async fromCache(
    at: { to: Seq } | { after: Seq },
    place: Place | undefined = this.#parts.place,
    limit = pageSize,
  ): Promise<boolean> {
    const { cache, timeline, onStates, onChange } = this.#parts;
    // Unsaved changes are written first. Otherwise the cache would return older states of the same messages.
    await this.#parts.flush();
    timeline.pageAsked();
    const { messages, notices } = await cache.page(at, limit, timeline.facts);
    const stretch = stretchOfAll(messages);
    if (stretch !== undefined) timeline.fill(messages, notices, [stretch]);
    onStates(messages);
    timeline.pageEnded();
    this.#loaded(stretch, place);
    if (stretch !== undefined) onChange();
    return stretch !== undefined;
  }

  /** Loads what is older, beyond messages that the server has lost. What lies between stays a hole. */
  async #past(to: Seq, place: Place): Promise<void> {
    await this.#back(to, place);
    const lost = spanOf(this.#lost, to);
    if (lost !== undefined && lost.after > 0 && !this.#parts.timeline.has(lost.after))
      await this.#past(lost.after, place);
  }

  /** Rejects where the server cannot read the message that the page was asked for: a part of its archive is lost or damaged. */
  async #got(seq: Seq, load: () => Promise<void>): Promise<void> {
    await load();
    if (!this.#parts.timeline.has(seq) && holds(this.#lost, seq)) throw lostError();
  }

  async #around(seq: Seq, place: Place): Promise<void> {
    const { timeline } = this.#parts;
    const { after, before } = gapAt(timeline.spans, seq);
    // If messages in memory are near, the page next to them is loaded, so that both become one stretch.
    const isNearBefore = before !== undefined && before - seq <= pageSize / 2;
    if (isNearBefore || (after !== undefined && seq - after <= pageSize / 2)) {
      if (isNearBefore) await this.#back(before - 1, place);
      else await this.#forth(after ?? 0, place);
      // A page may be short: of the cache, or where bytes cut it.
      const now = gapAt(timeline.spans, seq);
      const isNearer = now.before !== before || now.after !== after;
      return timeline.has(seq) || !isNearer ? undefined : await this.#around(seq, place);
    }
    if (await this.fromCache({ to: seq }, place, sizeOf(after, seq)))
      return before === seq + 1
        ? undefined
        : void (await this.fromCache({ after: seq }, place, sizeOf(seq, lastOf(before))));
    await this.page({ around: seq }, place);
  }

  /** Loads messages up to this one, which is not in memory. */
  async #back(to: Seq, place: Place): Promise<void> {
    const limit = sizeOf(gapAt(this.#parts.timeline.spans, to).after, to);
    if (!(await this.fromCache({ to }, place, limit))) await this.page({ before: to + 1 }, place, limit);
  }

  /** Loads messages behind this one. */
  async #forth(after: Seq, place: Place): Promise<void> {
    const limit = sizeOf(after, lastOf(gapAt(this.#parts.timeline.spans, after + 1).before));
    if (!(await this.fromCache({ after }, place, limit))) await this.page({ after }, place, limit);
  }

  #loaded(stretch: Span | undefined, place: Place | undefined): void {
    place?.noteLoaded(stretch);
    const { shown } = this.#parts;
    if (stretch !== undefined && (place ?? this.#parts.place) === this.#parts.place) shown.add(stretch);
  }
}

/** The size of a page behind `after`, up to `to`. */
function sizeOf(after: Seq | undefined, to: Seq | undefined): number {
  return Math.max(1, Math.min(pageSize, (to ?? Infinity) - (after ?? 0)));
}

function lostError(): ParleyError {
  return new ParleyError({ code: "unavailable", detail: "these messages cannot be read now", retry: "later" });
}

function lastOf(before: Seq | undefined): Seq | undefined {
  return before === undefined ? undefined : before - 1;
}
