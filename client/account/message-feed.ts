/**
 * Owns what a program that listens for messages has been told: a position per conversation, stored when its listeners are done. A row of the inbox
 * says that there is more; what the position has not reached comes from what just arrived, or is fetched, in order, one message at a time.
 */
import { z } from "zod";
import type { Seq } from "../../schema/ids.ts";
import { clientHolds } from "../../schema/limits.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { faultOf, type ParleyError } from "../errors.ts";
import { Waits } from "../link/waits.ts";
import { keys } from "../storage/keys.ts";
import { Slots } from "../link/slots.ts";

/** Pages asked for at once: what the user does comes first. */
const fetchesMax = 4;
/** A message arrives a moment after its row says so: only what does not is fetched. */
const momentMs = 250;

const storedPosition = z.object({ to: z.int() });

interface Position {
  /** Told up to here. */
  to: Seq;
  /** Known to be there. */
  head: Seq;
  stored: Seq | undefined;
  readonly early: Map<Seq, Message>;
  isTelling: boolean;
  isSaving: boolean;
}

export type FeedListener = (conversationId: string, message: Message) => Promise<void>;

export interface FeedParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userId: string;
  readonly isWriter: () => boolean;
  readonly isLinked: () => boolean;
  /** Whether messages arrive by themselves, as against rows alone. */
  readonly isLive: () => boolean;
  readonly rows: () => Iterable<Summary>;
  /** The messages that follow `after`, and how far the conversation goes. */
  readonly page: (
    conversationId: string,
    after: Seq,
  ) => Promise<{ messages: readonly Message[]; head: { seq: Seq }; hasAfter: boolean }>;
}

