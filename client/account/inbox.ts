/**
 * Owns the inbox of an account: the server's rows folded from frames and poll answers, kept in storage, and shown with what the user
 * has just changed. The numbers are the server's; nothing is counted here.
 */
import { shortText } from "../../core/polls/poll.ts";
import { labelsOf } from "../../core/media/labels.ts";
import { mutedForEver, type SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { InboxNumbers, Summary, SyncAnswer } from "../../schema/wire/inbox.ts";
import { codePointPrefix } from "../../schema/text.ts";
import { limits } from "../../schema/limits.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Inbox as PublicInbox, InboxState } from "../contract/account.ts";
import type { Clock } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import { InboxPatches, type PatchParts } from "./inbox-patches.ts";
import { InboxCache, type InboxPicture } from "../storage/inbox-cache.ts";
import { Derived } from "../observable.ts";

const saveAfterMs = 250;
/** A mute that ends later is looked at again whenever the inbox changes. */
const unmuteMsMax = 86_400_000;

export interface InboxParts extends Pick<PatchParts, "random" | "locks" | "send" | "meant"> {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly userId: string;
  /** The server's clock, as exactly as this device knows it. */
  readonly serverNow: () => number;
  readonly isWriter: () => boolean;
  /** Rows as the server now has them. `isNews`: they changed since the inbox was last complete, as against a first look at everything. */
  readonly onRows: (rows: readonly Summary[], isNews: boolean) => void;
  /** Rows were dropped, or are shown otherwise than before. */
  readonly onShown: () => void;
}

export class Inbox implements PublicInbox {
  /** The user's changes that the server has not confirmed. */
  readonly patches: InboxPatches;
  readonly #parts: InboxParts;
  readonly #cache: InboxCache;
  readonly #rows = new Map<string, Summary>();
  /** While all rows arrive anew: the ids of those that have arrived. */
  #mentioned: Set<string> | undefined;
  #version = 0;
  #epoch: string | undefined;
  #comingEpoch: string | undefined;
  #isLoaded = false;
  /** Read watermarks that this device set and the server has not confirmed. */
  readonly #reads = new Map<string, number>();
  readonly #unsaved = new Set<string>();
  #cancelSave: (() => void) | undefined;
  /** Set while a row is muted for a while: the badge changes when that ends. */
  #cancelUnmute: (() => void) | undefined;
  readonly #view = new Derived<InboxState>(() => this.#derive());

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#cache = new InboxCache(parts.storage, parts.userId);
    this.patches = new InboxPatches({
      ...parts,
      onRow: (row) => this.put(row),
      onChange: () => this.touch(),
    });
  }

  readonly subscribe = this.#view.subscribe;
  readonly getSnapshot = this.#view.getSnapshot;

  /** Where to resume from; undefined before the first time. */
  get cursor(): { since: number; epoch: string } | undefined {
    return this.#epoch === undefined ? undefined : { since: this.#version, epoch: this.#epoch };
  }
  get version(): number {
    return this.#version;
  }
  /** False while everything arrives anew. */
  get isWhole(): boolean {
    return this.#mentioned === undefined;
  }

  async restore(): Promise<void> {
    const loaded = await this.#cache.load();
    if (loaded === undefined || this.#epoch !== undefined) return;
    for (const row of loaded.rows) this.#rows.set(row.conversationId, row);
    for (const id of loaded.unreadable) this.#unsaved.add(id);
    // Rows that cannot be read are fetched again, and with them all.
    this.#isLoaded = loaded.unreadable.length === 0;
    if (this.#isLoaded) {
      this.#version = loaded.version;
      this.#epoch = loaded.epoch;
    }
    this.#view.touch();
  }

  close(): void {
    this.#cancelUnmute?.();
    void this.flush();
  }

  /** Writes what is not stored yet. Resolves when it is, or storage has refused it. */
  async flush(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    await this.#save();
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

  /** The epoch of the rows that follow. It counts only with the first of them: an old version under a new epoch would hide what changed. */
  meetEpoch(epoch: string): void {
    this.#comingEpoch = epoch;
  }

  /** An `inbox` frame. Answers whether it ends the catching up. */
  frame(frame: {
    version: number;
    conversations: readonly Summary[];
    reset?: boolean | undefined;
    more?: boolean | undefined;
  }): boolean {
    this.#take(frame);
    return frame.more === false;
  }

  polled(answer: SyncAnswer): void {
    this.meetEpoch(answer.epoch);
    this.#take(answer);
  }

  /** A row, as a call answered it. */
  put(row: Summary): void {
    this.#put(row);
    this.#changed([row]);
  }

  /** A message frame with the reader's numbers after it. */
  message(message: Message, numbers: InboxNumbers): void {
    const row = this.#rows.get(message.conversationId);
    this.#version = Math.max(this.#version, numbers.version);
    if (row === undefined || row.version >= numbers.version) return;
    const isNewest = row.lastMessage === null || message.seq >= row.lastMessage.seq;
    const next: Summary = {
      ...row,
      ...numbersOf(numbers),
      head: {
        seq: Math.max(row.head.seq, message.seq),
        rev: Math.max(row.head.rev, message.rev),
        at: Math.max(row.head.at, message.sentAt),
      },
      lastMessage: isNewest ? lastOf(message) : row.lastMessage,
      read: message.senderId === this.#parts.userId ? Math.max(row.read, message.seq) : row.read,
    };
    // A deleted chat is in the list again with the first message that is written in it.
    if (message.seq > row.head.seq) delete next.deleted;
    this.#put(next);
    this.#changed([next]);
  }

  /** A change frame with the reader's numbers after it; what it does to the row follows in a frame of its own. */
  numbers(conversationId: string, rev: number, numbers: InboxNumbers): void {
    const row = this.#rows.get(conversationId);
    this.#version = Math.max(this.#version, numbers.version);
    if (row === undefined || row.version >= numbers.version) return;
    const next = { ...row, ...numbersOf(numbers), head: { ...row.head, rev: Math.max(row.head.rev, rev) } };
    this.#put(next);
    this.#changed([next]);
  }

  #take({
    version,
    conversations,
    reset,
    more,
  }: {
    version: number;
    conversations: readonly Summary[];
    reset?: boolean | undefined;
    more?: boolean | undefined;
  }): void {
    const before = { version: this.#version, epoch: this.#epoch, isLoaded: this.#isLoaded };
    if (more !== undefined) this.#epoch = this.#comingEpoch ?? this.#epoch;
    const isNews = reset !== true && this.#mentioned === undefined;
    if (reset === true) {
      this.#mentioned = new Set();
      this.#version = version;
    }
    for (const row of conversations) {
      // After a reset versions may begin anew: what comes now is right, whatever its number.
      if (this.#mentioned !== undefined && !this.#mentioned.has(row.conversationId))
        this.#rows.delete(row.conversationId);
      this.#mentioned?.add(row.conversationId);
      this.#put(row);
    }
    this.#version = Math.max(this.#version, version);
    if (more === false) {
      const mentioned = this.#mentioned;
      this.#mentioned = undefined;
      if (mentioned !== undefined)
        for (const id of [...this.#rows.keys()].filter((each) => !mentioned.has(each))) this.#drop(id);
      this.#isLoaded = true;
    }
    const isOther =
      before.version !== this.#version || before.epoch !== this.#epoch || before.isLoaded !== this.#isLoaded;
    // A poll that ended without news has no rows.
    if (isOther || reset === true || conversations.length > 0 || !isNews) this.#changed(conversations, isNews);
  }

  #put(row: Summary): void {
    const known = this.#rows.get(row.conversationId);
    if (known !== undefined && known.version > row.version) return;
    this.#rows.set(row.conversationId, row);
    this.#unsaved.add(row.conversationId);
    if ((this.#reads.get(row.conversationId) ?? 0) <= row.read) this.#reads.delete(row.conversationId);
  }

  #drop(conversationId: string): void {
    this.#rows.delete(conversationId);
    this.#reads.delete(conversationId);
    this.#unsaved.add(conversationId);
  }

  #changed(rows: readonly Summary[], isNews = true): void {
    this.#cancelSave ??= this.#parts.clock.after(saveAfterMs, () => {
      this.#cancelSave = undefined;
      void this.#save();
    });
    this.#view.touch();
    this.#parts.onRows(rows, isNews);
  }

  async #save(): Promise<void> {
    if (this.#epoch === undefined || !this.#parts.isWriter()) return;
    let saved: readonly string[] = [];
    const take = () => {
      saved = [...this.#unsaved];
      this.#unsaved.clear();
      return saved;
    };
    const isSaved = await this.#cache.save(() => this.#picture(), take).catch(() => false);
    if (!isSaved) for (const id of saved) this.#unsaved.add(id);
  }

  #picture(): InboxPicture {
    const isWhole = this.#mentioned === undefined && this.#epoch !== undefined;
    return { rows: this.#rows, cursor: isWhole ? { version: this.#version, epoch: this.#epoch ?? "" } : undefined };
  }

  /** The row with the user's changes that the server has not confirmed. */
  #shown(row: Summary): Summary {
    const patched = this.patches.applied(row);
    const read = this.#reads.get(row.conversationId) ?? 0;
    if (read <= patched.read) return patched;
    const rest = read >= patched.head.seq ? { unread: 0, mentionsUnread: 0, markedUnread: false } : {};
    return { ...patched, read, ...rest };
  }

  #touchWhenUnmuted(ms: number): void {
    this.#cancelUnmute?.();
    this.#cancelUnmute = ms > unmuteMsMax ? undefined : this.#parts.clock.after(ms, () => this.touch());
  }

  #derive(): InboxState {
    const now = this.#parts.serverNow();
    const rows = [...this.#rows.values()]
      .map((row) => this.#shown(row))
      .filter((row) => row.deleted !== true)
      .sort(newestFirst);
    const isMuted = (row: Summary) => row.mutedUntil !== null && row.mutedUntil > now;
    this.#touchWhenUnmuted(Math.min(...rows.filter(isMuted).map(({ mutedUntil }) => mutedUntil ?? Infinity)) - now);
    const counted = rows.filter((row) => !row.archived && !row.request && !isMuted(row));
    return {
      conversations: rows.filter((row) => !row.archived).sort((a, b) => Number(b.pinned) - Number(a.pinned)),
      archived: rows.filter((row) => row.archived),
      unread: rows.reduce((sum, row) => sum + row.unread, 0),
      badge: counted.reduce((sum, row) => sum + (row.unread > 0 ? row.unread : Number(row.markedUnread)), 0),
      isLoaded: this.#isLoaded,
    };
  }
}

function numbersOf({ version, unread, mentionsUnread }: InboxNumbers): InboxNumbers {
  return { version, unread, mentionsUnread };
}

function lastOf({
  seq,
  senderId,
  text,
  poll,
  sentAt,
  unsentAt,
  attachments,
}: Message): NonNullable<Summary["lastMessage"]> {
  return {
    seq,
    senderId,
    preview: codePointPrefix(shortText({ text, poll }), limits.previewCodePointsMax),
    sentAt,
    unsent: unsentAt !== null,
    attachments: labelsOf(attachments),
  };
}

function newestFirst(a: Summary, b: Summary): number {
  return b.head.at - a.head.at || (a.conversationId < b.conversationId ? -1 : 1);
}
