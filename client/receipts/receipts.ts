/** Owns the watermarks of one conversation: those of the other members, which are shown, and the user's own, which are sent to the server. */
import { postReceipts } from "../../schema/http/conversation/messages.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Api } from "../session/api.ts";
import { waitMs } from "../link/backoff.ts";
import type { Receipts as ReceiptsView } from "../contract/conversation/conversation.ts";
import type { Clock } from "../contract/platform.ts";
import { faultOf, ParleyError } from "../errors.ts";
import type { UpDraft } from "../link/frame-socket.ts";
import { Derived } from "../observable.ts";
import { MarksByUser, type Marks } from "./marks-by-user.ts";

/** Watermarks that rise within this time are sent as one receipt. */
const gatherMs = 250;

const none: Marks = { delivered: 0, read: 0 };

export interface ReceiptParts {
  readonly conversationId: string;
  readonly userId: string;
  readonly api: Pick<Api, "run">;
  /** Stores the user's own watermarks until the server has them, because the page may close before that. Undefined deletes them. */
  readonly keep: (owed: Marks | undefined) => void;
  readonly clock: Clock;
  readonly random: () => number;
  /** Sends a frame on an open socket and waits for its `ok`; undefined where no socket is open. */
  readonly viaSocket: (frame: UpDraft) => Promise<unknown> | undefined;
  readonly isLinked: () => boolean;
}

