/**
 * Owns what is known of other people's presence. On the sync socket the client watches one set of users; while the link polls it asks over HTTP.
 * When the link is down, everybody's presence is unknown. While nobody is watched, nothing is sent.
 */
import { userId as userIdForm } from "../../schema/ids.ts";
import type { Presence as Report } from "../../schema/wire/presence.ts";
import type { Api } from "../session/api.ts";
import { waitMs } from "../link/backoff.ts";
import type { ConnectionState } from "../contract/account.ts";
import type { Observable } from "../contract/observable.ts";
import type { Clock } from "../contract/platform.ts";
import type { Presence as PublicPresence, PresenceWatch, UserPresence } from "../contract/presence.ts";
import { ParleyError } from "../errors.ts";
import type { UpDraft } from "../link/frame-socket.ts";
import { presenceAnswer } from "../link/frames.ts";
import { State } from "../observable.ts";
import { PresencePulls } from "./presence-pulls.ts";
import { WatchSet } from "./watch-set.ts";

/** People who come on screen within this time are asked for in one frame. */
const gatherMs = 150;
/** A `watch` frame is sent at most this often, because the server stores each set. */
const paceMs = 1_000;
/** People who leave the screen within this time leave the set in one frame. */
const sweepPauseMs = 5_000;
/** Presence is still shown for this long while the link is in doubt, so that a short reconnect changes nothing on screen. */
const doubtMsMax = 10_000;

const unknown: UserPresence = { status: "unknown", lastActiveAt: null };

export interface PresenceParts {
  readonly userId: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly serverNow: () => number;
  readonly api: Api;
  readonly onLearned?: (reports: readonly Report[]) => void;
  readonly connection: Observable<ConnectionState> & {
    /** The sync socket; undefined where no frames can be sent. */
    readonly socket: { request(frame: UpDraft): Promise<Record<string, unknown>> } | undefined;
  };
}

