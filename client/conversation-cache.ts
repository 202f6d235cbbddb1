/**
 * Owns what storage keeps of one conversation. One rule: every message stored within `spans` is in a state at least as late as the stored
 * cursor, so facts and messages are written in one atomic step. Only one tab writes; the others keep to their memory.
 */
import { z } from "zod";
import type { Seq } from "../schema/ids.ts";
import { conversation, type Conversation } from "../schema/wire/conversation.ts";
import { message, notice, type Message, type Notice } from "../schema/wire/message.ts";
import type { KeyRange, Storage, Stored } from "./contract/storage.ts";
import { keys } from "./keys.ts";
import { randomId } from "./platform.ts";
import { cutAbove, cutBelow, holds, spanOf, withSpan, type Spans } from "./spans.ts";
import type { Timeline } from "./timeline.ts";
import type { Dirty, TimelineFacts } from "./timeline-parts.ts";

/** Messages kept of one conversation; the oldest go first. */
const messagesMax = 5_000;

const storedFacts = z.object({
  epoch: z.string().nullable(),
  rev: z.int().nullable(),
  revSeq: z.int(),
  headSeq: z.int(),
  headRev: z.int(),
  floor: z.int().nullable(),
  cuts: z.array(z.object({ rev: z.int(), seq: z.int() })).catch([]),
  spans: z.array(z.object({ after: z.int(), to: z.int() })),
  delivered: z.int(),
  stamp: z.string(),
  details: conversation.optional().catch(undefined),
});

export interface CacheParts {
  readonly storage: Storage;
  readonly userId: string;
  readonly conversationId: string;
  /** Whether this tab is the one that writes. */
  readonly isWriter: () => boolean;
}

export interface Loaded {
  readonly facts: TimelineFacts;
  readonly delivered: Seq;
  readonly details: Conversation | undefined;
}

/** What goes with the timeline's facts into the same record. */
export interface Beside {
  readonly delivered: Seq;
  readonly details: Conversation | undefined;
}

export class ConversationCache {
  readonly #parts: CacheParts;
  #spans: Spans = [];
  /** Names the write that this tab knows to be the last: its own, or the one it read. */
  #stamp: string | undefined;
  #isSureOfStamp = false;

  constructor(parts: CacheParts) {
    this.#parts = parts;
  }

  async load(): Promise<Loaded | undefined> {
    const { storage, userId, conversationId } = this.#parts;
    const parsed = storedFacts.safeParse(await storage.get(keys.facts(userId, conversationId)).catch(() => undefined));
    if (!parsed.success) return undefined;
    const { spans, delivered, details, stamp, ...facts } = parsed.data;
    this.#spans = spans;
    this.#stamp = stamp;
    return { facts, delivered, details };
  }

  /** Up to `limit` stored messages that end at `to` and follow each other without a hole; empty where `to` is not stored. */
  async before(to: Seq, limit: number): Promise<{ messages: Message[]; notices: Notice[] }> {
    const span = spanOf(this.#spans, to);
    if (span === undefined) return { messages: [], notices: [] };
    const { userId, conversationId } = this.#parts;
    const from = Math.max(span.after + 1, to - limit + 1);
    const found = await this.#read(keys.messages(userId, conversationId, from, to + 1), message);
    // From the newest back, as far as nothing is missing: another tab, or an older version, may have left less than the facts say.
    const messages: Message[] = [];
    for (const each of found.toReversed()) {
      if (each.seq !== to - messages.length) break;
      messages.unshift(each);
    }
    const first = messages[0]?.seq;
    if (first === undefined) return { messages, notices: [] };
    const notices = await this.#read(keys.notices(userId, conversationId), notice);
    return { messages, notices: notices.filter((each) => each.afterSeq >= first - 1 && each.afterSeq <= to) };
  }

  /** Where the newest stored messages end, if they do so at the conversation's cursor. */
  get newest(): Seq | undefined {
    return this.#spans.at(-1)?.to;
  }

  /** Writes what changed since the last time; one call at a time. Rejects where storage does; the next one then writes everything. */
  async save(timeline: Timeline, beside: Beside): Promise<void> {
    // A tab that does not write keeps what it would have written, for it may be the writer's heir.
    if (!this.#parts.isWriter()) return;
    const { storage, userId, conversationId } = this.#parts;
    const isOurs = await this.#isOurs();
    const dirty = timeline.takeDirty();
    const deleteRanges: KeyRange[] = [];
    if (!isOurs) {
      // Another tab has written since this one read, perhaps from an earlier cursor: only what this one holds is known to keep the rule.
      deleteRanges.push(keys.conversation(userId, conversationId));
      this.#spans = [];
      for (const each of timeline.messages.values()) dirty.messages.set(each.seq, each);
      for (const each of timeline.notices.values()) dirty.notices.set(each.rev, each);
    } else if (dirty.cutAbove !== null) {
      this.#spans = cutAbove(this.#spans, dirty.cutAbove);
      deleteRanges.push(keys.messages(userId, conversationId, dirty.cutAbove + 1, Number.MAX_SAFE_INTEGER));
    }
    const puts: [string, Stored][] = [...foreignHeld(dirty, this.#spans), ...dirty.messages.values()].map((each) => [
      keys.message(userId, conversationId, each.seq),
      each,
    ]);
    for (const each of dirty.notices.values()) puts.push([keys.notice(userId, conversationId, each.rev), each]);
    for (const span of timeline.spans) this.#spans = withSpan(this.#spans, span);
    const oldest = (this.#spans.at(-1)?.to ?? 0) - messagesMax;
    if (oldest > 0 && (this.#spans[0]?.after ?? oldest) < oldest - messagesMax / 10) {
      this.#spans = cutBelow(this.#spans, oldest);
      deleteRanges.push(keys.messages(userId, conversationId, 0, oldest + 1));
    }
    const stamp = randomId();
    puts.push([keys.facts(userId, conversationId), { ...timeline.facts, spans: this.#spans, ...beside, stamp }]);
    // Should the write fail, nobody knows what is stored, and the next one writes everything.
    this.#stamp = "";
    this.#isSureOfStamp = false;
    await storage.write({ deleteRanges, puts });
    this.#stamp = stamp;
    this.#isSureOfStamp = true;
  }

  /** Whether the last write was this tab's own, or the one that it read from. */
  async #isOurs(): Promise<boolean> {
    if (this.#isSureOfStamp) return true;
    const parsed = storedFacts.safeParse(
      await this.#parts.storage.get(keys.facts(this.#parts.userId, this.#parts.conversationId)),
    );
    return parsed.success ? parsed.data.stamp === this.#stamp : this.#stamp === undefined;
  }

  async #read<T>(range: KeyRange, schema: z.ZodType<T>): Promise<T[]> {
    const entries = await this.#parts.storage.list(range).catch(() => []);
    return entries.flatMap(([, value]) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
  }
}

function foreignHeld(dirty: Dirty, spans: Spans): Message[] {
  return [...dirty.foreign.values()].filter((each) => holds(spans, each.seq) && !dirty.messages.has(each.seq));
}
