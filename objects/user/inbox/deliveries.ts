/**
 * Owns deliveries. Each delivery is applied to memory at the end of the turn in which it came, sent to the sockets, and written soon. It is confirmed when it
 * is written (confirmations.ts). The conversation repeats deliveries that were not confirmed, so sockets may
 * receive one before it is written. Decisions 35 and 40 have the interleavings.
 */
import type { ConversationId, Rev, UserId } from "../../../schema/ids.ts";
import { decideDelivery, type DeliveryDecision } from "../../../core/inbox/inbox.ts";
import type { InboxRow } from "../../../core/inbox/inbox-row.ts";
import type { Awake } from "../../shared/meters/awake.ts";
import { now } from "../../shared/platform/clock.ts";
import { logFault } from "../../shared/platform/log.ts";
import type { Standing } from "../../contract/command.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery/delivery.ts";
import { type PackedDelivery, unpackDelivery } from "../../contract/delivery/packed-delivery.ts";
import type { RowPushes } from "./row-pushes.ts";
import type { Announcement } from "../sync-sockets.ts";
import { announcementsOf, type Applied } from "./announcements.ts";
import { AwaitedAnswers } from "./awaited-answers.ts";
import { Confirmations, type Job } from "./confirmations.ts";
import type { InboxStore } from "./rows/inbox-store.ts";
import { RowDeliveries, type RowDeliveriesParts } from "./large/row-deliveries.ts";

type Resolve = (answer?: DeliveryAnswer) => void;

/** `isAccepted`: the stranger who brought the user in is a contact by now, so the conversation is no request any more. */
type Decided = { before: InboxRow | undefined; isAccepted: boolean; decision: DeliveryDecision };
type Change = Extract<DeliveryDecision, { do: "apply" }>;

/** `gaveUp`: what sockets have received of a conversation up to this rev could not be written, and comes again. */
export type DeliveriesParts = RowDeliveriesParts & {
  awake: Awake;
  gaveUp: (conversationId: ConversationId, rev: Rev) => void;
};

/** Who would receive announcements: whether any socket would, and whether one has received before what comes again. */
export type Audience = { isOpen: boolean; hasShown: boolean };

export class Deliveries {
  readonly #parts: DeliveriesParts;
  readonly #store: InboxStore;
  readonly #pushes: Pick<RowPushes, "decided" | "isWaiting">;
  readonly #me: UserId;
  #jobs: Job[] = [];
  readonly #confirmations = new Confirmations();
  readonly #answers = new AwaitedAnswers<Job>();
  /** Rows of large groups: they are applied in the same turns, and written together with the others. */
  readonly rows: RowDeliveries;

  constructor(
    parts: DeliveriesParts,
    store: InboxStore,
    pushes: Pick<RowPushes, "decided" | "decidedRow" | "isWaiting" | "wantsAll">,
  ) {
    this.#parts = parts;
    this.#store = store;
    this.#pushes = pushes;
    this.#me = parts.account.userId();
    this.rows = new RowDeliveries(parts, store, pushes, () => this.commit());
  }

  /** Not `async`: such a function would keep the delivery until it is answered. */
  deliver(delivery: Delivery): Promise<DeliveryAnswer> {
    return new Promise<DeliveryAnswer>((resolve) => {
      const isAsked = delivery.series !== undefined;
      this.#add({ delivery, answer: isAsked ? (answer) => resolve({ ...answer, takesPacked: true }) : resolve });
    });
  }

  /** It keeps the object awake until it is answered. */
  deliverPacked(packed: PackedDelivery): Promise<DeliveryAnswer | undefined> {
    const delivery = unpackDelivery(packed);
    return new Promise((resolve) => {
      const answer = answering(this.#parts.awake, resolve);
      this.#add({ delivery, answer, leaveOpen: answer });
    });
  }

  /** What a conversation is told with commands of this user; undefined where it may deliver nothing in the answer. The answer, or the end of the waiting for it, follows. */
  asks(conversationId: ConversationId): Standing | undefined {
    const row = this.#store.row(conversationId);
    if (row === undefined || row.hasLeft || row.pulled !== null) return undefined;
    this.#answers.begin(conversationId);
    return { applied: this.#revAfterTurn(row), stored: this.#store.storedRev(conversationId) };
  }

  /**
   * The rev of a row once what came in this turn is applied. The next commands leave at once when an answer came, so what rode in it is still queued. Without
   * it the conversation would take it for lost, and deliver it again. If it cannot be applied, the commands after these say so.
   */
  #revAfterTurn({ conversationId, epoch, rev }: InboxRow): Rev {
    for (const { delivery } of this.#jobs) {
      if (delivery.conversationId !== conversationId || delivery.epoch !== epoch) continue;
      // With members or roles may come the end of the membership.
      if (delivery.facts !== null) break;
      if (delivery.sinceRev <= rev) rev = Math.max(rev, delivery.rev);
    }
    return rev;
  }

  /** The answer came, or none will. `rider`: what came with it. Nobody waits to learn what becomes of it: the conversation asks, later. */
  answered(conversationId: ConversationId, rider: PackedDelivery | undefined): void {
    const held = this.#answers.end(conversationId);
    if (rider !== undefined) this.#add({ delivery: unpackDelivery(rider), answer: () => {} });
    for (const job of held) this.#add(job);
  }

  #add(job: Job): void {
    this.#jobs.push(job);
    this.#parts.turn.request();
  }

