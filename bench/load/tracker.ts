/**
 * Follows messages from send to ack and to every receiver. Frames are searched, not parsed: a message is found by its `clientId`,
 * which stands in the message and nowhere else, and an ack by its reference.
 */
import { performance } from "node:perf_hooks";
import { Tally } from "./tally.ts";

const slots = 1 << 17;
const deliveredText = '"clientId":"';

export class Tracker {
  /** Distinguishes this run's messages from late ones of an earlier run. */
  readonly runId = Math.random().toString(36).slice(2, 8).padEnd(6, "0");
  readonly #receivers: number;
  readonly #ackText: string;
  readonly #onComplete: (sender: number) => void;
  readonly #sentAt = new Float64Array(slots);
  readonly #left = new Int16Array(slots);
  readonly #sender = new Int16Array(slots);
  readonly #isAcked = new Uint8Array(slots);
  #sent = 0;
  #done = 0;
  readonly #comparesSockets: boolean;
  tally: Tally;
  errors = 0;
  firstError: string | null = null;

  constructor(
    receivers: number,
    ackText: string,
    onComplete: (sender: number) => void,
    comparesSockets: boolean = false,
  ) {
    this.#comparesSockets = comparesSockets;
    this.tally = new Tally(comparesSockets);
    this.#receivers = receivers;
    this.#ackText = ackText;
    this.#onComplete = onComplete;
  }

  get sent(): number {
    return this.#sent;
  }

  get completed(): number {
    return this.#done;
  }

  /** Drops the counts of the warm-up. */
  startMeasuring(): void {
    this.tally = new Tally(this.#comparesSockets);
  }

  /** The next message of this sender, as a frame. */
  next(sender: number, conversationId: string): string {
    const n = this.#sent++;
    const slot = n & (slots - 1);
    if (n >= slots && (this.#left[slot] !== 0 || this.#isAcked[slot] !== 1))
      throw new Error("more messages under way than the tracker can follow");
    this.#left[slot] = this.#receivers;
    this.#isAcked[slot] = 0;
    this.#sender[slot] = sender;
    this.#sentAt[slot] = performance.now();
    const id = `${this.runId}-${n}`;
    return `{"type":"send","ref":"${id}","conversationId":"${conversationId}","clientId":"${id}","text":"Shall we say seven at the usual place? I will bring the map."}`;
  }

  /** A frame arrived on socket number `socket`. */
  frame(socket: number, text: string): void {
    const at = performance.now();
    const before = this.tally.deliveries;
    this.#each(text, deliveredText, (slot) => {
      if ((this.#left[slot] ?? 0) <= 0)
        return this.fault(`delivered more often than there are receivers: ${text.slice(0, 300)}`);
      if (this.#left[slot] === this.#receivers) this.tally.first.add(at - (this.#sentAt[slot] ?? 0));
      this.#left[slot] = (this.#left[slot] ?? 0) - 1;
      this.tally.deliveries++;
      if (this.#sender[slot] !== socket) this.tally.delivered(socket, at - (this.#sentAt[slot] ?? 0));
      if (this.#left[slot] === 0) this.tally.last.add(at - (this.#sentAt[slot] ?? 0));
      return this.#settle(slot, at);
    });
    if (this.tally.deliveries > before) this.tally.frames++;
    this.#each(text, this.#ackText, (slot) => {
      if (this.#sender[slot] !== socket || this.#isAcked[slot] === 1) return;
      this.#isAcked[slot] = 1;
      this.tally.ack.add(at - (this.#sentAt[slot] ?? 0));
      this.#settle(slot, at);
    });
    if (text.includes('"type":"error"')) this.fault(text.slice(0, 300));
  }

  fault(what: string): void {
    this.errors++;
    this.firstError ??= what;
  }

  #each(text: string, key: string, found: (slot: number) => void): void {
    for (let at = text.indexOf(key); at !== -1; at = text.indexOf(key, at)) {
      at += key.length;
      if (!text.startsWith(this.runId, at)) continue;
      at += this.runId.length + 1;
      let n = 0;
      for (let digit = text.charCodeAt(at) - 48; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - 48)
        n = n * 10 + digit;
      found(n & (slots - 1));
    }
  }

  #settle(slot: number, at: number): void {
    if (this.#left[slot] !== 0 || this.#isAcked[slot] !== 1) return;
    this.#done++;
    this.tally.completion.add(at - (this.#sentAt[slot] ?? 0));
    this.#onComplete(this.#sender[slot] ?? 0);
  }
}
