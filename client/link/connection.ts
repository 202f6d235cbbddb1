/**
 * Owns the account's link to the server: the sync socket and when to come back to it, long polling where sockets do not get through,
 * and the state that programs see. It passes frames and poll answers on; the inbox and the conversations apply them.
 */
import { shared } from "../abortable.ts";
import { decideAfterClose, ownCodes, waitMs } from "./backoff.ts";
import type { Connection as PublicConnection } from "../contract/account.ts";
import type { SocketLike } from "../contract/platform.ts";
import type { ConnectionHost } from "./connection-host.ts";
import { ParleyError } from "../errors.ts";
import { FrameSocket, type SocketEnd, type SyncSocket } from "./frame-socket.ts";
import { type InboundFrame, readSyncFrame, type SyncFrame } from "./frames.ts";
import { LinkState } from "./link-state.ts";

/** Upgrades that fail in a row, while HTTP works, before long polling takes over. */
const failedUpgradesMax = 2;
const pollWaitSeconds = 25;
/** How often a socket is tried again while polling: at first, and at most. */
const socketRetryMs = { first: 30_000, max: 300_000 };
/** A successful call ends the wait for the next try at most this often: HTTP may work where sockets do not. */
const answeredMs = 2_000;
/** After a wakeup a frame of the server must come within this time. */
const probeMs = 5_000;
/** The system says that there is no network. It may be wrong, as where the server is on this machine, so it is asked; but the user does not wait as long. */
const offlineProbeMs = 1_000;
/** The next page of the inbox is asked for when the last one is stored, or after this: a storage that hangs must not stop the rest. */
const storeMsMax = 2_000;
/** A pong may be ahead of frames that are on their way. */
const pongGraceMs = 1_000;
/** While catching up every pong is ahead of what has come: only when no page came for so long is it asked for otherwise. */
const pageGraceMs = 15_000;

export class Connection implements PublicConnection {
  readonly #host: ConnectionHost;
  readonly #state: LinkState;
  #socket: SyncSocket | undefined;
  #n = 0;
  #failedUpgrades = 0;
  /** When something last came on the socket that brings what is missing. */
  #broughtAt = 0;
  #socketRetryMs = socketRetryMs.first;
  #cancelRetry: (() => void) | undefined;
  #polling: AbortController | undefined;
  readonly #pullOnce = shared(() => this.#pollUntilDone(0, new AbortController().signal));
  #isOpening = false;
  /** When the server allows the next try, where it said so. */
  #notBefore = 0;
  #isClosed = false;
  readonly #endWakeups: () => void;

  readonly subscribe: LinkState["subscribe"];
  readonly getSnapshot: LinkState["getSnapshot"];

  constructor(host: ConnectionHost) {
    this.#host = host;
    this.#state = new LinkState(host.clock);
    this.subscribe = this.#state.subscribe;
    this.getSnapshot = this.#state.getSnapshot;
    this.#endWakeups = host.wakeups.subscribe(() => this.#wake());
  }

  /** The sync socket, while frames can be sent on it. */
  get socket(): SyncSocket | undefined {
    return this.#socket?.isOpen === true ? this.#socket : undefined;
  }

  get isLinked(): boolean {
    const { status } = this.#state;
    return status === "online" || status === "polling" || status === "catching-up";
  }

  start(): void {
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#endWakeups();
    this.#quiet();
    this.#state.close();
  }

