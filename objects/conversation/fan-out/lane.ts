/**
 * Owns what fan-out knows of one member's inbox: the rev that it has stored, the calls to it that are under way, and what the next call also carries. Calls
 * go in order; each begins at the rev where the one before ends. A call is confirmed when its changes are stored, by its own answer or by the answer to an
 * earlier call. If a call fails, or the inbox asks for earlier changes, all calls behind it are void, and the next one begins at the confirmed rev.
 * A ride is a delivery in the answer to the member's own commands. Nothing answers it: it counts as applied, until the inbox says otherwise.
 */
import type { Rev, Seq, TimeMs } from "../../../schema/ids.ts";
import { conversationHolds, timeouts } from "../../../schema/limits.ts";
import type { Standing } from "../../contract/command.ts";
import type { DeliveryAnswer } from "../../contract/delivery/delivery.ts";

/** The state that the inbox should reach: all changes up to `end`, and the watermark `read`, which members who left do not receive any more. */
export type Target = { end: Rev; read: Seq; joinedRev: Rev; hasLeft: boolean };

/** What a call carries beside the changes that the inbox lacks. */
export type Carried = {
  /** Frames for sync sockets that are not stored, by key; a newer frame of a key replaces the older one. */
  readonly passing: ReadonlyMap<string, string>;
  /** The member has sent a receipt of `read`: their inbox receives it even if no watermark rose. */
  readonly hasReceipt: boolean;
};

const nothing: Carried = { passing: new Map(), hasReceipt: false };

/** What a call brings: everything in `(sinceRev, rev]`. `isCut`: it does not reach the end. */
export type Brought = { sinceRev: Rev; rev: Rev; read: Seq; bytes: number; isCut: boolean };

/** A call under way. */
export type Call = Carried & Brought & { since: TimeMs; isApplied: boolean; isRide: boolean };

/**
 * What an answer means. `void`: the call was void already. `applied`: the changes are applied, and the answer to an earlier call will confirm them. `whole`: all
 * is stored. `back`: the next call begins earlier. `failed`: the next call has to wait.
 */
export type Verdict = "void" | "applied" | "whole" | "back" | "failed";

export class Lane {
  /** The rev up to which the inbox has stored all changes. If `isKnown` is false it may be too low. */
  acked: Rev;
  /** Whether the inbox itself has answered `acked`. If not, a call that begins at `base` asks: the inbox answers it with the rev that it has. */
  isKnown: boolean;
  /** Whether the inbox has answered that it accepts packed deliveries. After a fault it is asked anew, because it may run an older version. */
  takesPacked = false;
  /** Calls of one series may be confirmed by one answer. A fault ends the series. */
  series = newSeries();
  /** Whether the inbox answered last that a push of this conversation waits. Then nothing that may end it has to wait for the pace. */
  hasPush = false;
  failures = 0;
  retryAt: TimeMs = 0;
  /** Until then calls may wait if the member has the conversation on screen. */
  followsAt: TimeMs = 0;
  readonly #base: Rev;
  /** The rev up to which calls were made. */
  #sent: Rev;
  #sentRead: Seq;
  /** The read watermark that the inbox has durably. */
  #storedRead: Seq;
  #waiting: Carried;
  #calls: Call[] = [];
  /** The inbox is asked what it has stored: by a call that may bring nothing. */
  #asks = false;
  /** The user has erased their account: there is no inbox any more. */
  #isGone = false;

  constructor(start: { acked: Rev; isKnown: boolean; base: Rev; storedRead: Seq; hasReceipt: boolean }) {
    this.acked = start.acked;
    this.isKnown = start.isKnown;
    this.#base = start.base;
    this.#sent = start.isKnown ? start.acked : start.base;
    this.#storedRead = start.storedRead;
    this.#sentRead = start.storedRead;
    this.#waiting = { ...nothing, hasReceipt: start.hasReceipt };
  }

  get sent(): Rev {
    return this.#sent;
  }

  /** Whether a call is under way that will be answered. */
  get isBusy(): boolean {
    return this.#calls.some((call) => !call.isRide);
  }

  /** When the oldest of these began. */
  get busySince(): TimeMs | undefined {
    return this.#calls.find((call) => !call.isRide)?.since;
  }

  /** A membership begins, or begins again, after this rev. The inbox receives nothing before it. */
  begin(revBefore: Rev): void {
    this.#isGone = false;
    this.acked = revBefore;
    this.isKnown = true;
    this.#sent = revBefore;
    this.#storedRead = -1;
    this.#sentRead = -1;
  }

  /** The inbox may have less than `acked`. */
  doubt(): void {
    this.isKnown = false;
    this.#storedRead = -1;
    this.#sentRead = -1;
  }

