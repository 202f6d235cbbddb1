/** Owns what a conversation needs of its account. */
import type { SummaryPatch } from "../../schema/http/conversation/conversations.ts";
import type { ConversationId, UserId } from "../../schema/ids.ts";
import type { Summary } from "../../schema/wire/inbox.ts";
import type { Ack, Message } from "../../schema/wire/message.ts";
import type { Api } from "../session/api.ts";
import type { Clock, SocketLike } from "../contract/platform.ts";
import type { PendingMessage } from "../contract/conversation/conversation.ts";
import type { Storage } from "../contract/storage.ts";
import type { Connection } from "../link/connection.ts";
import type { SyncSocket } from "../link/frame-socket.ts";
import type { Acts } from "../outbox/acts/acts.ts";
import type { Edits } from "../outbox/acts/edits.ts";
import type { Marks } from "../receipts/marks-by-user.ts";
import type { SendMore } from "../outbox/outbox.ts";
import type { Draft } from "../outbox/entry.ts";

export interface ConversationHost {
  readonly id: ConversationId;
  readonly userId: UserId;
  readonly api: Api;
  readonly clock: Clock;
  readonly random: () => number;
  readonly storage: Storage;
  /** The row of the conversation, and what the user changes in it. */
  readonly inbox: {
    row(conversationId: string): Summary | undefined;
    /** A row, as a call answered it. */
    put(row: Summary): void;
    showRead(conversationId: string, seq: number): void;
    patch(conversationId: string, patch: SummaryPatch): Promise<Summary>;
    flush(): Promise<void>;
  };
  readonly serverNow: () => number;
  readonly isWriter: () => boolean;
  /** Whether the account reaches the server. */
  readonly isLinked: () => boolean;
  /** Whether the account knows that it has everything. */
  readonly isStale: () => boolean;
  /** Whether sockets can be opened, as far as the account's link knows. */
  readonly mayUseSockets: () => boolean;
  readonly syncSocket: () => SyncSocket | undefined;
  readonly openLive: (
    at: { rev: number; epoch: string | undefined },
    listen: (socket: SocketLike) => void,
  ) => Promise<void>;
  /** The live socket brought a frame, or a pong. */
  readonly onLive: (news: { readonly type: string } | { readonly pong: number }) => void;
  readonly renew: () => Promise<void>;
  readonly outbox: {
    send(draft: Draft, more?: SendMore): Promise<Ack>;
    pause(conversationId: string, clientId: string, isPaused: boolean): void;
    pending(conversationId: string): readonly PendingMessage[];
    resend(conversationId: string, clientId: string): void;
    discard(conversationId: string, clientId: string): void;
  };
  readonly keepReceipt: (owed: Marks | undefined) => void;
  readonly edits: Pick<Edits, "edit" | "of" | "discard" | "reset">;
  readonly acts: Pick<Acts, "do" | "of" | "answered" | "reset">;
  readonly onArrived: (messages: readonly Message[]) => void;
}

/** What a conversation needs of the account's link. */
export function linkOf(
  connection: Connection,
): Pick<ConversationHost, "isLinked" | "isStale" | "mayUseSockets" | "syncSocket"> {
  return {
    isLinked: () => connection.isLinked,
    isStale: () => connection.getSnapshot().isStale,
    mayUseSockets: () => !["polling", "offline", "reauth", "stopped"].includes(connection.getSnapshot().status),
    syncSocket: () => connection.socket,
  };
}