export class Receipts {
  readonly #parts: ReceiptParts;
  #others = MarksByUser.none;
  /** How many receipts of others have come, and which was the last one of each member. */
  #came = 0;
  readonly #cameAt = new Map<string, number>();
  #wanted: Marks = none;
  #sent: Marks = none;
  #cancelSend: (() => void) | undefined;
  #isSending = false;
  #failures = 0;
  #isClosed = false;
  readonly view = new Derived<ReceiptsView>(() => viewOf(this.#others));

  constructor(parts: ReceiptParts) {
    this.#parts = parts;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelSend?.();
  }

  /** Notes watermarks that the server has of this user. */
  known(marks: Marks): void {
    this.#sent = highest(this.#sent, marks);
    this.#wanted = highest(this.#wanted, marks);
  }

  /** The user's own `delivered`, sent or about to be sent. */
  get delivered(): number {
    return Math.max(this.#wanted.delivered, this.#wanted.read);
  }

  /** Raises the user's own watermarks. */
  raise(marks: Partial<Marks>): void {
    const wanted = highest(this.#wanted, { ...none, ...marks });
    if (wanted.delivered === this.#wanted.delivered && wanted.read === this.#wanted.read) return;
    this.#wanted = wanted;
    this.#keep();
    this.#sendAfter(gatherMs);
  }

  /** Notes that all messages up to `newest` are stored here. `delivered` rises if one of the given messages is new and somebody else's. */
  stored(newest: number, messages: Iterable<Pick<Message, "seq" | "senderId">>): void {
    const { delivered } = this;
    for (const { seq, senderId } of messages) {
      if (seq > delivered && seq <= newest && senderId !== this.#parts.userId) return this.raise({ delivered: newest });
    }
  }

  /** The server's store was restored: what was reached, by anybody, are other messages now. */
  reset(): void {
    this.#sent = this.#wanted = none;
    this.#keep();
    this.#cameAt.clear();
    this.#others = MarksByUser.none;
    this.view.touch();
  }

  /** Sends what is owed, now that the link is there again. */
  resume(): void {
    this.#failures = 0;
    this.#sendAfter(0);
  }

  /** The present moment, in receipts: to be noted when a list of members is asked for. */
  get moment(): number {
    return this.#came;
  }

  /** Applies one receipt of a member. */
  take(userId: string, marks: Marks): void {
    if (userId === this.#parts.userId) return this.known(marks);
    this.#cameAt.set(userId, ++this.#came);
    const before = this.#others.get(userId);
    const after = highest(before ?? none, marks);
    if (after.delivered === before?.delivered && after.read === before.read) return;
    this.#others = this.#others.with(userId, after);
    this.view.touch();
  }

  /**
   * Applies a list of members with their watermarks. If it is complete, a member who is not in it has left. A mark of 0 means that the member hides it now.
   * A receipt that came after the list was asked for, at the moment `asked`, is newer than the list.
   */
  takeAll(
    members: readonly { readonly userId: string; readonly delivered: number; readonly read: number }[],
    isComplete: boolean,
    asked = this.moment,
  ): void {
    const before = this.#others;
    const isNewer = (userId: string) => (this.#cameAt.get(userId) ?? 0) > asked;
    const after = new Map(isComplete ? [...before].filter(([userId]) => isNewer(userId)) : before);
    for (const { userId, delivered, read } of members) {
      if (userId === this.#parts.userId) {
        this.known({ delivered, read });
        continue;
      }
      const known = before.get(userId) ?? none;
      after.set(userId, {
        delivered: delivered === 0 && !isNewer(userId) ? 0 : Math.max(delivered, known.delivered),
        read: read === 0 && !isNewer(userId) ? 0 : Math.max(read, known.read),
      });
    }
    for (const userId of this.#cameAt.keys()) if (!after.has(userId)) this.#cameAt.delete(userId);
    if (isSameMarks(before, after)) return;
    this.#others = MarksByUser.of(after);
    this.view.touch();
  }

  /** The known watermarks of all members and of the user, in the form of a hello. */
  marks(): readonly (Marks & { readonly userId: string })[] {
    const own = { userId: this.#parts.userId, ...this.#sent };
    return [own, ...[...this.#others].map(([userId, marks]) => ({ userId, ...marks }))];
  }

  #sendAfter(ms: number): void {
    if (this.#isClosed || this.#cancelSend !== undefined || this.#isSending || !this.#isOwing()) return;
    this.#cancelSend = this.#parts.clock.after(ms, () => {
      this.#cancelSend = undefined;
      if (this.#parts.isLinked()) void this.#send();
    });
  }

  async #send(): Promise<void> {
    const { conversationId, api, viaSocket, random } = this.#parts;
    const wanted = this.#wanted;
    const marks = {
      ...(wanted.delivered > this.#sent.delivered ? { delivered: wanted.delivered } : {}),
      ...(wanted.read > this.#sent.read ? { read: wanted.read } : {}),
    };
    if (Object.keys(marks).length === 0) return;
    this.#isSending = true;
    let delayMs = gatherMs;
    try {
      await (viaSocket({ type: "receipt", conversationId, ...marks }) ??
        api.run(postReceipts, { params: { conversationId }, body: marks }));
      this.#sent = highest(this.#sent, wanted);
      this.#failures = 0;
    } catch (error) {
      const mayRepeat = !(error instanceof ParleyError) || error.retry !== "never";
      // The server refused for good, for example because the user is no longer a member. It is not tried again.
      if (!mayRepeat) this.#sent = highest(this.#sent, wanted);
      else delayMs = Math.max(gatherMs, faultOf(error).retryAfterMs ?? 0, waitMs(this.#failures++, random()));
    }
    this.#isSending = false;
    if (!this.#isOwing()) this.#keep();
    this.#sendAfter(delayMs);
  }

  #keep(): void {
    this.#parts.keep(this.#isOwing() ? this.#wanted : undefined);
  }

  #isOwing(): boolean {
    return this.#wanted.delivered > this.#sent.delivered || this.#wanted.read > this.#sent.read;
  }
}

function viewOf(others: MarksByUser): ReceiptsView {
  return {
    byUser: others,
    deliveredToAny: others.most("delivered"),
    readByAny: others.most("read"),
    deliveredToAll: others.least("delivered"),
    readByAll: others.least("read"),
  };
}

function isSameMarks(a: ReadonlyMap<string, Marks>, b: ReadonlyMap<string, Marks>): boolean {
  return (
    a.size === b.size &&
    [...a].every(([id, { delivered, read }]) => {
      const other = b.get(id);
      return other?.delivered === delivered && other.read === read;
    })
  );
}

/** `read` raises `delivered`, as on the server. */
function highest(a: Marks, b: Marks): Marks {
  const read = Math.max(a.read, b.read);
  return { read, delivered: Math.max(a.delivered, b.delivered, read) };
}
