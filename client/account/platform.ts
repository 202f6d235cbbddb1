/** Owns the parts of the platform that all accounts of the SDK share. */
import type { Clock, LogEntry, OpenChannel, ParleyOptions, SocketLike, Wakeups } from "../contract/platform.ts";
import type { Storage } from "../contract/storage.ts";
import type { Http } from "../link/http.ts";
import type { Locks } from "../storage/locks.ts";
import type { Revocations } from "../session/revocations.ts";
import type { SignChannel } from "../session/sign-news.ts";

export interface Platform {
  readonly http: Http;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly wakeups: Wakeups;
  readonly locks: Locks;
  readonly openChannel: OpenChannel | undefined;
  readonly signs: SignChannel;
  readonly revocations: Revocations;
  readonly openSocket: (url: string, protocols: string[]) => SocketLike;
  readonly device: ParleyOptions["device"];
  readonly onError: (error: unknown) => void;
  readonly log: (entry: LogEntry) => void;
}
