/** Owns what a program without a page, such as a service worker, can do for the signed-in accounts. */
import type { Ack } from "../../schema/wire/message.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { CallOptions, Page, PageAsk } from "./page.ts";
import type { ParleyOptions } from "./platform.ts";
import type { Push } from "./push.ts";

export type BackgroundOptions = Pick<
  ParleyOptions,
  "baseUrl" | "storage" | "fetch" | "clock" | "random" | "wakeups" | "common"
>;

/**
 * Acts for the accounts that are signed in on this device: single calls, no sockets, no cache. It shares storage and sessions with the tabs, so
 * that a session is refreshed by one of them at a time, and what is left unsent here is sent by a tab.
 */
export interface Background {
  /** The accounts, as storage has them now. Errors: those of the storage. */
  accounts(): Promise<readonly BackgroundAccount[]>;
  /** Ends the tries. What is unsent stays in storage, for a tab or the next run. */
  close(): void;
}

export interface BackgroundAccount {
  readonly userId: string;
  readonly deviceId: string;
  readonly push: Push;
  /**
   * Sends a message, as `ConversationHandle.send` does: it is in storage before it is sent, and repeated under its `clientId` until the server has
   * answered. Resolves when the server has stored it. A tab that opens meanwhile takes it over, which rejects with `retry: "later"`. Errors: `forbidden`, `not_found`, `bad_request`, `too_large`, `client_id_reused`.
   */
  send(conversationId: string, text: string, options: BackgroundSend): Promise<Ack>;
  /** Raises the user's read watermark. Resolves when the server has it. Without network it stays in storage, and a tab or `sendUnsent` sends it. */
  markRead(conversationId: string, seq: number): Promise<void>;
  /** Rows of the inbox, newest activity first, as the server has them now. */
  conversations(ask?: PageAsk): Promise<Page<Summary>>;
  /**
   * Sends what this device, and programs that have ended, left unsent; where no tab is open also reactions, votes, stars, pins, and what was unsent or closed. Resolves when
   * none of it waits any more, or the signal aborts.
   */
  sendUnsent(options?: CallOptions): Promise<void>;
}

export interface BackgroundSend {
  /** 1 to 64 of `A-Z a-z 0-9 _ -`. The same message again under the same id is stored once. */
  readonly clientId: string;
  /** The message that is answered. */
  readonly replyTo?: number;
  /** Handles that the text mentions, as in `SendOptions`. */
  readonly mentionHandles?: readonly string[];
}
