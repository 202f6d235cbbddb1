/**
 * Owns the deliveries that are applied and not confirmed. One is confirmed when it is written: by its own answer, or by the answer to an earlier one of its series.
 * An unanswered call costs as much again as the call itself, so of a series only one stays unanswered.
 */
import type { ConversationId, Rev } from "../../../schema/ids.ts";
import { batches } from "../../../schema/limits.ts";
import type { Delivery, DeliveryAnswer } from "../../contract/delivery/delivery.ts";

/** `leaveOpen` may be called in place of `answer` once the delivery is applied, if an earlier one of its series is unanswered and will confirm it. */
export type Job = { delivery: Delivery; answer: (answer: DeliveryAnswer) => void; leaveOpen?: () => void };

/** The series of the last unanswered delivery that was applied, and how much was left open behind it. */
type Series = { readonly id: number; deliveries: number; characters: number };

/**
 * A delivery that is answered once the row of its conversation is written. The delivery itself, which may be half a megabyte, is not kept. `confirms`:
 * the answer names the rev that is written by then, and so confirms later deliveries of its series, which were answered at once.
 */
export type Unanswered = {
  conversationId: ConversationId;
  rev: Rev;
  confirms: boolean;
  resolve: Job["answer"];
};

export class Confirmations {
  #unanswered: Unanswered[] = [];
  readonly #series = new Map<ConversationId, Series>();
  /** Deliveries that were applied and left to an earlier answer, and are not written yet. */
  #openCount = 0;
  /**
   * Whether a conversation waits for a commit: to learn the rev from which it has to deliver, because it has more and makes the next call only then, or
   * because soon it may have no more calls under way.
   */
  #isAwaited = false;

  /**
   * A delivery is applied up to a rev that is not written yet. That rev is not answered, because a crash could take it back. `rose`: the delivery raised the rev of the
   * row. So once that rev is written, all of the delivery is.
   */
  add({ delivery, answer, leaveOpen }: Job, rev: Rev, became: "nothing" | "applied" | "rose"): void {
    const { conversationId, sinceRev, series } = delivery;
    // Otherwise an inbox that is far behind would receive only one call between two commits.
    this.#isAwaited ||= delivery.hasMore === true;
    const last = this.#series.get(conversationId);
    const open = last !== undefined && last.id === series ? last : undefined;
    if (leaveOpen !== undefined && became === "rose" && open !== undefined && delivery.hasReceipt !== true) {
      this.#leaveOpen(delivery, open);
      leaveOpen();
      return;
    }
    this.#isAwaited ||= rev < sinceRev;
    const confirms = series !== undefined && became !== "nothing";
    if (confirms) this.#series.set(conversationId, { id: series, deliveries: 0, characters: 0 });
    this.#unanswered.push({ conversationId, rev, confirms, resolve: answer });
  }

  /** Whether deliveries wait to be written, and whether they must be written at once. `others`: how many wait besides. */
  waiting(others: number): "nothing" | "some" | "urgent" {
    const unanswered = this.#unanswered.length + others;
    if (unanswered === 0) return "nothing";
    return this.#isAwaited || unanswered + this.#openCount >= batches.unansweredDeliveriesMax ? "urgent" : "some";
  }

  /** What waited is written, or has failed: takes the deliveries that are to be answered now. */
  take(): Unanswered[] {
    this.#isAwaited = false;
    this.#series.clear();
    this.#openCount = 0;
    return this.#unanswered.splice(0);
  }

  #leaveOpen({ items }: Delivery, open: Series): void {
    this.#openCount++;
    open.deliveries++;
    for (const { json } of items) open.characters += json.length;
    this.#isAwaited ||= open.deliveries >= batches.openDeliveriesMax || open.characters >= batches.openCharactersMax;
  }
}
