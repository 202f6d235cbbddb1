/**
 * Owns what the listeners of a program have received: a position in each conversation, stored when its listeners are done. A row of the inbox shows that
 * there is more. What lies after the position is taken from frames that just arrived, or is fetched; listeners receive it in order, one event at a time.
 * Messages have a position by seq, changes one by rev. Where a listener wants changes, it receives all changes up to the head before newer messages: so the
 * state in which it then receives a message has all changes in it that the position has passed.
 */
import { Slots } from "../../core/slots.ts";
import { clientHolds } from "../../schema/bounds/client.ts";
import type { Rev, Seq } from "../../schema/ids.ts";
import type { ChangesPage } from "../../schema/http/conversation/messages.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { faultOf, type ParleyError } from "../errors.ts";
import { Waits } from "../link/waits.ts";
import { keys } from "../storage/keys.ts";
import {
  type FeedItem,
  itemsOf,
  type News,
  noteDelivered,
  type Position,
  positionAt,
  storedPosition,
  toStore,
} from "./feed-position.ts";

/** Pages that are fetched at once. Few, because what the user does comes first. */
const fetchesMax = 4;
/** A message may arrive a moment after its row. It is fetched only if it has not arrived within this time. */
const momentMs = 250;
/** What the listeners of this storage want: messages alone, or changes, too. In this form it is stored. */
const wantsMessages = true;
const wantsChanges = "changes";

export interface FeedListener {
  readonly wantsChanges: boolean;
  /** Never rejects. */
  readonly deliver: (conversationId: string, item: FeedItem) => Promise<void>;
}

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
  ) => Promise<{ messages: readonly Message[]; head: { seq: Seq; rev: Rev }; hasAfter: boolean }>;
  /** What has changed after `rev`, without messages that did not exist then. */
  readonly changes: (conversationId: string, rev: Rev) => Promise<Omit<ChangesPage, "epoch" | "conversation">>;
}

