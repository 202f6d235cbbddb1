/**
 * Owns the rows of large groups, which the conversation works out and the inbox keeps. Each is applied to memory at the end of the turn in which it came, sent
 * to the sockets, and written soon, together with the rows of other deliveries. It is confirmed when it is written. What is not confirmed is due again, and
 * the inbox asks for its rows when a device comes back: so sockets may receive a row before it is written.
 */
import type { ConversationId, UserId } from "../../../../schema/ids.ts";
import { decideRow, type RowDecision } from "../../../../core/inbox/pulled.ts";
import type { InboxRow } from "../../../../core/inbox/inbox-row.ts";
import type { DeliveryItem } from "../../../contract/delivery/delivery.ts";
import type { PulledRow, RowAnswer, RowDelivery } from "../../../contract/delivery/pulled-row.ts";
import { now } from "../../../shared/platform/clock.ts";
import { logFault } from "../../../shared/platform/log.ts";
import type { Turn } from "../../../shared/platform/turn.ts";
import type { RowPushes } from "../row-pushes.ts";
import type { Announcement } from "../../sync-sockets.ts";
import { rowAnnouncement } from "../announcements.ts";
import type { UserDatabase } from "../../effects.ts";
import type { AccountSide } from "../../sides.ts";
import type { InboxStore } from "../rows/inbox-store.ts";

type Answer = (answer: RowAnswer) => void;
/** `applied` is called when memory has it. */
type Job = { delivery: RowDelivery; answer: Answer; applied?: () => void };
/** A delivery that is answered once the row of its conversation is written. */
type Unanswered = { conversationId: ConversationId; answer: Answer };
type Decided = { isAccepted: boolean; before: InboxRow | undefined; decision: RowDecision; fresh: DeliveryItem[] };

/** `turn`: at its end the deliveries of the turn are applied. `isWatched`: whether a device looks. `rowBegan`: a membership of a large group begins, or its group grew. */
export type RowDeliveriesParts = {
  db: UserDatabase;
  account: AccountSide;
  turn: Pick<Turn, "request">;
  isWatched: () => boolean;
  rowBegan: (conversationId: ConversationId) => void;
};

export class RowDeliveries {
  readonly #parts: RowDeliveriesParts;
  readonly #store: InboxStore;
  readonly #pushes: Pick<RowPushes, "decidedRow" | "wantsAll">;
  /** Writes all rows that wait, and calls `written`. */
  readonly #commit: () => void;
  readonly #me: UserId;
  #jobs: Job[] = [];
  #unanswered: Unanswered[] = [];

  constructor(
    parts: RowDeliveriesParts,
    store: InboxStore,
    pushes: Pick<RowPushes, "decidedRow" | "wantsAll">,
    commit: () => void,
  ) {
    this.#parts = parts;
    this.#store = store;
    this.#pushes = pushes;
    this.#commit = commit;
    this.#me = parts.account.userId();
  }

  /** Not `async`: such a function would keep the delivery until it is answered. */
  deliver(delivery: RowDelivery): Promise<RowAnswer> {
    return new Promise((answer) => {
      this.#jobs.push({ delivery, answer });
      this.#parts.turn.request();
    });
  }

  /** The inbox asked for the row. Resolves when memory has it; if it is lost then, it is asked for again. */
  bring(row: PulledRow): Promise<void> {
    return new Promise((applied) => {
      this.#jobs.push({ delivery: { row, items: [] }, answer: () => undefined, applied });
      this.#parts.turn.request();
    });
  }

  /** How many deliveries wait to be written. */
  get unanswered(): number {
    return this.#unanswered.length;
  }

