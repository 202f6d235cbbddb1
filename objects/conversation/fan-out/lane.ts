/**
 * Owns what fan-out knows of one member's inbox: how far it is, which calls to it are under way, and what rides with the next one. Calls go in order, each
 * from where the one before ends. They are confirmed when what they brought is durable, by their own answers or by that of an earlier call. If one brings
 * less than it should, those behind it are void, and the next one begins after what is durable.
 */
import type { Rev, Seq, TimeMs } from "../../../schema/ids.ts";
import { conversationHolds, timeouts } from "../../../schema/limits.ts";
import type { DeliveryAnswer } from "../../contract/delivery.ts";

/** What the inbox is to have: everything up to `end`, and the watermark `read`, which those who left are not told any more. */
export type Target = { end: Rev; read: Seq; joinedRev: Rev; hasLeft: boolean };

/** What rides with a call, beside what the inbox lacks. */
export type Carried = {
  /** Frames of no lasting worth for sync sockets, by key; the newest of a key replaces the older. */
  passing: Map<string, string>;
  /** They said that they have read: their inbox is told even if no watermark rose. */
  hasReceipt: boolean;
};

/** What a call brings: everything in `(sinceRev, rev]`. `isCut`: it does not reach the end. */
export type Brought = { sinceRev: Rev; rev: Rev; read: Seq; bytes: number; isCut: boolean };

/** A call under way. */
export type Call = Carried & Brought & { since: TimeMs; isTold: boolean };

/** What an answer means: the call was void; it is told, and the answer of an earlier one will confirm it; all arrived; the next call begins earlier; or it has to wait. */
export type Verdict = "void" | "told" | "whole" | "back" | "failed";

export class Lane {
  /** What the inbox has durably. Below what it has where this is not known. */
  acked: Rev;
  /** Whether `acked` is what the inbox said. Otherwise it is asked: by a call that begins at `base`, which it answers with what it has. */
  isKnown: boolean;
  /** Whether the inbox has said that it takes packed deliveries. After a fault it is asked anew: it may run an older version. */
  takesPacked = false;
  /** Calls of one series may be confirmed by one answer. A fault ends the series. */
  series = newSeries();
  failures = 0;
  retryAt: TimeMs = 0;
  /** Until then the inbox may wait where the member has the conversation on screen. */
  followsAt: TimeMs = 0;
  readonly #base: Rev;
  /** Up to here calls have been made. */
  #sent: Rev;
  #sentRead: Seq;
  /** The read watermark that the inbox has durably. */
  #toldRead: Seq;
  #waiting: Carried;
  #calls: Call[] = [];
  /** The user has erased their account: there is no inbox any more. */
  #isGone = false;

  constructor(start: { acked: Rev; isKnown: boolean; base: Rev; toldRead: Seq; hasReceipt: boolean }) {
    this.acked = start.acked;
    this.isKnown = start.isKnown;
    this.#base = start.base;
    this.#sent = start.isKnown ? start.acked : start.base;
    this.#toldRead = start.toldRead;
    this.#sentRead = start.toldRead;
    this.#waiting = { passing: new Map(), hasReceipt: start.hasReceipt };
  }

  get sent(): Rev {
    return this.#sent;
  }

  get isBusy(): boolean {
    return this.#calls.length > 0;
  }

  /** When the oldest call under way began. */
  get busySince(): TimeMs | undefined {
    return this.#calls[0]?.since;
  }

  /** A membership begins (again) after this rev: nothing before it is the member's to get. */
  begin(revBefore: Rev): void {
    this.#isGone = false;
    this.acked = revBefore;
    this.isKnown = true;
    this.#sent = revBefore;
    this.#toldRead = -1;
    this.#sentRead = -1;
  }

  /** What the inbox has may be less than was thought. */
  doubt(): void {
    this.isKnown = false;
    this.#toldRead = -1;
    this.#sentRead = -1;
  }

  pass(key: string, frame: string): void {
    this.#waiting.passing.set(key, frame);
  }

  noteReceipt(): void {
    this.#waiting.hasReceipt = true;
  }

  /** Whether a receipt is still to be told, or on its way. */
  get owesReceipt(): boolean {
    return this.#waiting.hasReceipt || this.#calls.some((call) => call.hasReceipt);
  }

