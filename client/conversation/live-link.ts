/**
 * Owns the live socket of a conversation that is on screen. It opens the socket at the timeline's cursor, passes its frames on, and opens it again
 * when it breaks. While no live socket can be opened, the conversation is kept up to date by the account's sync socket or by polling.
 */
import { decideAfterClose, ownCodes } from "../link/backoff.ts";
import type { LiveStatus } from "../contract/conversation/conversation.ts";
import type { Clock, SocketLike } from "../contract/platform.ts";
import { ParleyError } from "../errors.ts";
import { FrameSocket, type SocketEnd } from "../link/frame-socket.ts";
import { readLiveFrame, type AnswerFrame, type LiveFrame } from "../link/frames.ts";
import { batched, guarded, State } from "../observable.ts";
import type { Stretch } from "../timeline/stretch.ts";
import type { ConversationSync } from "../sync/conversation-sync.ts";

/** Missed changes are expected from the live socket. When it has sent none for this long, the SDK fetches them by HTTP. */
const bringMsMax = 3_000;

type InboundFrame = Exclude<LiveFrame, AnswerFrame>;
type Hello = Extract<InboundFrame, { type: "hello" }>;

/** The changes that a frame covers: all after `since`, up to its own rev. `newAfter`: messages with a higher seq are new to this device. */
export type Place = Pick<Stretch, "since" | "newAfter">;
export type LiveSocket = FrameSocket<LiveFrame>;
export type LiveWant = "screen" | "tabs";

export interface LiveParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly sync: Pick<ConversationSync, "timeline" | "load" | "bringUpToDate" | "catchUp" | "noteHead" | "meetEpoch">;
  /** Opens a live socket from a rev of an epoch on; `listen` is called in the moment of opening. */
  readonly open: (
    at: { rev: number; epoch: string | undefined },
    listen: (socket: SocketLike) => void,
  ) => Promise<void>;
  /** Gets a new access token after the server closed a socket for its credentials. */
  readonly renew: () => Promise<void>;
  /** Whether sockets can be opened, as far as the account's link knows. */
  readonly mayTry: () => boolean;
  readonly onHello: (members: Hello["members"]) => void;
  readonly onFrame: (frame: Exclude<InboundFrame, { type: "hello" | "drain" }>, place: Place) => void;
  readonly onPong?: (rev: number) => void;
  readonly onGone: () => void;
}

export class LiveLink {
  readonly #parts: LiveParts;
  readonly status = new State<LiveStatus>("closed");
  #socket: LiveSocket | undefined;
  #isOpening = false;
  /** The screens that want the live socket: of this tab, or of other tabs. */
  readonly #wants = new Set<LiveWant>();
  #n = 0;
  #cancelRetry: (() => void) | undefined;
  /** Where the timeline stood when the socket was asked for. */
  #from = { rev: 0, revSeq: 0 };
  /** While the socket sends missed changes: `to` is the rev at which they end, `covered` the rev that has been received. */
  #catchUp = { to: 0, covered: 0 };
  /** The last time at which missed changes were asked for or received; undefined while none are expected. */
  #bringingAt: number | undefined;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** The live socket, while frames can be sent on it. */
  get socket(): LiveSocket | undefined {
    return this.#socket?.isOpen === true ? this.#socket : undefined;
  }

  /** Whether missed changes are expected from this socket. */
  get isBringing(): boolean {
    return this.#bringingAt !== undefined && this.#parts.clock.now() - this.#bringingAt < bringMsMax;
  }

  start(want: LiveWant = "screen"): void {
    this.#wants.add(want);
    void this.#open();
  }

  stop(want: LiveWant = "screen"): void {
    this.#wants.delete(want);
    if (!this.#isWanted) this.#end();
  }

  /** The link goes by another tab from now on. */
  moved(): void {
    if (this.#socket === undefined) this.wake();
    else this.#socket.drop(ownCodes.moved);
  }

  get #isWanted(): boolean {
    return this.#wants.size > 0;
  }

  #end(): void {
    this.#wants.clear();
    this.#cancelRetry?.();
    this.#socket?.abandon();
    this.#socket = undefined;
    this.#bringingAt = undefined;
    if (this.status.getSnapshot() !== "gone") this.status.set("closed");
  }