  /** Applies the deliveries of this turn, and adds their announcements. `isSocketOpen`: whether any socket would receive them. */
  apply(isSocketOpen: boolean, announcements: Announcement[]): void {
    if (this.#jobs.length === 0) return;
    for (const job of this.#jobs.splice(0)) {
      const announcement = this.#applyOne(job, isSocketOpen);
      if (announcement !== undefined) announcements.push(announcement);
      job.applied?.();
    }
  }

  /** The rows that waited are written, but for those of these conversations. */
  written(failed: ReadonlySet<string>): void {
    for (const { conversationId, answer } of this.#unanswered.splice(0))
      answer(failed.has(conversationId) ? { isFailed: true } : this.#done(conversationId));
  }

  #done(conversationId: ConversationId): RowAnswer {
    const row = this.#store.row(conversationId);
    return {
      ...(this.#parts.isWatched() ? {} : { isUnwatched: true }),
      ...(row === undefined ? {} : { wantsAll: this.#pushes.wantsAll(row), wantsAt: now() }),
    };
  }

  #applyOne(job: Job, isSocketOpen: boolean): Announcement | undefined {
    const { delivery, answer } = job;
    const { conversationId } = delivery.row;
    if (this.#parts.account.isErased()) {
      if (!delivery.row.hasLeft) this.#parts.account.noteGone(conversationId);
      answer({ isGone: true });
      return undefined;
    }
    try {
      const { before, isAccepted, decision, fresh } = this.#decide(delivery);
      const { row } = decision;
      if (row !== before && !this.#mayWait(before, decision)) {
        if (this.#store.waiting.length > 0) {
          this.#commit();
          return this.#applyOne(job, isSocketOpen);
        }
        this.#writeNow(before, decision, isAccepted);
      } else if (row !== before && before !== undefined)
        this.#store.apply({ before, after: row }, { marks: new Map(), mentioned: decision.mentioned });
      if (this.#store.isWaiting(conversationId)) this.#unanswered.push({ conversationId, answer });
      else answer(this.#done(conversationId));
      if ((decision.begins || before?.pulled == null) && !row.hasLeft) this.#parts.rowBegan(conversationId);
      return isSocketOpen ? rowAnnouncement(delivery, fresh, decision.isShown ? row : undefined, this.#me) : undefined;
    } catch (error) {
      // It stays due, and comes again.
      logFault("row delivery", error, { conversationId });
      answer({ isFailed: true });
      return undefined;
    }
  }

  #decide({ row: arrived, items, pushes = [], hasReceipt }: RowDelivery): Decided {
    const { requestBy } = arrived;
    const isAccepted = requestBy !== null && this.#parts.account.hasContact(requestBy);
    const before = this.#store.row(arrived.conversationId);
    const decided = decideRow({
      row: before,
      arrived: isAccepted ? { ...arrived, requestBy: null } : arrived,
      items,
      pushes,
      hasReceipt: hasReceipt === true,
      isWatched: this.#parts.isWatched(),
      me: this.#me,
      version: this.#store.lastVersion,
      now: now(),
    });
    const fresh = decided.fresh.flatMap((index) => items[index] ?? []);
    const pushed = decided.pushed.flatMap((index) => pushes[index] ?? []);
    return { before, isAccepted, decision: this.#pushes.decidedRow(fresh, pushed, before, decided), fresh };
  }

  /** Whether sockets may receive a change before it is written: it has no effect elsewhere, and its version is from the reserved block. */
  #mayWait(before: InboxRow | undefined, { row, begins }: RowDecision): boolean {
    if (begins || before === undefined || before.pulled === null) return false;
    return !row.hasLeft && row.requestBy === before.requestBy && this.#store.mayShow(row.version);
  }

  /** Writes a change at once. No other row waits. What a small group counted is dropped, for the conversation counts from now on. */
  #writeNow(before: InboxRow | undefined, { row, mentioned, begins }: RowDecision, isAccepted: boolean): void {
    const { account, db } = this.#parts;
    const change = { before, after: row };
    db.transact((tx) => {
      const isAnew = begins || row.hasLeft || before?.pulled == null;
      this.#store.write(tx, change, { marks: new Map(), mentioned, isAnew });
      if (begins) account.noteConversation(tx, row.conversationId, { isNew: true, added: [] });
      if (begins && isAccepted) account.noteRequestsEnded(tx, [row.conversationId]);
    });
    this.#store.committed([change]);
  }
}