  pass(key: string, frame: string): void {
    const { passing, hasReceipt } = this.#waiting;
    this.#waiting = {
      passing: passing.size === 0 ? new Map([[key, frame]]) : new Map([...passing, [key, frame]]),
      hasReceipt,
    };
  }

  noteReceipt(): void {
    this.#waiting = { ...this.#waiting, hasReceipt: true };
  }

  /** Whether a receipt is still to be delivered, or under way. */
  get owesReceipt(): boolean {
    return this.#waiting.hasReceipt || this.#calls.some((call) => call.hasReceipt);
  }

  /** Whether the inbox has stored everything. */
  isSettled({ end, read, hasLeft }: Target): boolean {
    if (this.#isGone) return true;
    if (!this.isKnown || this.acked < end) return false;
    return hasLeft || (this.#storedRead >= read && !this.owesReceipt);
  }

  /** Whether a call is to be made now. */
  isDue({ end, read, hasLeft }: Target, at: TimeMs): boolean {
    if (this.#isGone || this.retryAt > at || !this.#hasPlace()) return false;
    if (this.#sent < end || this.#waiting.passing.size > 0 || this.#asks) return true;
    if (!this.isKnown && !this.isBusy) return true;
    return !hasLeft && (this.#sentRead < read || this.#waiting.hasReceipt);
  }

  /** What the next call will carry beside the changes. */
  get waiting(): Carried {
    return this.#waiting;
  }

  /**
   * The member's object says, in the call for whose answer it waits, what its inbox has. What rode in an earlier answer is there by now, or was lost: then the
   * next call begins at the confirmed rev. Answers whether more is confirmed than before.
   */
  heard({ applied, stored }: Standing): boolean {
    const rides = this.#calls.filter((call) => call.isRide);
    if (rides.length === 0 || !this.isKnown) return false;
    const before = this.acked;
    for (const { rev } of rides) if (rev <= stored) this.acked = Math.max(this.acked, rev);
    this.#confirm((call) => call.isRide && call.rev <= stored);
    if (rides.some((ride) => ride.rev > applied)) this.goBack();
    return this.acked > before;
  }

  /**
   * Whether the next delivery may ride in the answer to a call that says what the inbox has: it has applied all that was sent, nothing failed lately, and no
   * receipt waits, which is confirmed by an answer of its own.
   */
  mayRide({ applied }: Standing): boolean {
    if (!this.isKnown || !this.takesPacked || this.failures > 0 || applied !== this.#sent || this.owesReceipt)
      return false;
    const { length } = this.#calls;
    return length < conversationHolds.ridesMax && this.#bytesUnderWay() < conversationHolds.ridesBytesMax;
  }

  /** Whether only rides are unconfirmed. Then nothing would tell whether they came, so the next call asks. */
  ask(): boolean {
    this.#asks ||= this.#calls.length > 0 && !this.isBusy;
    return this.#asks;
  }

  /** A call begins. It carries what waits. */
  depart(brought: Brought, at: TimeMs, isRide = false): Call {
    const { sinceRev, rev, read, bytes, isCut } = brought;
    const { passing, hasReceipt } = this.#waiting;
    const call: Call = { sinceRev, rev, read, bytes, isCut, passing, hasReceipt, since: at, isApplied: isRide, isRide };
    this.#waiting = nothing;
    this.#asks = false;
    this.#calls.push(call);
    this.#sent = Math.max(this.#sent, brought.rev);
    this.#sentRead = Math.max(this.#sentRead, brought.read);
    this.followsAt = at + timeouts.livePaceMs;
    return call;
  }

  /** The inbox answered. The `rev` of an answer is stored. Undefined: the call's changes are applied, and are stored once its rev is. */
  answered(
    call: Call,
    answer: DeliveryAnswer | undefined,
    { joinedRev, headRev }: { joinedRev: Rev; headRev: Rev },
  ): Verdict {
    if (!this.#calls.includes(call)) return "void";
    if (answer === undefined) {
      call.isApplied = true;
      // The answer that confirms this call may have come first.
      if (!this.isKnown || this.acked < call.rev) return "applied";
      this.#confirm((other) => other === call);
      return "whole";
    }
    if (answer.isGone === true) this.#isGone = true;
    this.hasPush = answer.hasPush === true;
    this.takesPacked ||= answer.takesPacked === true;
    const rev = Math.max(Math.min(answer.rev, headRev), joinedRev - 1);
    if (answer.isFailed !== true && answer.rev >= call.rev) {
      this.#confirm((other) => other === call || (other.isApplied && other.rev <= answer.rev));
      this.acked = this.isKnown ? Math.max(this.acked, rev) : rev;
      this.isKnown = true;
      this.failures = 0;
      this.retryAt = 0;
      return "whole";
    }
    this.acked = rev;
    this.isKnown = true;
    this.goBack();
    // The inbox has applied nothing, and does not ask for earlier changes.
    return answer.isFailed === true || rev === call.sinceRev ? "failed" : "back";
  }

  /** All calls under way are void. The next call carries what they carried, and begins at the confirmed rev. */
  goBack(): void {
    const passing = this.#calls.flatMap((call) => [...call.passing]);
    this.#waiting = {
      passing: new Map([...passing, ...this.#waiting.passing]),
      hasReceipt: this.owesReceipt,
    };
    this.#calls = [];
    this.#asks = false;
    this.takesPacked = false;
    this.series = newSeries();
    this.#sent = this.isKnown ? this.acked : this.#base;
    this.#sentRead = this.#storedRead;
  }

  /** Whether a call is one of those under way. */
  isUnderWay(call: Call): boolean {
    return this.#calls.includes(call);
  }

  /** The changes of these calls are stored. */
  #confirm(isMeant: (call: Call) => boolean): void {
    for (const call of this.#calls) if (isMeant(call)) this.#storedRead = Math.max(this.#storedRead, call.read);
    this.#calls = this.#calls.filter((call) => !isMeant(call));
  }

  /** Whether the window has a place. After a fault, and behind a call that could not carry everything, there is one call at a time. */
  #hasPlace(): boolean {
    const last = this.#calls.at(-1);
    if (last === undefined) return true;
    if (this.failures > 0 || (last.isCut && !last.isRide) || this.#calls.length >= conversationHolds.deliveriesAheadMax)
      return false;
    return this.#bytesUnderWay() < conversationHolds.deliveriesAheadBytesMax;
  }

  #bytesUnderWay(): number {
    return this.#calls.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** A number that no other series to the same inbox has, in this life of the conversation's object or an earlier one. */
function newSeries(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}
