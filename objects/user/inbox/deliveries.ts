/**
 * Owns deliveries: each is applied to memory at the end of the turn in which it came, told, written soon, and answered when it is written. What a
 * delivery adds follows from its conversation, which repeats what was not answered: so it may be told before it is written.
 * Decision 35 has the interleavings.
 */
import type { ConversationId, Rev, UserId } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import { decideDelivery, type DeliveryDecision } from "../../../core/inbox/inbox.ts";
import type { InboxRow } from "../../../core/inbox/inbox-row.ts";
import { now } from "../../shared/platform/clock.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery.ts";
import type { InboxParts } from "../sides.ts";
import type { Announcement } from "../sockets/sync-sockets.ts";
import { announcementsOf } from "./announcements.ts";
import type { InboxStore } from "./inbox-store.ts";

type Job = { delivery: Delivery; resolve: (answer: DeliveryAnswer) => void };

/** Of a delivery that is answered once the row of its conversation is written. The delivery itself, which may be half a megabyte, is not kept. */
type Unanswered = { conversationId: ConversationId; answer: DeliveryAnswer; resolve: Job["resolve"] };

/** `isAccepted`: the stranger who brought the user in is a contact by now, so it is no request any more. */
type Decided = { before: InboxRow | undefined; isAccepted: boolean; decision: DeliveryDecision };
type Change = Extract<DeliveryDecision, { do: "apply" }>;

export class Deliveries {
  readonly #parts: Pick<InboxParts, "db" | "account">;
  readonly #store: InboxStore;
  readonly #me: UserId;
  readonly #requestTurn: () => void;
  #jobs: Job[] = [];
  #unanswered: Unanswered[] = [];
  /** A conversation waits to learn from where to send. */
  #isAwaited = false;

  constructor(parts: Pick<InboxParts, "db" | "account">, store: InboxStore, requestTurn: () => void) {
    this.#parts = parts;
    this.#store = store;
    this.#me = parts.account.userId();
    this.#requestTurn = requestTurn;
  }

  /** Not `async`: such a function would keep the delivery until it is answered. */
  deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return new Promise<DeliveryAnswer>((resolve) => {
      this.#jobs.push({ delivery, resolve });
      this.#requestTurn();
    });
  }

  /** Applies the deliveries of this turn, and answers what is to be told of them. `isSocketOpen`: whether there is a socket to tell. */
  apply(isSocketOpen: boolean): Announcement[] {
    const jobs = this.#jobs;
    this.#jobs = [];
    const announcements: Announcement[] = [];
    for (const job of jobs) {
      const announcement = this.#applyOne(job);
      if (isSocketOpen && announcement !== undefined) announcements.push(announcement);
    }
    return announcements;
  }

  /** Whether something waits to be written, and whether it may. */
  get waiting(): "nothing" | "some" | "urgent" {
    if (this.#unanswered.length === 0) return "nothing";
    return this.#isAwaited || this.#unanswered.length >= batches.unansweredDeliveriesMax ? "urgent" : "some";
  }

  /** Writes what waits and answers it. */
  commit(): void {
    const failed = this.#write();
    this.#isAwaited = false;
    for (const { conversationId, answer, resolve } of this.#unanswered.splice(0))
      resolve(failed.has(conversationId) ? this.#failure(conversationId) : answer);
  }

  #applyOne(job: Job): Announcement | undefined {
    const { delivery } = job;
    try {
      const { before, isAccepted, decision } = this.#decide(delivery);
      if (decision.do === "nothing") {
        this.#answer(job, decision.rev);
        return announcementsOf({ delivery, row: before, steps: [] }, this.#me);
      }
      if (!this.#mayWait(delivery, before, decision)) {
        if (this.waiting !== "nothing") {
          this.commit();
          return this.#applyOne(job);
        }
        this.#writeNow(delivery, before, decision, isAccepted);
      } else if (before !== undefined && decision.row !== before)
        this.#store.apply({ before, after: decision.row }, decision.marks);
      this.#answer(job, decision.row.rev);
      return announcementsOf({ delivery, row: decision.row, steps: decision.steps }, this.#me);
    } catch (error) {
      // Its conversation tries it again later.
      logFault("delivery", error, { conversationId: delivery.conversationId });
      job.resolve(this.#failure(delivery.conversationId));
      return undefined;
    }
  }

  #decide(delivery: Delivery): Decided {
    const { requestBy } = delivery;
    const isAccepted = requestBy !== undefined && this.#parts.account.hasContact(requestBy);
    const before = this.#store.row(delivery.conversationId);
    const decision = decideDelivery({
      row: before,
      marks: this.#store.marks(this.#parts.db, before),
      arrival: isAccepted ? unasked(delivery) : delivery,
      me: this.#me,
      version: this.#store.lastVersion,
      now: now(),
    });
    return { before, isAccepted, decision };
  }

  /** Whether a change may be told before it is written: one that can be worked out again, has no effect elsewhere, and whose version is of a block that is begun. */
  #mayWait({ facts }: Delivery, before: InboxRow | undefined, { row, begins }: Change): boolean {
    if (begins || before === undefined || (facts?.added.length ?? 0) > 0) return false;
    if (row === before) return true;
    return !row.hasLeft && row.requestBy === before.requestBy && this.#store.mayTell(row.version);
  }

  /** Nothing else waits. */
  #writeNow(
    { conversationId, facts }: Delivery,
    before: InboxRow | undefined,
    { row, marks, begins }: Change,
    isAccepted: boolean,
  ): void {
    const { account, db } = this.#parts;
    const added = facts?.added ?? [];
    db.transact((tx) => {
      if (row !== before) this.#store.write(tx, { before, after: row }, { marks, isAnew: begins || row.hasLeft });
      if (begins || added.length > 0) account.noteConversation(tx, conversationId, { isNew: begins, added });
      if (begins && isAccepted) account.noteRequestsEnded(tx, [conversationId]);
    });
    if (row !== before) this.#store.committed([{ before, after: row }]);
  }

  /** A rev that is not written yet is not told: a crash could take it back. */
  #answer({ delivery: { conversationId, sinceRev }, resolve }: Job, rev: Rev): void {
    if (!this.#store.isWaiting(conversationId)) {
      resolve({ rev });
      return;
    }
    this.#isAwaited ||= rev < sinceRev;
    this.#unanswered.push({ conversationId, answer: { rev }, resolve });
  }

  #failure(conversationId: ConversationId): DeliveryAnswer {
    return { rev: this.#store.storedRev(conversationId), isFailed: true };
  }

  /** All rows in one transaction; where that fails each alone. Answers the conversations that failed: their rows are again what is stored. */
  #write(): Set<string> {
    const ids = this.#store.waiting;
    if (ids.length === 0) return new Set();
    const failed = new Set<string>();
    try {
      this.#parts.db.transact((tx) => this.#store.writeWaiting(tx, ids));
      this.#store.written(ids);
    } catch (error) {
      logFault("inbox", error, { rows: ids.length });
      for (const id of ids) {
        try {
          this.#parts.db.transact((tx) => this.#store.writeWaiting(tx, [id]));
          this.#store.written([id]);
        } catch {
          this.#store.giveUp(id);
          failed.add(id);
        }
      }
    }
    return failed;
  }
}

function unasked(delivery: Delivery): Delivery {
  const rest = { ...delivery };
  delete rest.requestBy;
  return rest;
}
