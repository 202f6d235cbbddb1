/** Owns what the SDK takes from its surroundings; each can be replaced, by a test or on a platform that lacks it. */
import type { ConnectionStatus } from "./account.ts";
import type { Storage } from "./storage.ts";

/** Milliseconds since 1970, and timers. */
export interface Clock {
  now(): number;
  /** Runs `task` once after `ms` milliseconds; answers the function that prevents it. */
  after(ms: number, task: () => void): () => void;
}

/** What the SDK uses of a WebSocket: the browser's, Node's global one and the one of `ws` all fit. */
export interface SocketLike {
  readonly readyState: number;
  binaryType?: string;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: "error", listener: () => void): void;
}

/** A constructor of WebSockets, as `WebSocket` itself is one. */
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Events after which the SDK tries again at once: the network is back, or the page became visible. */
export interface Wakeups {
  /** Whether the platform knows that there is no network. */
  isOffline(): boolean;
  /** Calls `listener` at each such event; answers the function that ends it. */
  subscribe(listener: () => void): () => void;
  /** Whether the page is hidden now. Without this function the page counts as visible. */
  isHidden?(): boolean;
  /** Calls `listener` with true in the last moment before nothing runs here for a while, or ever, and with false when it runs again. */
  watchRest?(listener: (isResting: boolean) => void): () => void;
}

/** Carries messages to every other tab that opened a channel of the same name, in their order, as `BroadcastChannel` does. */
export interface Channel {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): void;
  /** No more messages arrive from now on. */
  close(): void;
}

export type OpenChannel = (name: string) => Channel;

/** What the SDK uses of a lock manager, as `navigator.locks` is one. */
export interface LocksLike {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    task: () => Promise<void>,
  ): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/**
 * What the tabs of a browser share beside their storage. If locks or channels are missing, or the tabs do not share their storage, each tab has a
 * link of its own.
 */
export interface CommonGround {
  readonly locks?: LocksLike | undefined;
  readonly openChannel?: OpenChannel | undefined;
}

/** One event for a program's log. It has ids and codes, and never texts, names or tokens. */
export interface LogEntry {
  /** A status of a connection that begins, or `listener-failed`. Later versions may have others. */
  readonly event: ConnectionStatus | "listener-failed" | (string & {});
  readonly userId: string;
  readonly conversationId?: string;
}

export interface ParleyOptions {
  /** Where the server is, such as `https://chat.example.org`; in a page served by it, `location.origin`. */
  readonly baseUrl: string;
  /** Where sessions, outbox and cache are stored. Default: memory, which is lost at the end of the process. */
  readonly storage?: Storage;
  /** The name of this device in the user's list of devices. */
  readonly device?: { readonly name: string; readonly platform: string };
  /** The function that makes HTTP calls. Default: the global `fetch`. */
  readonly fetch?: Fetch;
  /** The class of sockets. Default: the global `WebSocket`. */
  readonly WebSocket?: SocketConstructor;
  /** Time and timers. Default: those of the platform. */
  readonly clock?: Clock;
  /** Answers a random number from 0 (inclusive) to 1 (exclusive), which spreads reconnects. Ids are never made from it. */
  readonly random?: () => number;
  /** Events after which the SDK tries again at once. Default: those of the page; elsewhere there are none. */
  readonly wakeups?: Wakeups;
  /** What the tabs share. Default: the locks and channels of the page, shared worker or service worker; elsewhere, in Node for example, nothing. */
  readonly common?: CommonGround;
  /** Receives the errors that listeners of `onMessage` and `onEvent` throw. Default: the console, or in a page or Worker its error event. */
  readonly onError?: (error: unknown) => void;
  /** Receives the entries for a program's log. By default there is no log. */
  readonly log?: (entry: LogEntry) => void;
}
