/** Owns what the account's link to the server needs of its account. */
import type { SyncAnswer } from "../../schema/wire/inbox.ts";
import type { Clock, SocketLike, Wakeups } from "../contract/platform.ts";
import type { InboundFrame } from "./frames.ts";

export interface ConnectionHost {
  readonly clock: Clock;
  readonly random: () => number;
  readonly wakeups: Wakeups;
  /** Opens a sync socket that resumes where the inbox is. `listen` is called in the moment of opening: some fail before a promise could be awaited. Errors: those of getting an access token. */
  readonly open: (listen: (socket: SocketLike) => void) => Promise<void>;
  /** One poll from where the inbox is; with 0 it answers at once. */
  readonly poll: (waitSeconds: number, signal: AbortSignal) => Promise<SyncAnswer>;
  /** Gets a new access token after the server closed the socket for its credentials. */
  readonly renew: () => Promise<void>;
  /** The inbox's version. */
  readonly version: () => number;
  readonly onFrames: (frames: InboundFrame[]) => void;
  readonly onPong?: (version: number) => void;
  /** Resolves when storage has what `onFrames` brought, or has refused it. */
  readonly stored: () => Promise<void>;
  /** Answers whether there is more to ask for. */
  readonly onPolled: (answer: SyncAnswer) => void;
  /** The link is there again: what waited can be sent, what is behind can be fetched. */
  readonly onLinked: () => void;
}