  /** Opens the socket at once instead of waiting for the next try, because sockets can be opened again or the network came back. */
  wake(): void {
    if (!this.#isWanted || this.#socket !== undefined) return;
    this.#cancelRetry?.();
    void this.#open();
  }

  /** The user is no longer a member. */
  gone(): void {
    this.#end();
    this.status.set("gone");
  }

  /** The user is a member again. */
  back(): void {
    if (this.status.getSnapshot() === "gone") this.status.set("closed");
  }

  async #open(): Promise<void> {
    if (!this.#isWanted || this.#isOpening || this.#socket !== undefined || this.status.getSnapshot() === "gone")
      return;
    if (!this.#parts.mayTry()) return this.status.set("indirect");
    this.#isOpening = true;
    this.status.set("connecting");
    try {
      const { sync, open } = this.#parts;
      // The live socket sends all changes after the cursor. Only a conversation without a cursor needs a first page.
      await sync.load();
      if (sync.timeline.facts.rev === null) await sync.bringUpToDate();
      const { rev, revSeq, epoch } = sync.timeline.facts;
      this.#bringingAt = this.#parts.clock.now();
      await open({ rev: rev ?? 0, epoch: epoch ?? undefined }, (socket) => {
        this.#isOpening = false;
        this.#from = { rev: rev ?? 0, revSeq };
        if (this.#isWanted) this.#listen(socket);
        else socket.close(1000);
      });
    } catch (error) {
      this.#isOpening = false;
      this.#failed(error);
    }
  }

  #listen(socket: SocketLike): void {
    const frameSocket: LiveSocket = new FrameSocket<LiveFrame>({
      socket,
      clock: this.#parts.clock,
      read: readLiveFrame,
      onFrames: (frames) =>
        batched(() => {
          for (const frame of frames) guarded(() => this.#take(frame));
        }),
      onPong: (counter) => {
        this.#parts.onPong?.(counter);
        this.#parts.sync.noteHead({ seq: 0, rev: counter });
      },
      onDoubt: () => undefined,
      onEnd: (end) => {
        if (this.#socket === frameSocket) this.#ended(end);
      },
    });
    this.#socket = frameSocket;
  }

  #take(frame: InboundFrame): void {
    const { sync } = this.#parts;
    if (frame.type === "hello") {
      this.status.set("live");
      this.#parts.onHello(frame.members);
      sync.meetEpoch(frame.epoch);
      this.#catchUp = frame.behind ? { to: 0, covered: 0 } : { to: frame.head.rev, covered: this.#from.rev };
      this.#noteBringing();
      sync.noteHead(frame.head);
      if (frame.behind) sync.catchUp().catch(() => undefined);
      return;
    }
    if (frame.type === "drain") {
      this.#cancelRetry = this.#parts.clock.after(Math.floor(this.#parts.random() * frame.afterMs), () =>
        this.#socket?.drop(ownCodes.drained),
      );
      return;
    }
    this.#parts.onFrame(frame, this.#placeOf(frame));
  }

  /**
   * Answers which changes a frame covers. Up to the head that the hello named, the server sends each changed message once, at its last rev and in
   * the order of revs. So revs may jump although nothing is missing, and an old message that was changed may come after a younger one.
   */
  #placeOf(frame: InboundFrame): Place {
    const rev = frame.type === "message" ? frame.message.rev : frame.type === "change" ? frame.rev : 0;
    const { to, covered } = this.#catchUp;
    if (rev <= covered || covered >= to) return { since: rev - 1 };
    this.#catchUp = { to, covered: rev };
    this.#noteBringing();
    return { since: covered, newAfter: this.#from.revSeq };
  }

  #noteBringing(): void {
    const { to, covered } = this.#catchUp;
    this.#bringingAt = covered < to ? this.#parts.clock.now() : undefined;
  }

  #ended({ code, livedMs, drainMs }: SocketEnd): void {
    this.#socket = undefined;
    this.#bringingAt = undefined;
    this.#cancelRetry?.();
    if (!this.#isWanted) return;
    if (code === ownCodes.moved) {
      if (livedMs > 0) this.status.set("connecting");
      return this.#retryAfter(0);
    }
    const verdict = decideAfterClose({ code, n: this.#n, livedMs, drainMs, random: this.#parts.random() });
    switch (verdict.do) {
      case "stop":
        if (verdict.isGone) return this.#parts.onGone();
        this.#wants.clear();
        return this.status.set("indirect");
      case "reauth":
        this.status.set("connecting");
        this.#parts.renew().then(
          () => this.wake(),
          () => this.status.set("indirect"),
        );
        return;
      case "retry":
        this.#n = verdict.n;
        this.status.set(livedMs > 0 ? "connecting" : "indirect");
        // A browser does not say why an upgrade failed. A request for the changes is answered with the reason, or with the changes.
        if (livedMs === 0) this.#parts.sync.catchUp().catch((error: unknown) => this.#failed(error));
        return this.#retryAfter(code === ownCodes.drained ? 0 : verdict.delayMs);
    }
  }

  #failed(error: unknown): void {
    this.#bringingAt = undefined;
    if (!this.#isWanted) return;
    if (!(error instanceof ParleyError) || error.retry !== "later") {
      this.#cancelRetry?.();
      if (this.status.getSnapshot() !== "gone") this.status.set("indirect");
      return;
    }
    this.status.set("indirect");
    const verdict = decideAfterClose({
      code: 1006,
      n: this.#n,
      livedMs: 0,
      drainMs: null,
      random: this.#parts.random(),
    });
    if (verdict.do === "retry") this.#n = verdict.n;
    this.#retryAfter(Math.max(error.retryAfterMs ?? 0, verdict.do === "retry" ? verdict.delayMs : 0));
  }

  #retryAfter(ms: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#parts.clock.after(ms, () => void this.#open());
  }
}
