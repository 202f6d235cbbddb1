/** Owns what the other tabs are served from: the account in the tab that leads, its sockets and its presence. */
import type { NewDevice } from "../../schema/security/new-devices.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { ConnectionState } from "../contract/account.ts";
import type { LiveStatus } from "../contract/conversation/conversation.ts";
import type { Clock } from "../contract/platform.ts";
import type { Observable } from "../contract/observable.ts";
import type { PresenceWatch, UserPresence } from "../contract/presence.ts";
import type { PassedFrame } from "../link/frame-socket.ts";
import type { FromLeader } from "./tab-messages.ts";

/** A socket to the server, while frames can be sent on it. */
export interface Door {
  request(frame: PassedFrame): Promise<Record<string, unknown>>;
  post(frame: PassedFrame): void;
  /** Sends a ping, unless one was just sent. */
  beat(): void;
}

/** A conversation's live socket. */
export interface LiveDoor {
  readonly status: Observable<LiveStatus>;
  readonly socket: Door | undefined;
  /** Keeps it open until the function that is answered is called. */
  hold(): () => void;
  /** What a hello would say. */
  facts(): {
    readonly epoch: string | null;
    readonly head: { readonly seq: number; readonly rev: number };
    readonly members: readonly { readonly userId: string; readonly delivered: number; readonly read: number }[];
  };
}

export interface ServedAccount {
  readonly clock: Clock;
  readonly userId: string;
  readonly deviceId: () => string;
  readonly serverNow: () => number;
  readonly newDevices: () => readonly NewDevice[];
  readonly inbox: {
    readonly cursor: { readonly since: number; readonly epoch: string } | undefined;
    /** Whether all rows have arrived. */
    readonly isWhole: boolean;
    rows(): Iterable<Summary>;
  };
  readonly connection: Observable<ConnectionState> & { readonly socket: Door | undefined };
  readonly presence: {
    watch(userIds: readonly string[]): PresenceWatch;
    of(userId: string): Observable<UserPresence>;
  };
  /** Undefined where there can be no such conversation. */
  readonly live: (conversationId: string) => LiveDoor | undefined;
  /** Called when it may have changed whether the app is in front in some tab. */
  readonly onForeground: () => void;
}

export type HubPost = (message: FromLeader, to?: string) => void;