  /** Applies the deliveries of this turn, and answers their announcements. */
  apply(audience: Audience): Announcement[] {
    const jobs = this.#jobs;
    this.#jobs = [];
    const announcements: Announcement[] = [];
    for (const job of jobs) {
      const announcement = this.#applyOne(job, audience);
      if (announcement !== undefined) announcements.push(announcement);
    }
    this.rows.apply(audience.isOpen, announcements);
    return announcements;
  }

  /** Whether deliveries wait to be written, and whether they must be written at once. */
  get waiting(): "nothing" | "some" | "urgent" {
    return this.#confirmations.waiting(this.rows.unanswered);
  }

  /** Writes the waiting rows and answers their deliveries. */
  commit(): void {
    const failed = this.#write();
    for (const { conversationId, rev, confirms, resolve } of this.#confirmations.take()) {
      if (failed.has(conversationId)) resolve(this.#failure(conversationId));
      else resolve(this.#stored(conversationId, confirms ? this.#store.storedRev(conversationId) : rev));
    }
    this.rows.written(failed);
  }

  #applyOne(job: Job, audience: Audience): Announcement | undefined {
    const { delivery } = job;
    if (this.#parts.account.isErased()) {
      this.#parts.account.noteGone(delivery.conversationId);
      job.answer({ rev: delivery.rev, isGone: true });
      return undefined;
    }
    try {
      const { before, isAccepted, decision } = this.#decide(delivery);
      if (decision.do === "nothing") {
        const isGap = decision.rev < delivery.sinceRev;
        if (isGap && this.#answers.holds(delivery.conversationId, job)) return undefined;
        this.#answer(job, decision.rev, "nothing");
        return this.#announced({ delivery, row: before, steps: [] }, audience);
      }
      if (!this.#mayWait(delivery, before, decision)) {
        if (this.waiting !== "nothing") {
          this.commit();
          return this.#applyOne(job, audience);
        }
        this.#writeNow(delivery, before, decision, isAccepted);
      } else if (before !== undefined && decision.row !== before)
        this.#store.apply({ before, after: decision.row }, decision);
      const { row, steps } = decision;
      this.#answer(job, row.rev, row.rev > (before?.rev ?? 0) ? "rose" : "applied");
      return this.#announced({ delivery, row, steps }, audience);
    } catch (error) {
      // The conversation repeats the delivery later.
      logFault("delivery", error, { conversationId: delivery.conversationId });
      job.answer(this.#failure(delivery.conversationId));
      return undefined;
    }
  }

  #announced(applied: Applied, { isOpen, hasShown }: Audience): Announcement | undefined {
    return isOpen ? announcementsOf(applied, this.#me, hasShown) : undefined;
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
    return { before, isAccepted, decision: this.#pushes.decided(delivery, before, decision) };
  }

  /** Whether sockets may receive a change before it is written. It must be one that a repeated delivery makes again, with no effect elsewhere, and with a version from the reserved block. */
  #mayWait({ facts }: Delivery, before: InboxRow | undefined, { row, begins }: Change): boolean {
    if (begins || before === undefined || (facts?.added.length ?? 0) > 0) return false;
    if (row === before) return true;
    return !row.hasLeft && row.requestBy === before.requestBy && this.#store.mayShow(row.version);
  }

  /** Writes a change at once. No other row waits. */
  #writeNow(
    { conversationId, facts }: Delivery,
    before: InboxRow | undefined,
    { row, marks, mentioned, begins }: Change,
    isAccepted: boolean,
  ): void {
    const { account, db } = this.#parts;
    const added = facts?.added ?? [];
    db.transact((tx) => {
      if (row !== before)
        this.#store.write(tx, { before, after: row }, { marks, mentioned, isAnew: begins || row.hasLeft });
      if (begins || added.length > 0) account.noteConversation(tx, conversationId, { isNew: begins, added });
      if (begins && isAccepted) account.noteRequestsEnded(tx, [conversationId]);
    });
    if (row !== before) this.#store.committed([{ before, after: row }]);
  }

  /** Answers a delivery, now or when its row is written. */
  #answer(job: Job, rev: Rev, became: "nothing" | "applied" | "rose"): void {
    const { conversationId } = job.delivery;
    if (this.#store.isWaiting(conversationId)) this.#confirmations.add(job, rev, became);
    else job.answer(this.#stored(conversationId, rev));
  }

  #stored(conversationId: ConversationId, rev: Rev): DeliveryAnswer {
    return this.#pushes.isWaiting(conversationId) ? { rev, hasPush: true } : { rev };
  }

  #failure(conversationId: ConversationId): DeliveryAnswer {
    return { rev: this.#store.storedRev(conversationId), isFailed: true };
  }

  /** Writes all rows in one transaction, and if that fails each row alone. Answers the conversations that failed: their rows are again as they are stored. */
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
          const row = this.#store.row(id);
          this.#store.giveUp(id);
          if (row !== undefined) this.#parts.gaveUp(id, row.pulled?.itemsRev ?? row.rev);
          failed.add(id);
        }
      }
    }
    return failed;
  }
}

/** In a function of its own, so that what is kept until the answer does not keep the delivery. */
function answering(awake: Awake, resolve: Resolve): Resolve {
  awake.begin();
  return (answer) => {
    awake.end();
    resolve(answer);
  };
}

function unasked(delivery: Delivery): Delivery {
  const rest = { ...delivery };
  delete rest.requestBy;
  return rest;
}