export class MessageFeed {
  readonly #parts: FeedParts;
  readonly #positions = new Map<string, Position>();
  readonly #listeners = new Set<FeedListener>();
  readonly #slots = new Slots(fetchesMax);
  /** Whether somebody has ever listened: from then on nothing counts as history, also while nobody listens yet. */
  #isOn = false;
  readonly #waits: Waits;
  #isClosed = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
  }

  /** Goes on where an earlier run was. What the inbox knew then, and has no position, was told, or was history. */
  async restore(): Promise<void> {
    const { storage, userId } = this.#parts;
    if ((await storage.get(keys.listens(userId))) !== true) return;
    const range = keys.heard(userId);
    const stored = await storage.list(range);
    this.#begin();
    for (const [key, value] of stored) {
      const parsed = storedPosition.safeParse(value);
      if (!parsed.success) continue;
      const position = this.#positionOf(key.slice(range.from.length), parsed.data.to);
      position.to = parsed.data.to;
      position.stored = parsed.data.to;
    }
  }

  /** `listener` never rejects. */
  listen(listener: FeedListener): () => void {
    if (!this.#isOn) {
      this.#begin();
      const { storage, userId } = this.#parts;
      storage.write({ puts: [[keys.listens(userId), true]] }).catch(() => undefined);
    }
    const entry: FeedListener = (conversationId, message) => listener(conversationId, message);
    this.#listeners.add(entry);
    for (const [id, position] of this.#positions) void this.#run(id, position);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** Rows as the server has them. `isNews`: they changed since the inbox was last complete; a conversation that is new then has no history. */
  rows(rows: readonly Summary[], isNews: boolean): void {
    if (!this.#isOn) return;
    for (const { conversationId, head, read, left } of rows) {
      const position = this.#positionOf(conversationId, isNews ? Math.min(read, head.seq) : head.seq);
      // A server that was restored has less than it had.
      if (!isNews && head.seq < position.to) position.to = head.seq;
      position.head = Math.max(position.head, head.seq);
      if (left) position.to = position.head;
      if (position.to >= position.head) continue;
      // Before the row is stored, so that a restart does not take it for told.
      this.#save(conversationId, position);
      void this.#run(conversationId, position);
    }
  }

  /** Messages that came by themselves, by seq. */
  arrived(conversationId: string, messages: readonly Message[]): void {
    const position = this.#positions.get(conversationId);
    if (position === undefined || this.#listeners.size === 0) return;
    for (const message of messages) {
      if (message.seq <= position.to || position.early.size >= clientHolds.unheardMessagesMax) continue;
      position.early.set(message.seq, message);
      position.head = Math.max(position.head, message.seq);
    }
    this.#waits.end(position);
    void this.#run(conversationId, position);
  }

  /** The link is there again. */
  resume(): void {
    this.#waits.wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#waits.close();
  }

  #begin(): void {
    this.#isOn = true;
    for (const { conversationId, head } of this.#parts.rows()) this.#positionOf(conversationId, head.seq);
  }

  #positionOf(conversationId: string, to: Seq): Position {
    const known = this.#positions.get(conversationId);
    if (known !== undefined) return known;
    const position: Position = {
      to,
      head: to,
      stored: undefined,
      early: new Map(),
      isTelling: false,
      isSaving: false,
    };
    this.#positions.set(conversationId, position);
    return position;
  }

  async #run(conversationId: string, position: Position): Promise<void> {
    if (position.isTelling) return;
    position.isTelling = true;
    let hasWaited = false;
    for (let failures = 0; position.to < position.head && this.#listeners.size > 0 && !this.#isClosed;) {
      const next = position.early.get(position.to + 1);
      if (next !== undefined) {
        await this.#tell(conversationId, position, next);
        hasWaited = false;
      } else if (!hasWaited && this.#parts.isLive()) {
        hasWaited = true;
        await this.#waits.for(position, momentMs);
      } else {
        const failure = await this.#fetch(conversationId, position);
        failures = failure === undefined ? 0 : failures + 1;
        // Without a link a try is of no use; `resume` ends this wait.
        if (failure !== undefined && !this.#parts.isLinked()) await this.#waits.for(position, Infinity);
        else if (failure !== undefined) await this.#waits.afterFault(position, failure, failures);
      }
    }
    position.isTelling = false;
  }

  /** Answers what went wrong where it is worth trying again. */
  async #fetch(conversationId: string, position: Position): Promise<ParleyError | undefined> {
    try {
      const after = position.to;
      const page = await this.#slots.run(() => this.#parts.page(conversationId, after));
      position.head = Math.max(position.to, page.head.seq);
      for (const message of page.messages) {
        if (this.#isClosed || this.#listeners.size === 0) return undefined;
        if (message.seq > position.to) await this.#tell(conversationId, position, message);
      }
      // What a page of all that follows does not have, this user may not see.
      if (!page.hasAfter || page.messages.length === 0) this.#reach(conversationId, position, page.head.seq);
      return undefined;
    } catch (error) {
      const fault = faultOf(error);
      if (fault.code !== "not_found" && fault.code !== "forbidden") return fault;
      this.#reach(conversationId, position, position.head);
      return undefined;
    }
  }

  async #tell(conversationId: string, position: Position, message: Message): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener(conversationId, message)));
    this.#reach(conversationId, position, message.seq);
  }

  #reach(conversationId: string, position: Position, seq: Seq): void {
    for (const early of position.early.keys()) if (early <= seq) position.early.delete(early);
    if (seq <= position.to) return;
    position.to = seq;
    this.#save(conversationId, position);
  }

  #save(conversationId: string, position: Position): void {
    if (position.isSaving || position.stored === position.to || this.#isClosed || !this.#parts.isWriter()) return;
    const { storage, userId } = this.#parts;
    const { to } = position;
    position.isSaving = true;
    storage
      .write({ puts: [[keys.position(userId, conversationId), { to }]] })
      .catch(() => undefined)
      .finally(() => {
        position.isSaving = false;
        position.stored = to;
        this.#save(conversationId, position);
      });
  }
}
