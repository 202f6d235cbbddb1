/**
 * Owns what storage keeps of one conversation. One rule: every message stored within `spans` is in a state at least as late as the stored
 * cursor, so facts and messages are written in one atomic step. Only one tab writes; the others keep to their memory.
 */
import { z } from "zod";
import type { Seq } from "../../schema/ids.ts";
import { conversation, type Conversation } from "../../schema/wire/conversation.ts";
import { message, notice, type Message, type Notice } from "../../schema/wire/message.ts";
import type { KeyRange, Storage, Stored } from "../contract/storage.ts";
import { keys } from "./keys.ts";
import { stampOf, writeIf } from "./write-if.ts";
import { randomId } from "../platform.ts";
import { cutAbove, cutBelow, holds, spanOf, withSpan, type Spans } from "../timeline/spans.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { isDirty, type Dirty, type TimelineFacts } from "../timeline/timeline-parts.ts";

/** Messages kept of one conversation; the oldest go first. */
const messagesMax = 5_000;

/** What a tab that does not write keeps for the moment when it does; more is dropped, and then everything held is written anew. */
const unsavedMax = 1_000;

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

/** No write has this stamp: what is stored is not known. */
const unknownStamp = "";

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

export interface Page {
  readonly messages: readonly Message[];
  readonly notices: readonly Notice[];
}
const nothing: Page = { messages: [], notices: [] };

export class ConversationCache {
  readonly #parts: CacheParts;
  #spans: Spans = [];
  /** Names the write that this tab knows to be the last: its own, or the one it read. */
  #stamp: string | undefined;
  /** What this tab last wrote beside the timeline. */
  #besideText: string | undefined;

  constructor(parts: CacheParts) {
    this.#parts = parts;
  }

  async load(): Promise<Loaded | undefined> {
    const stored = await this.#facts();
    if (stored === undefined) return undefined;
    const { spans, delivered, details, stamp, ...facts } = stored;
    this.#spans = spans;
    this.#stamp = stamp;
    return { facts, delivered, details };
  }

  /**
   * Up to `limit` stored messages that end at `to`, or with `after` follow it, without a hole between them; none where the first of them is not
   * stored, or not in a state as late as `facts`.
   */
  async page(at: { readonly to: Seq } | { readonly after: Seq }, limit: number, facts: TimelineFacts): Promise<Page> {
    const isBack = "to" in at;
    const edge = isBack ? at.to : at.after + 1;
    const span = spanOf(await this.#readable(facts), edge);
    if (span === undefined) return nothing;
    const { userId, conversationId } = this.#parts;
    const from = isBack ? Math.max(span.after + 1, edge - limit + 1) : edge;
    const to = isBack ? edge : Math.min(span.to, edge + limit - 1);
    const found = await this.#read(keys.messages(userId, conversationId, from, to + 1), message);
    // From the edge on, as far as nothing is missing: another tab, or an older version, may have left less than the facts say.
    const ordered = isBack ? found.toReversed() : found;
    const gap = ordered.findIndex((each, i) => each.seq !== (isBack ? edge - i : edge + i));
    const whole = gap === -1 ? ordered : ordered.slice(0, gap);
    const messages = isBack ? whole.toReversed() : whole;
    const [first, last] = [messages[0]?.seq, messages.at(-1)?.seq];
    if (first === undefined || last === undefined) return nothing;
    const notices = await this.#read(keys.notices(userId, conversationId), notice);
    return { messages, notices: notices.filter((each) => each.afterSeq >= first - 1 && each.afterSeq <= last) };
  }

  /** Where the newest stored messages end, if they do so at the conversation's cursor. */
  get newest(): Seq | undefined {
    return this.#spans.at(-1)?.to;
  }

  /** Writes what changed since the last time; one call at a time. Rejects where storage does; the next one then writes everything. */
  async save(timeline: Timeline, beside: Beside): Promise<void> {
    // A tab that does not write keeps what it would have written, for it may be the writer's heir.
    if (!this.#parts.isWriter()) {
      if (timeline.unsavedCount <= unsavedMax) return;
      timeline.takeDirty();
      this.#stamp = unknownStamp;
      return;
    }
    const { storage, userId, conversationId } = this.#parts;
    // Looked at before each write: without a lock manager every tab writes.
    const known = stampOf(await storage.get(keys.facts(userId, conversationId)));
    const isOurs = known === this.#stamp;
    const besideText = JSON.stringify(beside);
    const dirty = timeline.takeDirty();
    if (isOurs && besideText === this.#besideText && !isDirty(dirty)) return;
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
    for (const span of [...dirty.spans, ...timeline.spans]) this.#spans = withSpan(this.#spans, span);
    const oldest = (this.#spans.at(-1)?.to ?? 0) - messagesMax;
    let deletes: string[] = [];
    if (oldest > 0 && (this.#spans[0]?.after ?? oldest) < oldest - messagesMax / 10) {
      this.#spans = cutBelow(this.#spans, oldest);
      deleteRanges.push(keys.messages(userId, conversationId, 0, oldest + 1));
      const notices = await this.#read(keys.notices(userId, conversationId), notice);
      const old = notices.filter(({ afterSeq }) => afterSeq < oldest);
      deletes = old.map(({ rev }) => keys.notice(userId, conversationId, rev));
    }
    const stamp = randomId();
    puts.push([keys.facts(userId, conversationId), { ...timeline.facts, spans: this.#spans, ...beside, stamp }]);
    // Should the write fail, nobody knows what is stored, and the next one writes everything.
    this.#stamp = unknownStamp;
    const here = { key: keys.facts(userId, conversationId), stamp: known };
    // Another tab wrote in this moment: what stands there is right, and the next write of this one writes everything.
    if (!(await writeIf(storage, here, { deleteRanges, deletes, puts }))) return;
    this.#besideText = besideText;
    this.#stamp = stamp;
  }

  /** What can be read here. Where another tab writes, it is asked how far that one has come: it may be asleep. */
  async #readable({ rev, epoch }: TimelineFacts): Promise<Spans> {
    if (this.#parts.isWriter()) return this.#stamp === unknownStamp ? [] : this.#spans;
    const stored = await this.#facts();
    return stored !== undefined && stored.epoch === epoch && (stored.rev ?? -1) >= (rev ?? 0) ? stored.spans : [];
  }

  async #facts(): Promise<z.infer<typeof storedFacts> | undefined> {
    const { storage, userId, conversationId } = this.#parts;
    const parsed = storedFacts.safeParse(await storage.get(keys.facts(userId, conversationId)).catch(() => undefined));
    return parsed.success ? parsed.data : undefined;
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
