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

/** What makes a WebSocket, as `WebSocket` itself does. */
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What makes it worth trying again at once: the network came back, or the page became visible. */
export interface Wakeups {
  /** Whether the platform knows that there is no network. */
  isOffline(): boolean;
  /** Calls `listener` at each such event; answers the function that ends it. */
  subscribe(listener: () => void): () => void;
  /** Whether nobody can see the page now. Where it is left out, somebody always can. */
  isHidden?(): boolean;
  /** Calls `listener` with true in the last moment before nothing runs here for a while, or ever, and with false when it runs again. */
  watchRest?(listener: (isResting: boolean) => void): () => void;
}

/** Carries messages to every other tab that opened a channel of the same name, in their order, as `BroadcastChannel` does. */
export interface Channel {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): void;
  /** Nothing is heard from now on. */
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
 * What the tabs of a browser have in common beside their storage. Where either is missing, or the storage is not the same, each tab has a link of
 * its own.
 */
export interface CommonGround {
  readonly locks?: LocksLike | undefined;
  readonly openChannel?: OpenChannel | undefined;
}

/** Something that happened, for a log. It has ids and codes, and never texts, names or tokens. */
export interface LogEntry {
  /** A status of a connection that begins, or `listener-failed`. Later versions may have others. */
  readonly event: ConnectionStatus | "listener-failed" | (string & {});
  readonly userId: string;
  readonly conversationId?: string;
}

export interface ParleyOptions {
  /** Where the server is, such as `https://chat.example.org`; in a page served by it, `location.origin`. */
  readonly baseUrl: string;
  /** Where to keep sessions, outbox and cache. Default: memory, which forgets at the end of the process. */
  readonly storage?: Storage;
  /** How this device is called in the user's list of devices. */
  readonly device?: { readonly name: string; readonly platform: string };
  /** What HTTP calls go through. Default: the global `fetch`. */
  readonly fetch?: Fetch;
  /** The class of sockets. Default: the global `WebSocket`. */
  readonly WebSocket?: SocketConstructor;
  /** Time and timers. Default: those of the platform. */
  readonly clock?: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive); spreads reconnects. Ids never come from it. */
  readonly random?: () => number;
  /** What makes it worth trying again at once. Default: the page's events, and nothing elsewhere. */
  readonly wakeups?: Wakeups;
  /** Default: that of the page, shared worker or service worker; elsewhere, in Node for example, nothing. */
  readonly common?: CommonGround;
  /** Gets what listeners of `onMessage` and `onEvent` throw. Default: the page's or Worker's error event, and the console elsewhere. */
  readonly onError?: (error: unknown) => void;
  /** Gets what is worth a line in a program's log. Default: nothing. */
  readonly log?: (entry: LogEntry) => void;
}
