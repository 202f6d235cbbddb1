/** Owns watermarks of one conversation: those of the others as they are shown, and one's own on their way to the server. */
import { postReceipts } from "../../schema/http/messages.ts";
import type { Message } from "../../schema/wire/message.ts";
import type { Api } from "../link/api.ts";
import { waitMs } from "../link/backoff.ts";
import type { Receipts as ReceiptsView } from "../contract/conversation.ts";
import type { Clock } from "../contract/platform.ts";
import { ParleyError } from "../errors.ts";
import type { UpDraft } from "../link/frame-socket.ts";
import { Derived } from "../observable.ts";
import { MarksByUser, type Marks } from "./marks-by-user.ts";

/** Receipts of a moment go out as one. */
const gatherMs = 250;

const none: Marks = { delivered: 0, read: 0 };

export interface ReceiptParts {
  readonly conversationId: string;
  readonly userId: string;
  readonly api: Pick<Api, "run">;
  /** Keeps one's own watermarks until the server has them; undefined: it has. A page may end before that. */
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
  #wanted: Marks = none;
  #said: Marks = none;
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

  /** What this device has said before, or the server knows of this user. */
  known(marks: Marks): void {
    this.#said = highest(this.#said, marks);
    this.#wanted = highest(this.#wanted, marks);
  }

  /** Delivered to this user, as far as it was said or will be. */
  get delivered(): number {
    return Math.max(this.#wanted.delivered, this.#wanted.read);
  }

  /** Raises one's own watermarks. */
  raise(marks: Partial<Marks>): void {
    const wanted = highest(this.#wanted, { ...none, ...marks });
    if (wanted.delivered === this.#wanted.delivered && wanted.read === this.#wanted.read) return;
    this.#wanted = wanted;
    this.#keep();
    this.#sendAfter(gatherMs);
  }

  /** These messages are stored here, and all up to `newest` with them, so they are delivered. One's own need not be said. */
  stored(newest: number, messages: Iterable<Pick<Message, "seq" | "senderId">>): void {
    const { delivered } = this;
    for (const { seq, senderId } of messages) {
      if (seq > delivered && seq <= newest && senderId !== this.#parts.userId) return this.raise({ delivered: newest });
    }
  }

  /** The link is there again. */
  resume(): void {
    this.#failures = 0;
    this.#sendAfter(0);
  }

  /** One receipt of somebody. */
  take(userId: string, marks: Marks): void {
    if (userId === this.#parts.userId) return this.known(marks);
    const before = this.#others.get(userId);
    const after = highest(before ?? none, marks);
    if (after.delivered === before?.delivered && after.read === before.read) return;
    this.#others = this.#others.with(userId, after);
    this.view.touch();
  }

  /** All members with their marks. Who is not among them has left; 0 where there was more means that it is hidden now. */
  takeAll(
    members: readonly { readonly userId: string; readonly delivered: number; readonly read: number }[],
    isComplete: boolean,
  ): void {
    const before = this.#others;
    const after = new Map(isComplete ? [] : before);
    for (const { userId, delivered, read } of members) {
      if (userId === this.#parts.userId) {
        this.known({ delivered, read });
        continue;
      }
      const known = before.get(userId) ?? none;
      after.set(userId, {
        delivered: delivered === 0 ? 0 : Math.max(delivered, known.delivered),
        read: read === 0 ? 0 : Math.max(read, known.read),
      });
    }
    if (isSameMarks(before, after)) return;
    this.#others = MarksByUser.of(after);
    this.view.touch();
  }

  /** What is known of all members, oneself included, as a hello lists it. */
  marks(): readonly (Marks & { readonly userId: string })[] {
    const own = { userId: this.#parts.userId, ...this.#said };
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
      ...(wanted.delivered > this.#said.delivered ? { delivered: wanted.delivered } : {}),
      ...(wanted.read > this.#said.read ? { read: wanted.read } : {}),
    };
    if (Object.keys(marks).length === 0) return;
    this.#isSending = true;
    let delayMs = gatherMs;
    try {
      await (viaSocket({ type: "receipt", conversationId, ...marks }) ??
        api.run(postReceipts, { params: { conversationId }, body: marks }));
      this.#said = highest(this.#said, wanted);
      this.#failures = 0;
    } catch (error) {
      const mayRepeat = error instanceof ParleyError && error.retry === "later";
      // Refused, because the user is no longer a member for example: there is nothing to be said any more.
      if (!mayRepeat) this.#said = highest(this.#said, wanted);
      else delayMs = Math.max(gatherMs, error.retryAfterMs ?? 0, waitMs(this.#failures++, random()));
    }
    this.#isSending = false;
    if (!this.#isOwing()) this.#keep();
    this.#sendAfter(delayMs);
  }

  #keep(): void {
    this.#parts.keep(this.#isOwing() ? this.#wanted : undefined);
  }

  #isOwing(): boolean {
    return this.#wanted.delivered > this.#said.delivered || this.#wanted.read > this.#said.read;
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