export class Presence implements PublicPresence {
  readonly #parts: PresenceParts;
  readonly #people = new Map<string, State<UserPresence>>();
  readonly #set = new WatchSet();
  /** The users that the last refresh found in the set. */
  #wanted: ReadonlySet<string> = new Set();
  /** The set that was last sent on this socket; undefined where it is unknown which set the server has. */
  #sent: ReadonlySet<string> | undefined = new Set();
  /** Counts sockets and periods of polling. An answer to a request of an earlier one is ignored. */
  #link = 0;
  /** Whether this link has brought any presence yet. */
  #isAnswered = false;
  /** Defined while the link polls. */
  #pulls: PresencePulls | undefined;
  #asks = 0;
  #answeredAsk = 0;
  #failures = 0;
  /** No `watch` frame is sent before this time: one was just sent, or the server asked to wait. */
  #notBefore = 0;
  #next: { readonly at: number; readonly cancel: () => void } | undefined;
  #cancelSweep: (() => void) | undefined;
  #cancelDoubt: (() => void) | undefined;
  #isClosed = false;
  readonly #endLink: () => void;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#endLink = parts.connection.subscribe(() => this.#linkChanged());
  }

  readonly now = (): number => this.#parts.serverNow();

  of(userId: string): State<UserPresence> {
    const known = this.#people.get(userId);
    if (known !== undefined) return known;
    const state = new State(unknown);
    this.#people.set(userId, state);
    return state;
  }

  watch(userIds: readonly string[]): PresenceWatch {
    let held: ReadonlySet<string> = new Set();
    let isEnded = false;
    const update = (next: readonly string[]) => {
      if (isEnded) return;
      const before = held;
      held = new Set(next.filter((id) => id !== this.#parts.userId && userIdForm.safeParse(id).success));
      this.#change(
        [...held].filter((id) => !before.has(id)),
        [...before].filter((id) => !held.has(id)),
      );
    };
    update(userIds);
    return {
      update,
      end: () => {
        update([]);
        isEnded = true;
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#endLink();
    this.#next?.cancel();
    this.#pulls?.end();
    this.#cancelSweep?.();
    this.#cancelDoubt?.();
  }

  /** A new sync socket is open. On it nobody is watched yet. */
  hello(): void {
    this.#linked();
    this.#notBefore = 0;
    this.#refresh();
  }

  /** Applies a `presence` frame. */
  take(reports: readonly Report[]): void {
    // Answers are delivered a microtask later than frames. This frame came after the answer and must be applied after it.
    queueMicrotask(() => this.#learn(reports));
  }

  #change(come: readonly string[], gone: readonly string[]): void {
    if (this.#isClosed) return;
    this.#set.add(come);
    this.#set.remove(gone, this.#parts.clock.now());
    if (come.length > 0) this.#refreshAfter(gatherMs);
    if (gone.length > 0) this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#cancelSweep !== undefined) return;
    const { clock } = this.#parts;
    const next = this.#set.sweep(clock.now());
    if (next === null) return;
    this.#cancelSweep = clock.after(Math.max(next - clock.now(), sweepPauseMs), () => {
      this.#cancelSweep = undefined;
      this.#sweepLater();
      this.#refreshAfter(0);
    });
  }

  #refreshAfter(ms: number): void {
    const { clock } = this.#parts;
    const at = Math.max(clock.now() + ms, this.#notBefore);
    if (this.#isClosed || (this.#next !== undefined && this.#next.at <= at)) return;
    this.#next?.cancel();
    this.#next = { at, cancel: clock.after(at - clock.now(), () => this.#refresh()) };
  }

  /** Reads the set of watched users, and asks the server for those that it does not know. */
  #refresh(): void {
    this.#next?.cancel();
    this.#next = undefined;
    this.#wanted = this.#set.wanted();
    for (const [id, state] of this.#people) if (!this.#wanted.has(id)) state.set(unknown);
    if (this.#pulls === undefined) this.#send();
    else this.#pulls.ask([...this.#wanted].filter((id) => this.of(id).getSnapshot() === unknown));
  }

  #send(): void {
    const { clock, connection } = this.#parts;
    // Without a socket nothing is sent. The set is sent when the next socket has sent hello.
    if (connection.socket === undefined || isSame(this.#wanted, this.#sent)) return;
    const [link, ask] = [this.#link, ++this.#asks];
    this.#sent = this.#wanted;
    this.#notBefore = clock.now() + paceMs;
    connection.socket.request({ type: "watch", userIds: [...this.#wanted] }).then(
      (answer) => {
        // This answers an earlier set, but a later set was answered already. Frames since then are newer than this answer.
        if (link !== this.#link || ask < this.#answeredAsk) return;
        this.#answeredAsk = ask;
        this.#answered(presenceAnswer.safeParse(answer).data?.presence ?? []);
      },
      (error: unknown) => {
        // A later set has an answer of its own.
        if (link !== this.#link || ask !== this.#asks) return;
        const delayMs = this.#retryMs(error);
        if (delayMs === undefined) return;
        this.#sent = undefined;
        this.#notBefore = clock.now() + delayMs;
        this.#refreshAfter(delayMs);
      },
    );
  }

  #answered(reports: readonly Report[]): void {
    this.#isAnswered = true;
    this.#failures = 0;
    this.#learn(reports);
    this.#judgeLink();
  }

  #learn(reports: readonly Report[]): void {
    if (this.#isClosed) return;
    this.#parts.onLearned?.(reports);
    for (const { userId, status, lastActiveAt } of reports) {
      if (!this.#wanted.has(userId)) continue;
      const state = this.of(userId);
      const before = state.getSnapshot();
      if (before.status !== status || before.lastActiveAt !== lastActiveAt) state.set({ status, lastActiveAt });
    }
  }

  /** The wait before the next try after this error; undefined where a repetition would not help. */
  #retryMs(error: unknown): number | undefined {
    if (!(error instanceof ParleyError) || error.retry !== "later") return undefined;
    return Math.max(gatherMs, error.retryAfterMs ?? 0, waitMs(this.#failures++, this.#parts.random()));
  }

  /** A new socket or a new period of polling began: everybody is asked for anew. */
  #linked(): void {
    this.#link++;
    this.#sent = new Set();
    this.#isAnswered = false;
    this.#failures = 0;
    this.#cancelDoubt?.();
    this.#cancelDoubt = undefined;
    this.#judgeLink();
  }

  #linkChanged(): void {
    const isPolling = this.#parts.connection.getSnapshot().status === "polling";
    if (!isPolling) {
      this.#pulls?.end();
      this.#pulls = undefined;
    } else if (this.#pulls === undefined) this.#startPulling();
    this.#judgeLink();
  }

  #startPulling(): void {
    const { api, clock } = this.#parts;
    this.#pulls = new PresencePulls({
      api,
      clock,
      wanted: () => this.#wanted,
      onReports: (reports) => this.#answered(reports),
      retryMs: (error) => this.#retryMs(error),
    });
    this.#linked();
    this.#wanted = this.#set.wanted();
    this.#pulls.ask(this.#wanted);
  }

  /** Forgets all presence when the link is down, or when it has been in doubt for `doubtMsMax`. */
  #judgeLink(): void {
    const { status, isStale } = this.#parts.connection.getSnapshot();
    const isDown = status === "offline" || status === "reauth" || status === "stopped";
    const isSound = this.#isAnswered && status !== "connecting" && !(status === "online" && isStale);
    if (isDown || isSound) {
      this.#cancelDoubt?.();
      this.#cancelDoubt = undefined;
    }
    if (isSound && this.#sent === undefined && this.#pulls === undefined) this.#refreshAfter(0);
    if (isDown) this.#forget();
    else if (!isSound && !this.#isClosed && this.#cancelDoubt === undefined && this.#isAnyKnown())
      this.#cancelDoubt = this.#parts.clock.after(doubtMsMax, () => {
        this.#cancelDoubt = undefined;
        this.#forget();
      });
  }

  #isAnyKnown(): boolean {
    return [...this.#people.values()].some((state) => state.getSnapshot() !== unknown);
  }

  #forget(): void {
    // If the socket turns out to work, it brings only later changes. So the whole set has to be asked for again.
    if (this.#isAnyKnown()) this.#sent = undefined;
    for (const state of this.#people.values()) state.set(unknown);
  }
}

function isSame(wanted: ReadonlySet<string>, sent: ReadonlySet<string> | undefined): boolean {
  return sent !== undefined && wanted.size === sent.size && [...wanted].every((id) => sent.has(id));
}