  /** The link goes by another tab from now on. */
  moved(): void {
    if (this.#socket === undefined) this.linkUp();
    else this.#socket.drop(ownCodes.moved);
  }

  /** Another tab has reached the server: this one tries at once. */
  linkUp(): void {
    if (this.#state.status !== "reauth") this.reconnect();
  }

  /** The session is no longer valid: nothing is tried until `start`. */
  signedOut(): void {
    this.#quiet();
    this.#state.show("reauth", { isStale: true });
  }

  reconnect(): void {
    const { status } = this.#state;
    if (this.#isClosed || status === "online" || status === "catching-up") return;
    this.#cancelRetry?.();
    this.#open();
  }

  /** A call was answered. If the connection is waiting because the server could not be reached, it tries again now. */
  answered(): void {
    const now = this.#host.clock.now();
    if (this.#state.status !== "offline" || now < this.#notBefore) return;
    this.#notBefore = now + answeredMs;
    this.reconnect();
  }

  /** All rows up to the hello's version have arrived. */
  caughtUp(): void {
    if (this.#socket === undefined) return;
    this.#state.show("online", { isStale: false });
    this.#host.onLinked();
  }

  /** Something is missing: asks over HTTP what it was. Many calls are one request. */
  pull(): void {
    if (!this.#isClosed) this.#pullOnce().catch(() => undefined);
  }

  #open(): void {
    if (this.#isClosed || this.#isOpening || this.#socket !== undefined) return;
    this.#isOpening = true;
    if (this.#polling === undefined && this.#state.status !== "offline") this.#state.show("connecting");
    const listen = (socket: SocketLike) => {
      this.#isOpening = false;
      if (this.#isClosed || this.#state.status === "reauth") socket.close(1000);
      else this.#listen(socket);
    };
    this.#host.open(listen).catch((error: unknown) => {
      this.#isOpening = false;
      this.#failed(error);
    });
  }

  #listen(socket: SocketLike): void {
    const frameSocket: SyncSocket = new FrameSocket<SyncFrame>({
      socket,
      clock: this.#host.clock,
      read: readSyncFrame,
      onFrames: (frames) => this.#take(frames),
      onPong: (version) => this.#pong(version),
      onDoubt: (isInDoubt) => this.#doubt(isInDoubt),
      onEnd: (end) => {
        if (this.#socket === frameSocket) this.#ended(end);
      },
    });
    this.#socket = frameSocket;
  }

  #take(frames: InboundFrame[]): void {
    for (const frame of frames) {
      if (frame.type === "hello") {
        this.#failedUpgrades = 0;
        this.#socketRetryMs = socketRetryMs.first;
        this.#stopPolling();
        this.#state.show("catching-up");
      }
      if (frame.type === "drain")
        this.#retryAfter(Math.floor(this.#host.random() * frame.afterMs), () => this.#socket?.drop(ownCodes.drained));
    }
    this.#broughtAt = this.#host.clock.now();
    this.#host.onFrames(frames);
    if (frames.some((frame) => frame.type === "inbox" && frame.more === true)) this.#seenWhenStored();
  }

  /** Acknowledges a page of the inbox once it is stored. The server sends only so much ahead of the last acknowledgement, and a client that reconnects resumes from what it has stored. */
  #seenWhenStored(): void {
    const socket = this.#socket;
    let isSaid = false;
    const say = () => {
      cancel();
      if (!isSaid) socket?.seen();
      isSaid = true;
    };
    const cancel = this.#host.clock.after(storeMsMax, say);
    this.#host.stored().then(say, say);
  }

  #pong(version: number): void {
    const { clock, version: here, onPong } = this.#host;
    onPong?.(version);
    if (version <= here()) return;
    clock.after(pongGraceMs, () => {
      const isComing = this.#state.status !== "online" && clock.now() - this.#broughtAt < pageGraceMs;
      if (version > here() && !isComing) this.pull();
    });
  }

  #doubt(isInDoubt: boolean): void {
    const { status } = this.#state;
    if (status === "online") this.#state.show(status, { isStale: isInDoubt });
  }

  #ended({ code, livedMs, drainMs }: SocketEnd): void {
    this.#socket = undefined;
    this.#cancelRetry?.();
    if (this.#isClosed) return;
    if (code === ownCodes.moved) {
      this.#state.passOn();
      this.#state.show("connecting", { isStale: true });
      return this.#open();
    }
    const verdict = decideAfterClose({ code, n: this.#n, livedMs, drainMs, random: this.#host.random() });
    switch (verdict.do) {
      case "stop":
        this.#quiet();
        return this.#state.show("stopped", { isStale: true });
      case "reauth":
        this.#state.show("connecting", { isStale: true });
        this.#host.renew().then(
          () => this.#open(),
          (error: unknown) => this.#failed(error),
        );
        return;
      case "retry":
        this.#n = verdict.n;
        if (livedMs > 0) {
          this.#state.show("connecting", { isStale: true });
          return this.#retryAfter(code === ownCodes.drained ? 0 : verdict.delayMs, () => this.#open());
        }
        return this.#upgradeFailed(verdict.delayMs);
    }
  }

  /** A browser does not say why an upgrade failed: a request over HTTP shows the reason, and brings what was missed. */
  #upgradeFailed(delayMs: number): void {
    if (this.#polling !== undefined) return this.#retrySocketLater();
    this.#state.show("connecting", { isStale: true });
    this.#pollUntilDone(0, new AbortController().signal).then(
      () => {
        // Another socket was opened meanwhile: its own events say how it goes.
        if (this.#socket !== undefined) return;
        this.#failedUpgrades++;
        if (this.#failedUpgrades >= failedUpgradesMax) this.#startPolling();
        else this.#retryAfter(delayMs, () => this.#open());
      },
      (error: unknown) => this.#failed(error),
    );
  }

  /** A request was not answered, or refused. */
  #failed(error: unknown): void {
    if (this.#isClosed || this.#state.status === "reauth") return;
    // A socket was opened meanwhile: its own events say how the link is.
    if (this.#socket !== undefined && this.#polling === undefined) return;
    this.#stopPolling();
    if (error instanceof ParleyError && error.retry === "reauth") return this.signedOut();
    this.#state.show("offline", { isStale: true });
    const retryAfterMs = error instanceof ParleyError ? (error.retryAfterMs ?? 0) : 0;
    this.#notBefore = Math.max(this.#notBefore, this.#host.clock.now() + retryAfterMs);
    this.#retryAfter(Math.max(retryAfterMs, waitMs(this.#n++, this.#host.random())), () => this.#open());
  }

  #startPolling(): void {
    const polling = new AbortController();
    this.#polling = polling;
    this.#state.show("polling", { isStale: false });
    this.#host.onLinked();
    this.#retrySocketLater();
    void this.#keepPolling(polling);
  }

  async #keepPolling(polling: AbortController): Promise<void> {
    while (!polling.signal.aborted) {
      try {
        // The next poll begins where the last answer ended, so it waits until that answer has been applied.
        await this.#pollUntilDone(pollWaitSeconds, polling.signal);
      } catch (error) {
        if (!polling.signal.aborted) this.#failed(error);
        return;
      }
      if (!polling.signal.aborted) this.#state.show("polling", { isStale: false });
    }
  }

  async #pollUntilDone(waitSeconds: number, signal: AbortSignal): Promise<void> {
    for (let wait = waitSeconds; ; wait = 0) {
      const answer = await this.#host.poll(wait, signal);
      if (signal.aborted || this.#isClosed) return;
      this.#host.onPolled(answer);
      if (!answer.more) return;
    }
  }

  #retrySocketLater(): void {
    const spread = this.#socketRetryMs * (0.5 + this.#host.random());
    this.#socketRetryMs = Math.min(socketRetryMs.max, this.#socketRetryMs * 2);
    this.#retryAfter(spread, () => this.#open());
  }

  #stopPolling(): void {
    this.#polling?.abort();
    this.#polling = undefined;
  }

  #retryAfter(ms: number, task: () => void): void {
    this.#cancelRetry?.();
    const { status } = this.#state;
    if (status === "connecting" || status === "offline")
      this.#state.show(status, { retryAt: this.#host.clock.now() + ms });
    this.#cancelRetry = this.#host.clock.after(ms, () => {
      this.#cancelRetry = undefined;
      task();
    });
  }

  #wake(): void {
    if (this.#isClosed) return;
    const isOffline = this.#host.wakeups.isOffline();
    if (this.#socket !== undefined) return this.#socket.probe(isOffline ? offlineProbeMs : probeMs);
    if (isOffline) {
      if (this.#state.status === "connecting") this.#state.show("offline", { isStale: true });
      return;
    }
    const { status } = this.#state;
    if (status === "connecting" || status === "offline" || status === "polling") {
      this.#cancelRetry?.();
      this.#open();
    }
  }

  #quiet(): void {
    this.#cancelRetry?.();
    this.#stopPolling();
    this.#socket?.abandon();
    this.#socket = undefined;
  }
}
