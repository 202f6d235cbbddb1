/** Owns the inbox of an account as a program sees it: the server's rows, kept in storage, and shown with what the user has just changed. */
import { mutedForEver, type SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { InboxNumbers, Summary, SyncAnswer } from "../../schema/wire/inbox.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Inbox as PublicInbox, InboxState } from "../contract/account.ts";
import { Derived } from "../observable.ts";
import { InboxCache, type InboxCacheParts } from "./inbox-cache.ts";
import { InboxPatches, type PatchParts } from "./inbox-patches.ts";
import { InboxRows, type IncomingRows } from "./inbox-rows.ts";
import { inboxStateOf, nextUnmuteAt } from "./inbox-state.ts";
import { withMessage, withNumbers } from "./row-changes.ts";

/** A mute that ends later is looked at again whenever the inbox changes. */
const unmuteMsMax = 86_400_000;

export interface InboxParts extends InboxCacheParts, Pick<PatchParts, "random" | "locks" | "send" | "meant"> {
  /** The server's clock, as exactly as this device knows it. */
  readonly serverNow: () => number;
  /** Rows as the server now has them. `isNews`: they changed since the inbox was last complete, as against a first look at everything. */
  readonly onRows: (rows: readonly Summary[], isNews: boolean) => void;
  /** Rows were dropped, or are shown otherwise than before. */
  readonly onShown: () => void;
}

export class Inbox implements PublicInbox {
  /** The user's changes that the server has not confirmed. */
  readonly patches: InboxPatches;
  readonly #parts: InboxParts;
  readonly #rows = new InboxRows();
  readonly #cache: InboxCache;
  /** Read watermarks that this device set and the server has not confirmed. */
  readonly #reads = new Map<string, number>();
  /** Set while a row is muted for a while: the badge changes when that ends. */
  #cancelUnmute: (() => void) | undefined;
  readonly #view = new Derived<InboxState>(() => this.#derive());

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#cache = new InboxCache(parts, this.#rows);
    this.patches = new InboxPatches({
      ...parts,
      onRow: (row) => this.put(row),
      onChange: () => this.touch(),
    });
  }

  readonly subscribe = this.#view.subscribe;
  readonly getSnapshot = this.#view.getSnapshot;

  /** Where to resume from; undefined before the first time. */
  get cursor(): InboxRows["cursor"] {
    return this.#rows.cursor;
  }
  get version(): number {
    return this.#rows.version;
  }
  /** False while everything arrives anew. */
  get isWhole(): boolean {
    return this.#rows.isWhole;
  }

  /** Applies what storage has. */
  async restore(): Promise<void> {
    await this.#cache.restore();
    this.#view.touch();
  }

  close(): void {
    this.#cancelUnmute?.();
    void this.flush();
  }

  /** Writes what is not stored yet. Resolves when it is, or storage has refused it. */
  async flush(): Promise<void> {
    await this.#cache.flush();
  }

  /** All rows as the server has them. */
  rows(): Iterable<Summary> {
    return this.#rows.values();
  }

  row(conversationId: string): Summary | undefined {
    const row = this.#rows.get(conversationId);
    return row === undefined ? undefined : this.#shown(row);
  }

  patch(conversationId: string, patch: SummaryPatch): Promise<Summary> {
    return this.patches.patch(conversationId, patch);
  }

  mute(conversationId: string, until: number | null = mutedForEver): Promise<Summary> {
    return this.patch(conversationId, { mutedUntil: until });
  }
  pin(conversationId: string, isPinned = true): Promise<Summary> {
    return this.patch(conversationId, { pinned: isPinned });
  }
  archive(conversationId: string, isArchived = true): Promise<Summary> {
    return this.patch(conversationId, { archived: isArchived });
  }
  markUnread(conversationId: string, isUnread = true): Promise<Summary> {
    return this.patch(conversationId, { markedUnread: isUnread });
  }
  setNotify(conversationId: string, notify: Summary["notify"]): Promise<Summary> {
    return this.patch(conversationId, { notify });
  }
  setDraft(conversationId: string, text: string): Promise<Summary> {
    return this.patch(conversationId, { draft: text });
  }

  /** Something of how rows are shown has changed. */
  touch(): void {
    this.#view.touch();
    this.#parts.onShown();
  }

  /** Shows a conversation as read up to a message, until the server says so. */
  showRead(conversationId: string, seq: number): void {
    if (seq <= Math.max(this.#reads.get(conversationId) ?? 0, this.#rows.get(conversationId)?.read ?? 0)) return;
    this.#reads.set(conversationId, seq);
    this.touch();
  }

  /** The epoch of the rows that follow. */
  meetEpoch(epoch: string): void {
    this.#rows.meetEpoch(epoch);
  }

  /** An `inbox` frame. Answers whether it ends the catching up. */
  frame(frame: IncomingRows): boolean {
    this.#take(frame);
    return frame.more === false;
  }

  polled(answer: SyncAnswer): void {
    this.meetEpoch(answer.epoch);
    this.#take(answer);
  }

  /** A row, as a call answered it. */
  put(row: Summary): void {
    this.#rows.put(row);
    this.#changed([row]);
  }

  /** A message frame with the reader's numbers after it. */
  message(message: Message, numbers: InboxNumbers): void {
    const { userId } = this.#parts;
    this.#counted(message.conversationId, numbers, (row) => withMessage(row, message, numbers, userId));
  }

  /** A change frame with the reader's numbers after it. */
  numbers(conversationId: string, rev: number, numbers: InboxNumbers): void {
    this.#counted(conversationId, numbers, (row) => withNumbers(row, rev, numbers));
  }

  #counted(conversationId: string, { version }: InboxNumbers, next: (row: Summary) => Summary): void {
    const row = this.#rows.get(conversationId);
    this.#rows.reached(version);
    if (row !== undefined && row.version < version) this.put(next(row));
  }

  #take(incoming: IncomingRows): void {
    const { isChanged, isNews, dropped } = this.#rows.take(incoming);
    for (const id of dropped) this.#reads.delete(id);
    if (isChanged) this.#changed(incoming.conversations, isNews);
  }

  #changed(rows: readonly Summary[], isNews = true): void {
    for (const { conversationId: id } of rows)
      if ((this.#reads.get(id) ?? 0) <= (this.#rows.get(id)?.read ?? 0)) this.#reads.delete(id);
    this.#cache.saveSoon();
    this.#view.touch();
    this.#parts.onRows(rows, isNews);
  }

  /** The row with the user's changes that the server has not confirmed. */
  #shown(row: Summary): Summary {
    const patched = this.patches.applied(row);
    const read = this.#reads.get(row.conversationId) ?? 0;
    if (read <= patched.read) return patched;
    const rest = read >= patched.head.seq ? { unread: 0, mentionsUnread: 0, markedUnread: false } : {};
    return { ...patched, read, ...rest };
  }

  #derive(): InboxState {
    const now = this.#parts.serverNow();
    const rows = [...this.#rows.values()].map((row) => this.#shown(row)).filter((row) => row.deleted !== true);
    this.#touchIn(nextUnmuteAt(rows, now) - now);
    return inboxStateOf(rows, now, this.#rows.isLoaded);
  }

  #touchIn(ms: number): void {
    this.#cancelUnmute?.();
    this.#cancelUnmute = ms > unmuteMsMax ? undefined : this.#parts.clock.after(ms, () => this.touch());
  }
}
