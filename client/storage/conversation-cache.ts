/**
 * Owns what storage keeps of one conversation. Its one rule: every message stored within `spans` is at least as new as the stored cursor
 * says. Therefore the facts (with the cursor) and the messages are written in one atomic step. Only one tab writes; other tabs only read.
 */
import { z } from "zod";
import type { Seq } from "../../schema/ids.ts";
import { type Marks, marks } from "../../schema/http/conversation/marks.ts";
import { presentMessage, presentNotice } from "../../schema/older-forms.ts";
import { conversation, type Conversation } from "../../schema/wire/conversation.ts";
import { message, notice, type Message, type Notice } from "../../schema/wire/message.ts";
import type { KeyRange, Storage, Stored } from "../contract/storage.ts";
import { keys } from "./keys.ts";
import { stampOf, writeIf } from "./write-if.ts";
import { randomId } from "../platform.ts";
import { cutAbove, cutBelow, holds, spanOf, withSpan, type Spans } from "../timeline/spans.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { hasUnsaved, type TimelineFacts, type Unsaved } from "../timeline/unsaved.ts";

/** Messages kept of one conversation; the oldest go first. */
const messagesMax = 5_000;

/** A tab that does not write remembers this many unsaved messages, in case it becomes the writer. Beyond that it forgets which they are, and as the writer it stores everything that it holds. */
const unsavedMax = 1_000;

/** What earlier versions have stored may have an earlier form. */
const storedMessage = z.unknown().transform(presentMessage).pipe(message);
const storedNotice = z.unknown().transform(presentNotice).pipe(notice);

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
  marks: marks.optional().catch(undefined),
});

/** The stamp of no write. It means that this tab does not know what is stored. */
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
  readonly marks: Marks | undefined;
}

/** Values that are stored in the same record as the timeline's facts. */
export interface Beside {
  readonly delivered: Seq;
  readonly details: Conversation | undefined;
  readonly marks?: Marks | undefined;
}

export interface Page {
  readonly messages: readonly Message[];
  readonly notices: readonly Notice[];
}
const nothing: Page = { messages: [], notices: [] };

export class ConversationCache {
  readonly #parts: CacheParts;
  #spans: Spans = [];
  /** The stamp of the last write that this tab has made or read. Another stamp in storage means that another tab has written since. */
  #stamp: string | undefined;
  /** What is stored beside the timeline, as far as this tab knows. It is compared by identity, because its parts are replaced only when they change. */
  #beside: Beside | undefined;

  constructor(parts: CacheParts) {
    this.#parts = parts;
  }

  async load(): Promise<Loaded | undefined> {
    const stored = await this.#facts();
    if (stored === undefined) return undefined;
    const { spans, delivered, details, marks: kept, stamp, ...facts } = stored;
    this.#spans = spans;
    this.#stamp = stamp;
    this.#beside = { delivered, details, marks: kept };
    return { facts, delivered, details, marks: kept };
  }