export class MessageFeed {
  readonly #parts: FeedParts;
  readonly #positions = new Map<string, Position>();
  readonly #listeners = new Set<FeedListener>();
  readonly #slots = new Slots(fetchesMax);
  /** Whether a program has ever listened in this storage. From then on nothing counts as history, also before the program listens in this run. */
  #isOn = false;
  /** The same for changes. */
  #isOnForChanges = false;
  readonly #waits: Waits;
  #isClosed = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock, parts.random);
  }

  /** Goes on where an earlier run was. A conversation that the inbox knew then and that has no position was received, or was history. */
  async restore(): Promise<void> {
    const { storage, userId } = this.#parts;
    const wanted = await storage.get(keys.listens(userId));
    if (wanted !== wantsMessages && wanted !== wantsChanges) return;
    const range = keys.positions(userId);
    const stored = await storage.list(range);
    this.#begin();
    this.#isOnForChanges = wanted === wantsChanges;
    for (const [key, value] of stored) {
      const parsed = storedPosition.safeParse(value);
      if (!parsed.success) continue;
      const { to, rev, at = 0, atSeq = 0 } = parsed.data;
      const position = this.#positionOf(key.slice(range.from.length), { seq: to, rev: rev ?? 0, at });
      position.to = to;
      // The position was stored by listeners of messages alone, so it has no rev: all earlier changes count as history.
      if (rev !== undefined) Object.assign(position, { rev, at, atSeq });
      position.stored = JSON.stringify(toStore(position, this.#isOnForChanges));
    }
  }

  listen(listener: FeedListener): () => void {
    const isMore = !this.#isOn || (listener.wantsChanges && !this.#isOnForChanges);
    if (!this.#isOn) this.#begin();
    if (isMore) {
      this.#isOnForChanges = listener.wantsChanges;
      const { storage, userId } = this.#parts;
      const wanted = listener.wantsChanges ? wantsChanges : wantsMessages;
      storage.write({ puts: [[keys.listens(userId), wanted]] }).catch(() => undefined);
      // Earlier changes count as history.
      if (listener.wantsChanges) for (const position of this.#positions.values()) position.rev = position.headRev;
    }
    const entry = { ...listener };
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
      const start = isNews ? { seq: Math.min(read, head.seq), rev: 0, at: 0 } : head;
      const position = this.#positionOf(conversationId, start);
      // A server that was restored from a backup has less than before.
      if (!isNews && head.seq < position.to) position.to = head.seq;
      if (!isNews && head.rev < position.rev) position.rev = head.rev;
      position.head = Math.max(position.head, head.seq);
      position.headRev = Math.max(position.headRev, head.rev);
      if (left) Object.assign(position, { to: position.head, rev: position.headRev });
      if (!this.#isBehind(position)) continue;
      // This is stored before the row, so that a restart does not count it as received.
      this.#save(conversationId, position);
      void this.#run(conversationId, position);
    }
  }

  /** Messages that arrived by frames, by seq. */
  arrived(conversationId: string, messages: readonly Message[]): void {
    const position = this.#positions.get(conversationId);
    if (position === undefined || this.#listeners.size === 0) return;
    for (const message of messages) {
      position.headRev = Math.max(position.headRev, message.rev);
      if (message.seq <= position.to || position.early.size >= clientHolds.unheardMessagesMax) continue;
      position.early.set(message.seq, message);
      position.head = Math.max(position.head, message.seq);
    }
    this.#waits.end(position);
    void this.#run(conversationId, position);
  }

  /** A frame that came on the sync socket. */
  news(conversationId: string, news: News): void {
    const position = this.#positions.get(conversationId);
    if (position === undefined || this.#listeners.size === 0 || !this.#isOnForChanges) return;
    position.headRev = Math.max(position.headRev, news.rev);
    if (news.rev <= position.rev || position.news.size >= clientHolds.unheardMessagesMax) return;
    position.news.set(news.rev, news);
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
    for (const { conversationId, head } of this.#parts.rows()) this.#positionOf(conversationId, head);
  }

  /** `start`: the position of a conversation that has none yet. */
  #positionOf(conversationId: string, start: { seq: Seq; rev: Rev; at: number }): Position {
    const known = this.#positions.get(conversationId);
    if (known !== undefined) return known;
    const position = positionAt(start.seq, start.rev, start.at);
    this.#positions.set(conversationId, position);
    return position;
  }

  get #wantsChanges(): boolean {
    return [...this.#listeners].some((listener) => listener.wantsChanges);
  }

  #isBehind({ to, head, rev, headRev }: Position): boolean {
    return to < head || (this.#isOnForChanges && rev < headRev);
  }

  async #run(conversationId: string, position: Position): Promise<void> {
    if (position.isDelivering) return;
    position.isDelivering = true;
    let hasWaited = false;
    for (let failures = 0; this.#listeners.size > 0 && !this.#isClosed;) {
      const isBehindInChanges = this.#wantsChanges && position.rev < position.headRev;
      if (!isBehindInChanges && position.to >= position.head) break;
      const news = isBehindInChanges ? nextNews(position) : undefined;
      const next = isBehindInChanges ? undefined : position.early.get(position.to + 1);
      if (news !== undefined) {
        await this.#deliverNews(conversationId, position, news);
        hasWaited = false;
      } else if (next !== undefined) {
        await this.#deliverMessage(conversationId, position, next);
        hasWaited = false;
      } else if (!hasWaited && this.#parts.isLive()) {
        hasWaited = true;
        await this.#waits.for(position, momentMs);
      } else {
        const fetch = isBehindInChanges ? this.#fetchChanges : this.#fetchMessages;
        const failure = await fetch(conversationId, position);
        failures = failure === undefined ? 0 : failures + 1;
        // Without a link a try is of no use; `resume` ends this wait.
        if (failure !== undefined && !this.#parts.isLinked()) await this.#waits.for(position, Infinity);
        else if (failure !== undefined) await this.#waits.afterFault(position, failure, failures);
      }
    }
    position.isDelivering = false;
  }

  /** Answers the error if it is worth trying again. */
  readonly #fetchMessages = async (conversationId: string, position: Position): Promise<ParleyError | undefined> => {
    try {
      const after = position.to;
      const page = await this.#slots.run(() => this.#parts.page(conversationId, after));
      // Changes of newer messages could be missed otherwise: these messages come after the changes up to them.
      const to = this.#wantsChanges ? Math.min(position.head, page.head.seq) : page.head.seq;
      position.head = Math.max(position.to, page.head.seq);
      position.headRev = Math.max(position.headRev, page.head.rev);
      for (const message of page.messages) {
        if (this.#isClosed || this.#listeners.size === 0) return undefined;
        if (message.seq > position.to && message.seq <= to)
          await this.#deliverMessage(conversationId, position, message);
      }
      // The page has everything that follows. What is not in it this user may not see.
      if (!page.hasAfter || page.messages.length === 0) this.#reach(conversationId, position, to);
      return undefined;
    } catch (error) {
      return this.#faultAt(conversationId, position, error);
    }
  };

  readonly #fetchChanges = async (conversationId: string, position: Position): Promise<ParleyError | undefined> => {
    try {
      const { rev: since, headRev } = position;
      const page = await this.#slots.run(() => this.#parts.changes(conversationId, since));
      if (this.#isClosed || this.#listeners.size === 0) return undefined;
      // Messages that are new since `since` are left out of the page, and may have changed since they came.
      for (const [seq, { rev }] of position.early) if (rev > since && rev <= page.rev) position.early.delete(seq);
      await this.#deliverNews(conversationId, position, { ...page, since, isNew: false });
      // The row may name more than the server has, if the server was restored from a backup since.
      if (position.headRev === headRev) position.headRev = Math.max(position.rev, page.head.rev);
      position.head = Math.max(position.head, page.head.seq);
      return undefined;
    } catch (error) {
      return this.#faultAt(conversationId, position, error);
    }
  };

  #faultAt(conversationId: string, position: Position, error: unknown): ParleyError | undefined {
    const fault = faultOf(error);
    // `resync_required`: the server has less than before, and nobody can find out what changed.
    if (!["not_found", "forbidden", "resync_required"].includes(fault.code)) return fault;
    position.rev = position.headRev;
    if (fault.code !== "resync_required") this.#reach(conversationId, position, position.head);
    return undefined;
  }

  async #deliverMessage(conversationId: string, position: Position, message: Message): Promise<void> {
    await this.#deliver(conversationId, { kind: "message", message });
    noteDelivered(position, message);
    this.#reach(conversationId, position, message.seq);
  }

  async #deliverNews(
    conversationId: string,
    position: Position,
    { messages, notices, since, rev, isNew }: News,
  ): Promise<void> {
    const isOne = rev === since + 1;
    const items = [
      ...messages.map((message) => ({ rev: message.rev, message, notice: undefined })),
      ...notices.map((notice) => ({ rev: notice.rev, message: undefined, notice })),
    ].toSorted((a, b) => a.rev - b.rev);
    for (const { message, notice, rev: own } of items) {
      if (own <= position.rev) continue;
      if (notice !== undefined) await this.#deliver(conversationId, { kind: "notice", notice });
      else if (message.seq <= position.to) {
        if (!isNew) for (const item of itemsOf(message, position, isOne)) await this.#deliver(conversationId, item);
        noteDelivered(position, message);
      } else if (message.seq === position.to + 1 && isNew)
        await this.#deliverMessage(conversationId, position, message);
      else if (isNew || position.early.has(message.seq)) position.early.set(message.seq, message);
    }
    position.rev = Math.max(position.rev, rev);
    for (const each of position.news.keys()) if (each <= position.rev) position.news.delete(each);
    this.#save(conversationId, position);
  }

  async #deliver(conversationId: string, item: FeedItem): Promise<void> {
    const listeners = [...this.#listeners].filter((each) => each.wantsChanges || item.kind === "message");
    await Promise.all(listeners.map((listener) => listener.deliver(conversationId, item)));
  }

  #reach(conversationId: string, position: Position, seq: Seq): void {
    for (const early of position.early.keys()) if (early <= seq) position.early.delete(early);
    if (seq <= position.to) return;
    position.to = seq;
    this.#save(conversationId, position);
  }

  #save(conversationId: string, position: Position): void {
    const stored = toStore(position, this.#isOnForChanges);
    const text = JSON.stringify(stored);
    if (position.isSaving || position.stored === text || this.#isClosed || !this.#parts.isWriter()) return;
    const { storage, userId } = this.#parts;
    position.isSaving = true;
    storage
      .write({ puts: [[keys.position(userId, conversationId), stored]] })
      .catch(() => undefined)
      .finally(() => {
        position.isSaving = false;
        position.stored = text;
        this.#save(conversationId, position);
      });
  }
}

/** The frame that continues at the position. */
function nextNews({ news, rev }: Position): News | undefined {
  return [...news.values()].find((each) => each.since <= rev && each.rev > rev);
}