  /** Whether the inbox has everything, durably. */
  isSettled({ end, read, hasLeft }: Target): boolean {
    if (this.#isGone) return true;
    if (!this.isKnown || this.acked < end) return false;
    return hasLeft || (this.#toldRead >= read && !this.owesReceipt);
  }

  /** Whether a call is to be made now. */
  isDue({ end, read, hasLeft }: Target, at: TimeMs): boolean {
    if (this.#isGone || this.retryAt > at || !this.#hasPlace()) return false;
    if (this.#sent < end || this.#waiting.passing.size > 0) return true;
    if (!this.isKnown && !this.isBusy) return true;
    return !hasLeft && (this.#sentRead < read || this.#waiting.hasReceipt);
  }

  /** What waits, to be given along with a call. */
  get waiting(): Readonly<Carried> {
    return this.#waiting;
  }

  /** A call begins: it takes along what waits. */
  depart(brought: Brought, at: TimeMs): Call {
    const call: Call = { ...brought, ...this.#waiting, since: at, isTold: false };
    this.#waiting = { passing: new Map(), hasReceipt: false };
    this.#calls.push(call);
    this.#sent = Math.max(this.#sent, brought.rev);
    this.#sentRead = Math.max(this.#sentRead, brought.read);
    this.followsAt = at + timeouts.livePaceMs;
    return call;
  }

  /** The inbox answered. `rev` of an answer is durable. Undefined: what the call brought is told; once its rev is durable, all of it is. */
  answered(
    call: Call,
    answer: DeliveryAnswer | undefined,
    { joinedRev, headRev }: { joinedRev: Rev; headRev: Rev },
  ): Verdict {
    if (!this.#calls.includes(call)) return "void";
    if (answer === undefined) {
      call.isTold = true;
      // The answer that confirms it may have come first.
      if (!this.isKnown || this.acked < call.rev) return "told";
      this.#confirm((other) => other === call);
      return "whole";
    }
    if (answer.isGone === true) this.#isGone = true;
    this.takesPacked ||= answer.takesPacked === true;
    const rev = Math.max(Math.min(answer.rev, headRev), joinedRev - 1);
    if (answer.isFailed !== true && answer.rev >= call.rev) {
      this.#confirm((other) => other === call || (other.isTold && other.rev <= answer.rev));
      this.acked = this.isKnown ? Math.max(this.acked, rev) : rev;
      this.isKnown = true;
      this.failures = 0;
      this.retryAt = 0;
      return "whole";
    }
    this.acked = rev;
    this.isKnown = true;
    this.goBack();
    // The inbox applied nothing, and asks for nothing earlier.
    return answer.isFailed === true || rev === call.sinceRev ? "failed" : "back";
  }

  /** All calls under way are void: what they carried goes with the next one, which begins after what is durable. Answers whether there were some. */
  goBack(): void {
    const passing = this.#calls.flatMap((call) => [...call.passing]);
    this.#waiting = {
      passing: new Map([...passing, ...this.#waiting.passing]),
      hasReceipt: this.owesReceipt,
    };
    this.#calls = [];
    this.takesPacked = false;
    this.series = newSeries();
    this.#sent = this.isKnown ? this.acked : this.#base;
    this.#sentRead = this.#toldRead;
  }

  /** Whether a call is one of those under way. */
  isUnderWay(call: Call): boolean {
    return this.#calls.includes(call);
  }

  /** All that these calls brought is durable. */
  #confirm(isMeant: (call: Call) => boolean): void {
    for (const call of this.#calls) if (isMeant(call)) this.#toldRead = Math.max(this.#toldRead, call.read);
    this.#calls = this.#calls.filter((call) => !isMeant(call));
  }

  /** A window of calls. After a fault there is one at a time, and the same behind one that could not bring everything. */
  #hasPlace(): boolean {
    const last = this.#calls.at(-1);
    if (last === undefined) return true;
    if (this.failures > 0 || last.isCut || this.#calls.length >= conversationHolds.deliveriesAheadMax) return false;
    return this.#calls.reduce((sum, { bytes }) => sum + bytes, 0) < conversationHolds.deliveriesAheadBytesMax;
  }
}

/** No other series to the same inbox has the same number, neither of this life of the conversation nor of an earlier one. */
function newSeries(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}