  /**
   * Reads up to `limit` stored messages without a hole between them, ending at `to` or beginning behind `after`. Answers none if the message next
   * to that bound is not stored, or if the stored cursor is behind `facts`.
   */
  async page(at: { readonly to: Seq } | { readonly after: Seq }, limit: number, facts: TimelineFacts): Promise<Page> {
    const isBack = "to" in at;
    const edge = isBack ? at.to : at.after + 1;
    const span = spanOf(await this.#readable(facts), edge);
    if (span === undefined) return nothing;
    const { userId, conversationId } = this.#parts;
    const from = isBack ? Math.max(span.after + 1, edge - limit + 1) : edge;
    const to = isBack ? edge : Math.min(span.to, edge + limit - 1);
    const found = await this.#read(keys.messages(userId, conversationId, from, to + 1), storedMessage);
    // Another tab or an older version may have stored fewer messages than its spans say. The page ends where the first one is missing.
    const ordered = isBack ? found.toReversed() : found;
    const gap = ordered.findIndex((each, i) => each.seq !== (isBack ? edge - i : edge + i));
    const whole = gap === -1 ? ordered : ordered.slice(0, gap);
    const messages = isBack ? whole.toReversed() : whole;
    const [first, last] = [messages[0]?.seq, messages.at(-1)?.seq];
    if (first === undefined || last === undefined) return nothing;
    const notices = await this.#notices();
    return { messages, notices: notices.filter((each) => each.afterSeq >= first - 1 && each.afterSeq <= last) };
  }

  /** The stored messages of a range, each in the state in which it was written. */
  async stored(from: Seq, to: Seq): Promise<readonly Message[]> {
    const { userId, conversationId } = this.#parts;
    return await this.#read(keys.messages(userId, conversationId, from, to + 1), storedMessage);
  }

  /** The seq of the newest stored message. */
  get newest(): Seq | undefined {
    return this.#spans.at(-1)?.to;
  }

  /**
   * Writes what changed since the last call; one call at a time. Resolves to the messages that it wrote. Rejects if storage does; then the next call
   * writes everything.
   */
  async save(timeline: Timeline, beside: Beside): Promise<Iterable<Message>> {
    // This tab may become the writer later, so it keeps its unsaved changes.
    if (!this.#parts.isWriter()) {
      if (timeline.unsavedCount <= unsavedMax) return [];
      timeline.takeUnsaved();
      this.#stamp = unknownStamp;
      return [];
    }
    const { storage, userId, conversationId } = this.#parts;
    // Without a lock manager every tab is a writer, so each write first looks whether another tab has written.
    const known = stampOf(await storage.get(keys.facts(userId, conversationId)));
    const isOurs = known === this.#stamp;
    const unsaved = timeline.takeUnsaved();
    const isSameBeside =
      beside.delivered === this.#beside?.delivered &&
      beside.details === this.#beside.details &&
      beside.marks === this.#beside.marks;
    if (isOurs && isSameBeside && !hasUnsaved(unsaved)) return [];
    const deleteRanges: KeyRange[] = [];
    if (!isOurs) {
      // Another tab has written since, perhaps with an older cursor. Only the messages that this tab holds are known to keep the rule, so it deletes the rest and stores those.
      deleteRanges.push(keys.conversation(userId, conversationId));
      this.#spans = [];
      for (const each of timeline.messages.values()) unsaved.messages.set(each.seq, each);
      for (const each of timeline.notices.all.values()) unsaved.notices.set(each.rev, each);
    } else if (unsaved.cutAbove !== null) {
      this.#spans = cutAbove(this.#spans, unsaved.cutAbove);
      deleteRanges.push(keys.messages(userId, conversationId, unsaved.cutAbove + 1, Number.MAX_SAFE_INTEGER));
    }
    const puts: [string, Stored][] = [...foreignHeld(unsaved, this.#spans), ...unsaved.messages.values()].map(
      (each) => [keys.message(userId, conversationId, each.seq), each],
    );
    for (const each of unsaved.notices.values()) puts.push([keys.notice(userId, conversationId, each.rev), each]);
    for (const span of [...unsaved.spans, ...timeline.spans]) this.#spans = withSpan(this.#spans, span);
    const oldest = (this.#spans.at(-1)?.to ?? 0) - messagesMax;
    let deletes: string[] = [];
    if (oldest > 0 && (this.#spans[0]?.after ?? oldest) < oldest - messagesMax / 10) {
      this.#spans = cutBelow(this.#spans, oldest);
      deleteRanges.push(keys.messages(userId, conversationId, 0, oldest + 1));
      const notices = await this.#notices();
      const old = notices.filter(({ afterSeq }) => afterSeq < oldest);
      deletes = old.map(({ rev }) => keys.notice(userId, conversationId, rev));
    }
    const stamp = randomId();
    puts.push([keys.facts(userId, conversationId), { ...timeline.facts, spans: this.#spans, ...beside, stamp }]);
    // If the write fails, it is unknown what is stored. The next write then stores everything.
    this.#stamp = unknownStamp;
    const here = { key: keys.facts(userId, conversationId), stamp: known };
    // Another tab has written in between. Its data is valid; the next write of this tab stores everything.
    if (!(await writeIf(storage, here, { deleteRanges, deletes, puts }))) return [];
    this.#beside = beside;
    this.#stamp = stamp;
    return unsaved.messages.values();
  }

  /** The stretches that may be read from storage. If another tab is the writer, its cursor is looked up, because a sleeping tab may be behind this one. */
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

  async #notices(): Promise<Notice[]> {
    const { userId, conversationId } = this.#parts;
    return await this.#read(keys.notices(userId, conversationId), storedNotice);
  }

  async #read<T>(range: KeyRange, schema: z.ZodType<T>): Promise<T[]> {
    const entries = await this.#parts.storage.list(range).catch(() => []);
    return entries.flatMap(([, value]) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
  }
}

function foreignHeld(unsaved: Unsaved, spans: Spans): Message[] {
  return [...unsaved.foreign.values()].filter((each) => holds(spans, each.seq) && !unsaved.messages.has(each.seq));
}
